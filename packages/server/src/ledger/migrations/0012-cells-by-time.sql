-- The cells of rollups anew, sorted by time before everything else. Sorted by their
-- dimensions first, the cells of every time lay in every granule, so a question about
-- the hours at the ends of a month read those of all of it, sketches included. They
-- take the same room on the disk (decision record 0007). Granules are small, since a
-- cell with sketches has a thousand times the bytes of a row's column.
--
-- A crash leaves a copy that is not whole, which the next start begins again; the cells
-- as they were go with the next migration, once this one is noted. Sketches lie in
-- memory while they are copied, so few are copied at once.
DROP TABLE IF EXISTS cells_models SYNC;

CREATE TABLE IF NOT EXISTS cells_models (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  provider LowCardinality(String) CODEC(ZSTD(1)),
  model LowCardinality(String) CODEC(ZSTD(1)),
  task_type LowCardinality(String) CODEC(ZSTD(1)),
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
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, provider, model, task_type, version)
SETTINGS index_granularity = 256;

INSERT INTO bellwether.cells_models SELECT * FROM bellwether.rollup_models WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_models SELECT * FROM bellwether.rollup_models WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS cells_backends SYNC;

CREATE TABLE IF NOT EXISTS cells_backends (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  backend_id LowCardinality(String) CODEC(ZSTD(1)),
  algorithm LowCardinality(String) CODEC(ZSTD(1)),
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
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, backend_id, algorithm, version)
SETTINGS index_granularity = 256;

INSERT INTO bellwether.cells_backends SELECT * FROM bellwether.rollup_backends WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_backends SELECT * FROM bellwether.rollup_backends WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS cells_owners SYNC;

CREATE TABLE IF NOT EXISTS cells_owners (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  team LowCardinality(String) CODEC(ZSTD(1)),
  application LowCardinality(String) CODEC(ZSTD(1)),
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
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, team, application, version)
SETTINGS index_granularity = 256;

INSERT INTO bellwether.cells_owners SELECT * FROM bellwether.rollup_owners WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_owners SELECT * FROM bellwether.rollup_owners WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS cells_deployments SYNC;

CREATE TABLE IF NOT EXISTS cells_deployments (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  deployment LowCardinality(String) CODEC(ZSTD(1)),
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
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, environment, deployment, version)
SETTINGS index_granularity = 256;

INSERT INTO bellwether.cells_deployments SELECT * FROM bellwether.rollup_deployments WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_deployments SELECT * FROM bellwether.rollup_deployments WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS cells_users SYNC;

CREATE TABLE IF NOT EXISTS cells_users (
  width UInt32,
  at DateTime('UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
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
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, user_id, version)
SETTINGS index_granularity = 256;

INSERT INTO bellwether.cells_users SELECT * FROM bellwether.rollup_users WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;
