-- The ledger: one row for each accepted request event.
--
-- `journal` and `seq` name the row's place in the journal it came from; the loader
-- asks for them after a crash to see which rows have arrived. `live` says whether
-- the row was counted by the live counters.
--
-- Sorted so that the questions asked most (one tenant, some hours, by provider and
-- model) read neighbouring rows, and similar rows lie together and compress.
CREATE TABLE IF NOT EXISTS events (
  journal LowCardinality(String),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  live Bool,
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  id String CODEC(ZSTD(3)),
  timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  provider LowCardinality(String),
  model LowCardinality(String),
  response_model LowCardinality(String),
  task_type LowCardinality(String),
  operation LowCardinality(String),
  backend_id LowCardinality(String),
  backend_type LowCardinality(String),
  algorithm LowCardinality(String),
  method LowCardinality(String),
  status LowCardinality(String),
  error_type LowCardinality(String),
  input_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  output_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  cache_read_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  cache_write_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  cache_write_1h_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  reasoning_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  input_audio_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  output_audio_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  input_image_tokens Nullable(UInt64) CODEC(ZSTD(1)),
  service_tier LowCardinality(String),
  region LowCardinality(String),
  latency_ms Nullable(Float64) CODEC(ZSTD(1)),
  ttft_ms Nullable(Float64) CODEC(ZSTD(1)),
  queue_ms Nullable(Float64) CODEC(ZSTD(1)),
  cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
  quality_score Nullable(Float64) CODEC(ZSTD(1)),
  accuracy_score Nullable(Float64) CODEC(ZSTD(1)),
  relevance_score Nullable(Float64) CODEC(ZSTD(1)),
  completeness_score Nullable(Float64) CODEC(ZSTD(1)),
  satisfaction_score Nullable(Float64) CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(3)),
  team LowCardinality(String),
  tenant LowCardinality(String),
  application LowCardinality(String),
  environment LowCardinality(String),
  deployment LowCardinality(String),
  session_id String CODEC(ZSTD(3)),
  correlation_id String CODEC(ZSTD(3)),
  revenue_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
  request_bytes Nullable(UInt64) CODEC(ZSTD(1)),
  response_bytes Nullable(UInt64) CODEC(ZSTD(1)),
  cache_hit Nullable(Bool),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
  price_source LowCardinality(String),
  price_version LowCardinality(String),
  price_id LowCardinality(String),
  INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (tenant, toStartOfHour(timestamp), provider, model, timestamp);
