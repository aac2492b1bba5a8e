/** What `@bellwether/metrics` offers. */
export { type Clock, systemClock } from './clock.ts';
export { aggregateMetric } from './cluster/aggregate.ts';
export { AggregatorRegistry } from './cluster/aggregator-registry.ts';
export {
  type DeclaredType,
  type DefineOptions,
  defineMetrics,
  type MetricDeclaration,
  type Recorder,
  type RecordersByKey,
  type RecordersByName,
} from './declare/define-metrics.ts';
export { defineRecord, type RecordOptions } from './declare/define-record.ts';
export type {
  BoundRecord,
  RecordDeclaration,
  RecordGroup,
  RecordLabels,
  RecordMeasures,
  RecordUpdate,
} from './declare/record-types.ts';
export type {
  AllLabels,
  TypedCounter,
  TypedGauge,
  TypedHistogram,
  TypedInfo,
  TypedStateSet,
  TypedSummary,
} from './declare/typed-instruments.ts';
export { METRICS_ERRORS, MetricsError, type MetricsErrorCode } from './errors.ts';
export type { EscapingScheme } from './exposition/escape-name.ts';
export type { DefaultLabels, TextFormat } from './exposition/line-heads.ts';
export { writeText } from './exposition/write-text.ts';
export type {
  BucketSpan,
  Exemplar,
  MetricFamily,
  MetricType,
  NativeBuckets,
  NativeSample,
  Sample,
} from './family.ts';
export { DEFAULT_BUCKETS, exponentialBuckets, linearBuckets } from './instruments/buckets.ts';
export type { Aggregator, ExemplarLabels, MetricConfiguration } from './instruments/configuration.ts';
export { Counter, type CounterConfiguration, type CounterSeries } from './instruments/counter.ts';
export { Gauge, type GaugeConfiguration, type GaugeSeries } from './instruments/gauge.ts';
export { Histogram, type HistogramConfiguration } from './instruments/histogram.ts';
export type { HistogramSeries } from './instruments/histogram-series.ts';
export { Info, type InfoConfiguration, type InfoSeries } from './instruments/info.ts';
export { DEFAULT_LIMITS, type FamilyLimits, OVERFLOW_LABEL_VALUE } from './limits/limits.ts';
export type { MetricValue, MetricValues } from './instruments/lines.ts';
export type { Metric } from './instruments/metric.ts';
export { StateSet, type StateSetConfiguration, type StateSetSeries } from './instruments/state-set.ts';
export { Summary, type SummaryConfiguration, type SummarySeries } from './instruments/summary.ts';
export { joinSharedMemory } from './threads/join.ts';
export { createSharedMemory, releaseThread, type SharedMemoryOptions } from './threads/memory.ts';
export { type NameValidation, validateLabelName, validateMetricName } from './names.ts';
export {
  mergeNative,
  NativeHistogram,
  type NativeHistogramOptions,
  type NativeSnapshot,
} from './native/index.ts';
export {
  type ContentCoding,
  contentTypeOf,
  encodeBody,
  escapeFamilies,
  type ExpositionFormat,
  type NegotiatedFormat,
  negotiateEncoding,
  negotiateFormat,
  scrape,
  type ScrapeRequest,
  type ScrapeResponse,
  type ScrapeSource,
} from './negotiate/index.ts';
export { writeOpenMetrics2 } from './openmetrics2/write-openmetrics2.ts';
export {
  ExpositionParseError,
  PARSE_ERRORS,
  type ParseErrorCode,
  parseExposition,
  parseOpenMetrics,
  parseText,
} from './parse/index.ts';
export { writeProtobuf } from './protobuf/client-families.ts';
export {
  BellwetherMetricProducer,
  BellwetherMetricReader,
  datadog,
  type MetricProducerOptions,
  type MetricReaderOptions,
  newRelic,
  type OtlpPreset,
  OtlpPusher,
  type OtlpPushOptions,
  type OtlpPushOutcome,
  type OtlpPushStats,
  PUSH_ERRORS,
  PushError,
  type PushErrorCode,
  Pushgateway,
  type PushgatewayAnswer,
  type PushgatewayOptions,
  type PushgatewayParameters,
  RemoteWriter,
  type RemoteWriteOptions,
  type RemoteWriteStats,
  type RemoteWriteVersion,
  type Temporality,
  type TimerClock,
} from './push/index.ts';
export { collectDefaultMetrics } from './process/collect-default-metrics.ts';
export type { DefaultMetricsConfiguration } from './process/collector.ts';
export {
  OPENMETRICS_CONTENT_TYPE as openMetricsContentType,
  type OpenMetricsContentType,
  PROMETHEUS_CONTENT_TYPE as contentType,
  PROMETHEUS_CONTENT_TYPE as prometheusContentType,
  type PrometheusContentType,
  type RegistryContentType,
} from './registry/content-types.ts';
export { register } from './registry/default-registry.ts';
export type { RegistryMetric, SharedMetrics } from './registry/metric.ts';
export type { RegistryOptions, RenderOptions } from './registry/options.ts';
export { Registry } from './registry/registry.ts';
export type { LabelValue, LabelValues } from './series/label-values.ts';
// For `import client from …`, which works with prom-client since that is a CommonJS module.
// oxlint-disable-next-line import/no-self-import
export * as default from './index.ts';
