-- What a hub has of other sites, and of itself: cells of an hour for each rollup, and
-- sketches of the users of a day.
--
-- A bucket (an hour of a site, or a day of its users) is replaced whole: its cells are inserted
-- under a new revision, and count once a row of `federated_buckets` names that revision;
-- the highest holds. A bucket that a site has no more is one without cells. Sketches are the
-- bytes of the aggregate function, in hexadecimal; those of users hold no user.
CREATE TABLE IF NOT EXISTS federated_cells (
  site LowCardinality(String),
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  revision UInt64 CODEC(ZSTD(1)),
  rollup LowCardinality(String),
  tenant LowCardinality(String),
  environment LowCardinality(String),
  deployment LowCardinality(String),
  provider LowCardinality(String),
  model LowCardinality(String),
  task_type LowCardinality(String),
  team LowCardinality(String),
  application LowCardinality(String),
  backend_id LowCardinality(String),
  algorithm LowCardinality(String),
  requests UInt64 CODEC(T64, ZSTD(1)),
  errors UInt64 CODEC(T64, ZSTD(1)),
  input_tokens Int128 CODEC(ZSTD(1)),
  output_tokens Int128 CODEC(ZSTD(1)),
  cache_read_tokens Int128 CODEC(ZSTD(1)),
  cache_write_tokens Int128 CODEC(ZSTD(1)),
  reasoning_tokens Int128 CODEC(ZSTD(1)),
  cost Decimal(38, 12) CODEC(ZSTD(1)),
  priced UInt64 CODEC(T64, ZSTD(1)),
  revenue Decimal(38, 12) CODEC(ZSTD(1)),
  valued UInt64 CODEC(T64, ZSTD(1)),
  request_bytes Int128 CODEC(ZSTD(1)),
  response_bytes Int128 CODEC(ZSTD(1)),
  cache_asked UInt64 CODEC(T64, ZSTD(1)),
  cache_hits UInt64 CODEC(T64, ZSTD(1)),
  latency_n UInt64 CODEC(T64, ZSTD(1)),
  latency_us Int128 CODEC(ZSTD(1)),
  latency_max Float64 CODEC(ZSTD(1)),
  latency_sketch String CODEC(ZSTD(3)),
  ttft_n UInt64 CODEC(T64, ZSTD(1)),
  ttft_us Int128 CODEC(ZSTD(1)),
  ttft_max Float64 CODEC(ZSTD(1)),
  ttft_sketch String CODEC(ZSTD(3)),
  queue_n UInt64 CODEC(T64, ZSTD(1)),
  queue_us Int128 CODEC(ZSTD(1)),
  queue_max Float64 CODEC(ZSTD(1)),
  queue_sketch String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (rollup, site, at, revision);

CREATE TABLE IF NOT EXISTS federated_users (
  site LowCardinality(String),
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  revision UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String),
  users String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (site, at, revision);

CREATE TABLE IF NOT EXISTS federated_buckets (
  width UInt32,
  site LowCardinality(String),
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  revision UInt64,
  fingerprint String,
  cells UInt64
)
ENGINE = MergeTree
ORDER BY (width, site, at, revision);
