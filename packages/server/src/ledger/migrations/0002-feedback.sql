-- What was said of a request after it: ratings by its user or by whoever graded it.
--
-- A request may be rated more than once; of each score the last one given holds.
-- `rated_events` is the events with the scores that hold for them: a score that was
-- given afterwards, else the one that the event itself carries. Either may come first.
CREATE TABLE IF NOT EXISTS feedback (
  journal LowCardinality(String),
  seq UInt64 CODEC(Delta, ZSTD(1)),
  received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  id String CODEC(ZSTD(3)),
  tenant LowCardinality(String),
  request_id String CODEC(ZSTD(3)),
  timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
  quality_score Nullable(Float64) CODEC(ZSTD(1)),
  accuracy_score Nullable(Float64) CODEC(ZSTD(1)),
  relevance_score Nullable(Float64) CODEC(ZSTD(1)),
  completeness_score Nullable(Float64) CODEC(ZSTD(1)),
  satisfaction_score Nullable(Float64) CODEC(ZSTD(1)),
  user_id String CODEC(ZSTD(3)),
  source LowCardinality(String),
  comment_hash String CODEC(ZSTD(3)),
  INDEX seq_range seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (tenant, request_id, timestamp, seq);

CREATE VIEW IF NOT EXISTS ratings AS
SELECT
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
GROUP BY tenant, request_id;

CREATE VIEW IF NOT EXISTS rated_events AS
SELECT
  e.* EXCEPT (quality_score, accuracy_score, relevance_score, completeness_score, satisfaction_score),
  coalesce(r.quality_score, e.quality_score) AS quality_score,
  coalesce(r.accuracy_score, e.accuracy_score) AS accuracy_score,
  coalesce(r.relevance_score, e.relevance_score) AS relevance_score,
  coalesce(r.completeness_score, e.completeness_score) AS completeness_score,
  coalesce(r.satisfaction_score, e.satisfaction_score) AS satisfaction_score,
  r.ratings AS ratings
FROM bellwether.events AS e
LEFT ANY JOIN bellwether.ratings AS r ON e.tenant = r.tenant AND e.id = r.request_id;
