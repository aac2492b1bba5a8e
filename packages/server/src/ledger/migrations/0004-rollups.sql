-- Rollups: figures of the rows by minute, hour and day, one narrow table for each
-- question that is asked often. A cell is a function of the rows: it is computed
-- anew when rows of its time come or change, under a higher version.
--
-- `width` is the cell's width in seconds and `at` its beginning. Readers take the cells
-- of versions that a row of `rollup_passes` has published, without those that
-- `rollup_stale` names. Cells of minutes have no sketches, which would be most of their size. Sums are exact; durations are in microseconds, scores in billionths.
CREATE TABLE IF NOT EXISTS rollup_models (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String),
  provider LowCardinality(String),
  model LowCardinality(String),
  task_type LowCardinality(String),
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
  latency_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  ttft_n UInt64 CODEC(T64, ZSTD(1)),
  ttft_us Int128 CODEC(ZSTD(1)),
  ttft_max Float64 CODEC(ZSTD(1)),
  ttft_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  queue_n UInt64 CODEC(T64, ZSTD(1)),
  queue_us Int128 CODEC(ZSTD(1)),
  queue_max Float64 CODEC(ZSTD(1)),
  queue_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  quality_n UInt64 CODEC(T64, ZSTD(1)),
  quality_billionths Int128 CODEC(ZSTD(1)),
  accuracy_n UInt64 CODEC(T64, ZSTD(1)),
  accuracy_billionths Int128 CODEC(ZSTD(1)),
  relevance_n UInt64 CODEC(T64, ZSTD(1)),
  relevance_billionths Int128 CODEC(ZSTD(1)),
  completeness_n UInt64 CODEC(T64, ZSTD(1)),
  completeness_billionths Int128 CODEC(ZSTD(1)),
  satisfaction_n UInt64 CODEC(T64, ZSTD(1)),
  satisfaction_billionths Int128 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, provider, model, task_type, at, version);

CREATE TABLE IF NOT EXISTS rollup_backends (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String),
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
  latency_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  ttft_n UInt64 CODEC(T64, ZSTD(1)),
  ttft_us Int128 CODEC(ZSTD(1)),
  ttft_max Float64 CODEC(ZSTD(1)),
  ttft_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  queue_n UInt64 CODEC(T64, ZSTD(1)),
  queue_us Int128 CODEC(ZSTD(1)),
  queue_max Float64 CODEC(ZSTD(1)),
  queue_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  quality_n UInt64 CODEC(T64, ZSTD(1)),
  quality_billionths Int128 CODEC(ZSTD(1)),
  accuracy_n UInt64 CODEC(T64, ZSTD(1)),
  accuracy_billionths Int128 CODEC(ZSTD(1)),
  relevance_n UInt64 CODEC(T64, ZSTD(1)),
  relevance_billionths Int128 CODEC(ZSTD(1)),
  completeness_n UInt64 CODEC(T64, ZSTD(1)),
  completeness_billionths Int128 CODEC(ZSTD(1)),
  satisfaction_n UInt64 CODEC(T64, ZSTD(1)),
  satisfaction_billionths Int128 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, backend_id, algorithm, at, version);

CREATE TABLE IF NOT EXISTS rollup_owners (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String),
  team LowCardinality(String),
  application LowCardinality(String),
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
  latency_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  ttft_n UInt64 CODEC(T64, ZSTD(1)),
  ttft_us Int128 CODEC(ZSTD(1)),
  ttft_max Float64 CODEC(ZSTD(1)),
  ttft_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  queue_n UInt64 CODEC(T64, ZSTD(1)),
  queue_us Int128 CODEC(ZSTD(1)),
  queue_max Float64 CODEC(ZSTD(1)),
  queue_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  quality_n UInt64 CODEC(T64, ZSTD(1)),
  quality_billionths Int128 CODEC(ZSTD(1)),
  accuracy_n UInt64 CODEC(T64, ZSTD(1)),
  accuracy_billionths Int128 CODEC(ZSTD(1)),
  relevance_n UInt64 CODEC(T64, ZSTD(1)),
  relevance_billionths Int128 CODEC(ZSTD(1)),
  completeness_n UInt64 CODEC(T64, ZSTD(1)),
  completeness_billionths Int128 CODEC(ZSTD(1)),
  satisfaction_n UInt64 CODEC(T64, ZSTD(1)),
  satisfaction_billionths Int128 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, team, application, at, version);

