-- The former charge of each row that a re-rating gave another one, with the charge
-- that it was given. Rows are kept for ever: they are how a bill of the past can
-- still be explained.
CREATE TABLE IF NOT EXISTS rerated_charges (
  rerating LowCardinality(String),
  journal LowCardinality(String),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  live Bool,
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  tenant LowCardinality(String),
  id String CODEC(ZSTD(3)),
  former_cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
  former_price_source LowCardinality(String),
  former_price_version LowCardinality(String),
  former_price_id LowCardinality(String),
  new_cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
  new_price_source LowCardinality(String),
  new_price_version LowCardinality(String),
  new_price_id LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (rerating, journal, seq);
