-- Figures that are no function of events: metrics that were pushed or scraped.
--
-- A series and an instant are the identity of a sample. One that was sent twice is here
-- twice, with different numbers of the journal; readers take one value of each instant.
-- `kind` is `gauge`, `counter` (a running total) or `delta` (what was added since the
-- sample before). `source` is the job and the instance that it is from.
CREATE TABLE IF NOT EXISTS samples (
  journal LowCardinality(String),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  source LowCardinality(String),
  name LowCardinality(String),
  kind LowCardinality(String),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  timestamp DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  value Float64 CODEC(Gorilla, ZSTD(1)),
  INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (name, source, toString(labels), timestamp);
