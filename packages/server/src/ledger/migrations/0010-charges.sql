-- What is left of events that are past their retention: their charges by day, exact.
--
-- `kept_days` says of each day which charges count; its newest version holds. The
-- charges of a version are written before the row that names it, so a crash in
-- between leaves charges that nothing names. `arrived` and `journal` let the sums be
-- held against the journal's.
CREATE TABLE IF NOT EXISTS charges (
  day Date,
  version UInt64,
  arrived Date,
  journal LowCardinality(String),
  tenant LowCardinality(String),
  provider LowCardinality(String),
  model LowCardinality(String),
  team LowCardinality(String),
  application LowCardinality(String),
  price_source LowCardinality(String),
  price_version LowCardinality(String),
  price_id LowCardinality(String),
  events Int64,
  errors Int64,
  unpriced Int64,
  input_tokens Int128,
  output_tokens Int128,
  cost_usd Decimal(38, 12)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, version, tenant, provider, model);

-- States: `removing` and `restoring` (events of the day up to the bound do not count),
-- `removed` and `present` (all events of the day count), `expired` (its charges are
-- past their retention too, and only their sum is kept, for verification).
CREATE TABLE IF NOT EXISTS kept_days (
  day Date,
  version UInt64,
  charges UInt64,
  state LowCardinality(String),
  bound_journal String,
  bound_seq UInt64,
  held_until DateTime64(3, 'UTC'),
  changed_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (day, version);
