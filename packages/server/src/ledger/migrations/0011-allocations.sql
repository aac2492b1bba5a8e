-- What the machines of self-hosted models cost, hour by hour, and whose share that is.
--
-- An hour is counted anew when late events come: its rows are inserted as one block
-- under a higher revision, and readers take the highest. `kind` is `requests` for
-- the share of requests, `idle` for what nobody used, and `charged` for the share of
-- requests that have a charge of their own, which is left out of every sum.
CREATE TABLE IF NOT EXISTS allocations (
  pool LowCardinality(String),
  hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
  revision UInt64,
  fingerprint String,
  kind LowCardinality(String),
  basis LowCardinality(String),
  used Float64,
  provider LowCardinality(String),
  model LowCardinality(String),
  tenant LowCardinality(String),
  team LowCardinality(String),
  application LowCardinality(String),
  requests UInt64,
  cost_usd Decimal(38, 12) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (pool, hour, revision);