CREATE TABLE IF NOT EXISTS rollup_deployments (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String),
  environment LowCardinality(String),
  deployment LowCardinality(String),
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
  latency_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  ttft_n UInt64 CODEC(T64, ZSTD(1)),
  ttft_us Int128 CODEC(ZSTD(1)),
  ttft_max Float64 CODEC(ZSTD(1)),
  ttft_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  queue_n UInt64 CODEC(T64, ZSTD(1)),
  queue_us Int128 CODEC(ZSTD(1)),
  queue_max Float64 CODEC(ZSTD(1)),
  queue_sketch AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
  quality_n UInt64 CODEC(T64, ZSTD(1)),
  quality_billionths Int128 CODEC(ZSTD(1)),
  accuracy_n UInt64 CODEC(T64, ZSTD(1)),
  accuracy_billionths Int128 CODEC(ZSTD(1)),
  relevance_n UInt64 CODEC(T64, ZSTD(1)),
  relevance_billionths Int128 CODEC(ZSTD(1)),
  completeness_n UInt64 CODEC(T64, ZSTD(1)),
  completeness_billionths Int128 CODEC(ZSTD(1)),
  satisfaction_n UInt64 CODEC(T64, ZSTD(1)),
  satisfaction_billionths Int128 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, environment, deployment, at, version);

CREATE TABLE IF NOT EXISTS rollup_users (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String),
  user_id String CODEC(ZSTD(3)),
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
  ttft_n UInt64 CODEC(T64, ZSTD(1)),
  ttft_us Int128 CODEC(ZSTD(1)),
  ttft_max Float64 CODEC(ZSTD(1)),
  queue_n UInt64 CODEC(T64, ZSTD(1)),
  queue_us Int128 CODEC(ZSTD(1)),
  queue_max Float64 CODEC(ZSTD(1)),
  quality_n UInt64 CODEC(T64, ZSTD(1)),
  quality_billionths Int128 CODEC(ZSTD(1)),
  accuracy_n UInt64 CODEC(T64, ZSTD(1)),
  accuracy_billionths Int128 CODEC(ZSTD(1)),
  relevance_n UInt64 CODEC(T64, ZSTD(1)),
  relevance_billionths Int128 CODEC(ZSTD(1)),
  completeness_n UInt64 CODEC(T64, ZSTD(1)),
  completeness_billionths Int128 CODEC(ZSTD(1)),
  satisfaction_n UInt64 CODEC(T64, ZSTD(1)),
  satisfaction_billionths Int128 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, user_id, at, version);

-- One row for each pass that was published; the newest holds. Cells have the rows of
-- `journal` up to `seq`, and all of other journals, that lie before `horizon`. Cells of
-- hours and days begin at `hours_from`, those of minutes at `minutes_from`, by rollup.
CREATE TABLE IF NOT EXISTS rollup_passes (
  version UInt64,
  journal String,
  seq UInt64,
  horizon DateTime('UTC'),
  minutes_from Map(String, UInt32),
  hours_from DateTime('UTC'),
  requests_per_cell Map(String, Float64),
  published_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY version;

-- Cells that a later pass has computed anew: those of a version that begin in an hour
-- (width 3600, minutes and hours) or a day (width 86400) count until `since` is published.
CREATE TABLE IF NOT EXISTS rollup_stale (
  since UInt64,
  width UInt32,
  at DateTime('UTC'),
  version UInt64,
  noted_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (since, width, at);

-- Times whose rows were changed or removed otherwise than by retention. Until a pass
-- that has computed them anew is published (`repaired`, else 0), readers take the rows.
CREATE TABLE IF NOT EXISTS rollup_changes (
  id UInt64,
  from_at DateTime('UTC'),
  to_at DateTime('UTC'),
  repaired UInt64
)
ENGINE = MergeTree
ORDER BY (id, repaired);
