-- 0001-events.sql

CREATE TABLE IF NOT EXISTS bellwether.events_local ON CLUSTER ours
(
    `journal` LowCardinality(String),
    `seq` UInt64 CODEC(Delta, ZSTD(1)),
    `live` Bool,
    `received_at` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `id` String CODEC(ZSTD(3)),
    `timestamp` DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `response_model` LowCardinality(String),
    `task_type` LowCardinality(String),
    `operation` LowCardinality(String),
    `backend_id` LowCardinality(String),
    `backend_type` LowCardinality(String),
    `algorithm` LowCardinality(String),
    `method` LowCardinality(String),
    `status` LowCardinality(String),
    `error_type` LowCardinality(String),
    `input_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `output_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `cache_read_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `cache_write_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `cache_write_1h_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `reasoning_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `input_audio_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `output_audio_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `input_image_tokens` Nullable(UInt64) CODEC(ZSTD(1)),
    `service_tier` LowCardinality(String),
    `region` LowCardinality(String),
    `latency_ms` Nullable(Float64) CODEC(ZSTD(1)),
    `ttft_ms` Nullable(Float64) CODEC(ZSTD(1)),
    `queue_ms` Nullable(Float64) CODEC(ZSTD(1)),
    `cost_usd` Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    `quality_score` Nullable(Float64) CODEC(ZSTD(1)),
    `accuracy_score` Nullable(Float64) CODEC(ZSTD(1)),
    `relevance_score` Nullable(Float64) CODEC(ZSTD(1)),
    `completeness_score` Nullable(Float64) CODEC(ZSTD(1)),
    `satisfaction_score` Nullable(Float64) CODEC(ZSTD(1)),
    `user_id` String CODEC(ZSTD(3)),
    `team` LowCardinality(String),
    `tenant` LowCardinality(String),
    `application` LowCardinality(String),
    `environment` LowCardinality(String),
    `deployment` LowCardinality(String),
    `session_id` String CODEC(ZSTD(3)),
    `correlation_id` String CODEC(ZSTD(3)),
    `revenue_usd` Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    `request_bytes` Nullable(UInt64) CODEC(ZSTD(1)),
    `response_bytes` Nullable(UInt64) CODEC(ZSTD(1)),
    `cache_hit` Nullable(Bool),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `price_source` LowCardinality(String),
    `price_version` LowCardinality(String),
    `price_id` LowCardinality(String),
    INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/bellwether/events_local', '{replica}')
PARTITION BY toYYYYMM(timestamp)
ORDER BY (tenant, toStartOfHour(timestamp), provider, model, timestamp)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.events ON CLUSTER ours AS bellwether.events_local
ENGINE = Distributed('ours', 'bellwether', 'events_local', cityHash64(tenant, id));

-- 0002-feedback.sql

CREATE TABLE IF NOT EXISTS bellwether.feedback ON CLUSTER ours
(
    `journal` LowCardinality(String),
    `seq` UInt64 CODEC(Delta, ZSTD(1)),
    `received_at` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `id` String CODEC(ZSTD(3)),
    `tenant` LowCardinality(String),
    `request_id` String CODEC(ZSTD(3)),
    `timestamp` DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    `quality_score` Nullable(Float64) CODEC(ZSTD(1)),
    `accuracy_score` Nullable(Float64) CODEC(ZSTD(1)),
    `relevance_score` Nullable(Float64) CODEC(ZSTD(1)),
    `completeness_score` Nullable(Float64) CODEC(ZSTD(1)),
    `satisfaction_score` Nullable(Float64) CODEC(ZSTD(1)),
    `user_id` String CODEC(ZSTD(3)),
    `source` LowCardinality(String),
    `comment_hash` String CODEC(ZSTD(3)),
    INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/feedback', '{shard}-{replica}')
PARTITION BY toYYYYMM(timestamp)
ORDER BY (tenant, request_id, timestamp, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE VIEW IF NOT EXISTS bellwether.ratings ON CLUSTER ours
AS SELECT
    tenant,
    request_id,
    count() AS ratings,
    max(timestamp) AS rated_at,
    argMaxIf(quality_score, (timestamp, seq), isNotNull(quality_score)) AS quality_score,
    argMaxIf(accuracy_score, (timestamp, seq), isNotNull(accuracy_score)) AS accuracy_score,
    argMaxIf(relevance_score, (timestamp, seq), isNotNull(relevance_score)) AS relevance_score,
    argMaxIf(completeness_score, (timestamp, seq), isNotNull(completeness_score)) AS completeness_score,
    argMaxIf(satisfaction_score, (timestamp, seq), isNotNull(satisfaction_score)) AS satisfaction_score
FROM bellwether.feedback
GROUP BY
    tenant,
    request_id;

CREATE VIEW IF NOT EXISTS bellwether.rated_events ON CLUSTER ours
AS SELECT
    e.* EXCEPT (quality_score, accuracy_score, relevance_score, completeness_score, satisfaction_score),
    coalesce(r.quality_score, e.quality_score) AS quality_score,
    coalesce(r.accuracy_score, e.accuracy_score) AS accuracy_score,
    coalesce(r.relevance_score, e.relevance_score) AS relevance_score,
    coalesce(r.completeness_score, e.completeness_score) AS completeness_score,
    coalesce(r.satisfaction_score, e.satisfaction_score) AS satisfaction_score,
    r.ratings AS ratings
FROM bellwether.events AS e
ANY LEFT JOIN bellwether.ratings AS r ON (e.tenant = r.tenant) AND (e.id = r.request_id);

-- 0003-samples.sql

CREATE TABLE IF NOT EXISTS bellwether.samples ON CLUSTER ours
(
    `journal` LowCardinality(String),
    `seq` UInt64 CODEC(Delta, ZSTD(1)),
    `received_at` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `source` LowCardinality(String),
    `name` LowCardinality(String),
    `kind` LowCardinality(String),
    `labels` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `timestamp` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `value` Float64 CODEC(Gorilla, ZSTD(1)),
    INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/samples', '{shard}-{replica}')
PARTITION BY toYYYYMM(timestamp)
ORDER BY (name, source, toString(labels), timestamp)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0004-rollups.sql

CREATE TABLE IF NOT EXISTS bellwether.rollup_models ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `task_type` LowCardinality(String),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_models', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, provider, model, task_type, at, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_backends ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String),
    `backend_id` LowCardinality(String),
    `algorithm` LowCardinality(String),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_backends', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, backend_id, algorithm, at, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_owners ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String),
    `team` LowCardinality(String),
    `application` LowCardinality(String),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_owners', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, team, application, at, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_deployments ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String),
    `environment` LowCardinality(String),
    `deployment` LowCardinality(String),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_deployments', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, environment, deployment, at, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_users ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String),
    `user_id` String CODEC(ZSTD(3)),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_users', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
ORDER BY (width, tenant, user_id, at, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_passes ON CLUSTER ours
(
    `version` UInt64,
    `journal` String,
    `seq` UInt64,
    `horizon` DateTime('UTC'),
    `minutes_from` Map(String, UInt32),
    `hours_from` DateTime('UTC'),
    `requests_per_cell` Map(String, Float64),
    `published_at` DateTime64(3, 'UTC')
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_passes', '{shard}-{replica}')
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_stale ON CLUSTER ours
(
    `since` UInt64,
    `width` UInt32,
    `at` DateTime('UTC'),
    `version` UInt64,
    `noted_at` DateTime64(3, 'UTC')
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_stale', '{shard}-{replica}')
ORDER BY (since, width, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.rollup_changes ON CLUSTER ours
(
    `id` UInt64,
    `from_at` DateTime('UTC'),
    `to_at` DateTime('UTC'),
    `repaired` UInt64
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rollup_changes', '{shard}-{replica}')
ORDER BY (id, repaired)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0005-codecs.sql

ALTER TABLE bellwether.events_local ON CLUSTER ours
    (MODIFY COLUMN `timestamp` CODEC(GCD, Delta, T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cost_usd` CODEC(GCD, ZSTD(1))),
    (MODIFY COLUMN `revenue_usd` CODEC(GCD, ZSTD(1))),
    (MODIFY COLUMN `input_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `output_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cache_read_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cache_write_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cache_write_1h_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `reasoning_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `input_audio_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `output_audio_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `input_image_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `request_bytes` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `response_bytes` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `latency_ms` CODEC(ZSTD(3))),
    (MODIFY COLUMN `ttft_ms` CODEC(ZSTD(3))),
    (MODIFY COLUMN `queue_ms` CODEC(ZSTD(3)));

ALTER TABLE bellwether.events ON CLUSTER ours
    (MODIFY COLUMN `timestamp` CODEC(GCD, Delta, T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cost_usd` CODEC(GCD, ZSTD(1))),
    (MODIFY COLUMN `revenue_usd` CODEC(GCD, ZSTD(1))),
    (MODIFY COLUMN `input_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `output_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cache_read_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cache_write_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `cache_write_1h_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `reasoning_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `input_audio_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `output_audio_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `input_image_tokens` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `request_bytes` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `response_bytes` CODEC(T64('bit'), ZSTD(1))),
    (MODIFY COLUMN `latency_ms` CODEC(ZSTD(3))),
    (MODIFY COLUMN `ttft_ms` CODEC(ZSTD(3))),
    (MODIFY COLUMN `queue_ms` CODEC(ZSTD(3)));

ALTER TABLE bellwether.events_local ON CLUSTER ours
    (MODIFY SETTING min_compress_block_size = 262144);

-- 0007-rerated-charges.sql

CREATE TABLE IF NOT EXISTS bellwether.rerated_charges ON CLUSTER ours
(
    `rerating` LowCardinality(String),
    `journal` LowCardinality(String),
    `seq` UInt64 CODEC(Delta, ZSTD(1)),
    `live` Bool,
    `received_at` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    `timestamp` DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    `tenant` LowCardinality(String),
    `id` String CODEC(ZSTD(3)),
    `former_cost_usd` Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    `former_price_source` LowCardinality(String),
    `former_price_version` LowCardinality(String),
    `former_price_id` LowCardinality(String),
    `new_cost_usd` Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    `new_price_source` LowCardinality(String),
    `new_price_version` LowCardinality(String),
    `new_price_id` LowCardinality(String)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/rerated_charges', '{shard}-{replica}')
ORDER BY (rerating, journal, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0008-identities.sql

ALTER TABLE bellwether.events_local ON CLUSTER ours
    (ADD COLUMN IF NOT EXISTS `fingerprint` UInt32 CODEC(NONE));

ALTER TABLE bellwether.events ON CLUSTER ours
    (ADD COLUMN IF NOT EXISTS `fingerprint` UInt32 CODEC(NONE));

CREATE TABLE IF NOT EXISTS bellwether.journals ON CLUSTER ours
(
    `journal` String,
    `seed_mark` UInt32,
    `began_at` DateTime64(3, 'UTC')
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/journals', '{shard}-{replica}')
ORDER BY journal
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0010-charges.sql

CREATE TABLE IF NOT EXISTS bellwether.charges ON CLUSTER ours
(
    `day` Date,
    `version` UInt64,
    `arrived` Date,
    `journal` LowCardinality(String),
    `tenant` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `team` LowCardinality(String),
    `application` LowCardinality(String),
    `price_source` LowCardinality(String),
    `price_version` LowCardinality(String),
    `price_id` LowCardinality(String),
    `events` Int64,
    `errors` Int64,
    `unpriced` Int64,
    `input_tokens` Int128,
    `output_tokens` Int128,
    `cost_usd` Decimal(38, 12)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/charges', '{shard}-{replica}')
PARTITION BY toYYYYMM(day)
ORDER BY (day, version, tenant, provider, model)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.kept_days ON CLUSTER ours
(
    `day` Date,
    `version` UInt64,
    `charges` UInt64,
    `state` LowCardinality(String),
    `bound_journal` String,
    `bound_seq` UInt64,
    `held_until` DateTime64(3, 'UTC'),
    `changed_at` DateTime64(3, 'UTC')
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/kept_days', '{shard}-{replica}')
ORDER BY (day, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0011-allocations.sql

CREATE TABLE IF NOT EXISTS bellwether.allocations ON CLUSTER ours
(
    `pool` LowCardinality(String),
    `hour` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `revision` UInt64,
    `fingerprint` String,
    `kind` LowCardinality(String),
    `basis` LowCardinality(String),
    `used` Float64,
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `tenant` LowCardinality(String),
    `team` LowCardinality(String),
    `application` LowCardinality(String),
    `requests` UInt64,
    `cost_usd` Decimal(38, 12) CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/allocations', '{shard}-{replica}')
PARTITION BY toYYYYMM(hour)
ORDER BY (pool, hour, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0012-cells-by-time.sql

DROP TABLE IF EXISTS bellwether.cells_models ON CLUSTER ours SYNC;

CREATE TABLE IF NOT EXISTS bellwether.cells_models ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `provider` LowCardinality(String) CODEC(ZSTD(1)),
    `model` LowCardinality(String) CODEC(ZSTD(1)),
    `task_type` LowCardinality(String) CODEC(ZSTD(1)),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/cells_models', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, provider, model, task_type, version)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

INSERT INTO bellwether.cells_models
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0
SELECT *
FROM bellwether.rollup_models
WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_models
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0
SELECT *
FROM bellwether.rollup_models
WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS bellwether.cells_backends ON CLUSTER ours SYNC;

CREATE TABLE IF NOT EXISTS bellwether.cells_backends ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `backend_id` LowCardinality(String) CODEC(ZSTD(1)),
    `algorithm` LowCardinality(String) CODEC(ZSTD(1)),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/cells_backends', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, backend_id, algorithm, version)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

INSERT INTO bellwether.cells_backends
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0
SELECT *
FROM bellwether.rollup_backends
WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_backends
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0
SELECT *
FROM bellwether.rollup_backends
WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS bellwether.cells_owners ON CLUSTER ours SYNC;

CREATE TABLE IF NOT EXISTS bellwether.cells_owners ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `team` LowCardinality(String) CODEC(ZSTD(1)),
    `application` LowCardinality(String) CODEC(ZSTD(1)),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/cells_owners', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, team, application, version)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

INSERT INTO bellwether.cells_owners
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0
SELECT *
FROM bellwether.rollup_owners
WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_owners
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0
SELECT *
FROM bellwether.rollup_owners
WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS bellwether.cells_deployments ON CLUSTER ours SYNC;

CREATE TABLE IF NOT EXISTS bellwether.cells_deployments ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `environment` LowCardinality(String) CODEC(ZSTD(1)),
    `deployment` LowCardinality(String) CODEC(ZSTD(1)),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` AggregateFunction(quantilesDD(0.01, 0.5, 0.9, 0.95, 0.99), Nullable(Float64)) CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/cells_deployments', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, environment, deployment, version)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

INSERT INTO bellwether.cells_deployments
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0
SELECT *
FROM bellwether.rollup_deployments
WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

INSERT INTO bellwether.cells_deployments
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0
SELECT *
FROM bellwether.rollup_deployments
WHERE width = 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 65536, max_execution_time = 0;

DROP TABLE IF EXISTS bellwether.cells_users ON CLUSTER ours SYNC;

CREATE TABLE IF NOT EXISTS bellwether.cells_users ON CLUSTER ours
(
    `width` UInt32,
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `version` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String) CODEC(ZSTD(1)),
    `user_id` String CODEC(ZSTD(3)),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `quality_n` UInt64 CODEC(T64, ZSTD(1)),
    `quality_billionths` Int128 CODEC(ZSTD(1)),
    `accuracy_n` UInt64 CODEC(T64, ZSTD(1)),
    `accuracy_billionths` Int128 CODEC(ZSTD(1)),
    `relevance_n` UInt64 CODEC(T64, ZSTD(1)),
    `relevance_billionths` Int128 CODEC(ZSTD(1)),
    `completeness_n` UInt64 CODEC(T64, ZSTD(1)),
    `completeness_billionths` Int128 CODEC(ZSTD(1)),
    `satisfaction_n` UInt64 CODEC(T64, ZSTD(1)),
    `satisfaction_billionths` Int128 CODEC(ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/cells_users', '{shard}-{replica}')
PARTITION BY (width, toYYYYMM(at))
PRIMARY KEY (width, at)
ORDER BY (width, at, tenant, user_id, version)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

INSERT INTO bellwether.cells_users
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0
SELECT *
FROM bellwether.rollup_users
WHERE width != 60
SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 8192, max_execution_time = 0;

-- 0013-former-cells.sql

DROP TABLE IF EXISTS bellwether.rollup_models ON CLUSTER ours SYNC;

DROP TABLE IF EXISTS bellwether.rollup_backends ON CLUSTER ours SYNC;

DROP TABLE IF EXISTS bellwether.rollup_owners ON CLUSTER ours SYNC;

DROP TABLE IF EXISTS bellwether.rollup_deployments ON CLUSTER ours SYNC;

DROP TABLE IF EXISTS bellwether.rollup_users ON CLUSTER ours SYNC;

-- 0021-federation.sql

CREATE TABLE IF NOT EXISTS bellwether.federated_cells ON CLUSTER ours
(
    `site` LowCardinality(String),
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `revision` UInt64 CODEC(ZSTD(1)),
    `rollup` LowCardinality(String),
    `tenant` LowCardinality(String),
    `environment` LowCardinality(String),
    `deployment` LowCardinality(String),
    `provider` LowCardinality(String),
    `model` LowCardinality(String),
    `task_type` LowCardinality(String),
    `team` LowCardinality(String),
    `application` LowCardinality(String),
    `backend_id` LowCardinality(String),
    `algorithm` LowCardinality(String),
    `requests` UInt64 CODEC(T64, ZSTD(1)),
    `errors` UInt64 CODEC(T64, ZSTD(1)),
    `input_tokens` Int128 CODEC(ZSTD(1)),
    `output_tokens` Int128 CODEC(ZSTD(1)),
    `cache_read_tokens` Int128 CODEC(ZSTD(1)),
    `cache_write_tokens` Int128 CODEC(ZSTD(1)),
    `reasoning_tokens` Int128 CODEC(ZSTD(1)),
    `cost` Decimal(38, 12) CODEC(ZSTD(1)),
    `priced` UInt64 CODEC(T64, ZSTD(1)),
    `revenue` Decimal(38, 12) CODEC(ZSTD(1)),
    `valued` UInt64 CODEC(T64, ZSTD(1)),
    `request_bytes` Int128 CODEC(ZSTD(1)),
    `response_bytes` Int128 CODEC(ZSTD(1)),
    `cache_asked` UInt64 CODEC(T64, ZSTD(1)),
    `cache_hits` UInt64 CODEC(T64, ZSTD(1)),
    `latency_n` UInt64 CODEC(T64, ZSTD(1)),
    `latency_us` Int128 CODEC(ZSTD(1)),
    `latency_max` Float64 CODEC(ZSTD(1)),
    `latency_sketch` String CODEC(ZSTD(3)),
    `ttft_n` UInt64 CODEC(T64, ZSTD(1)),
    `ttft_us` Int128 CODEC(ZSTD(1)),
    `ttft_max` Float64 CODEC(ZSTD(1)),
    `ttft_sketch` String CODEC(ZSTD(3)),
    `queue_n` UInt64 CODEC(T64, ZSTD(1)),
    `queue_us` Int128 CODEC(ZSTD(1)),
    `queue_max` Float64 CODEC(ZSTD(1)),
    `queue_sketch` String CODEC(ZSTD(3))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/federated_cells', '{shard}-{replica}')
PARTITION BY toYYYYMM(at)
ORDER BY (rollup, site, at, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.federated_users ON CLUSTER ours
(
    `site` LowCardinality(String),
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `revision` UInt64 CODEC(ZSTD(1)),
    `tenant` LowCardinality(String),
    `users` String CODEC(ZSTD(3))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/federated_users', '{shard}-{replica}')
PARTITION BY toYYYYMM(at)
ORDER BY (site, at, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS bellwether.federated_buckets ON CLUSTER ours
(
    `width` UInt32,
    `site` LowCardinality(String),
    `at` DateTime('UTC') CODEC(Delta, ZSTD(1)),
    `revision` UInt64,
    `fingerprint` String,
    `cells` UInt64
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/everywhere/bellwether/federated_buckets', '{shard}-{replica}')
ORDER BY (width, site, at, revision)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

-- 0022-user-cells-codecs.sql

ALTER TABLE bellwether.cells_users
    (MODIFY COLUMN `at` CODEC(Delta, LZ4)),
    (MODIFY COLUMN `version` CODEC(LZ4)),
    (MODIFY COLUMN `tenant` CODEC(LZ4)),
    (MODIFY COLUMN `user_id` CODEC(LZ4)),
    (MODIFY COLUMN `requests` CODEC(T64, LZ4)),
    (MODIFY COLUMN `errors` CODEC(T64, LZ4)),
    (MODIFY COLUMN `input_tokens` CODEC(LZ4)),
    (MODIFY COLUMN `output_tokens` CODEC(LZ4)),
    (MODIFY COLUMN `cost` CODEC(LZ4)),
    (MODIFY COLUMN `priced` CODEC(T64, LZ4));
