/** What the rest of the package may use of pushing. */
export type { BackoffPolicy } from './delivery/backoff.ts';
export type { Fetch } from './delivery/http-post.ts';
export { PUSH_ERRORS, PushError, type PushErrorCode } from './delivery/push-error.ts';
export type { RetryPolicy } from './delivery/retry.ts';
export { snappyCompress } from './delivery/snappy.ts';
export { systemTimerClock, type TimerClock } from './delivery/timer-clock.ts';
export { BellwetherMetricProducer, type MetricProducerOptions } from './opentelemetry/metric-producer.ts';
export { BellwetherMetricReader, type MetricReaderOptions } from './opentelemetry/metric-reader.ts';
export type { Temporality } from './otlp/data-points.ts';
export {
  OtlpPusher,
  type OtlpPushOptions,
  type OtlpPushOutcome,
  type OtlpPushStats,
} from './otlp/otlp-pusher.ts';
export { datadog, newRelic, type OtlpPreset } from './otlp/presets.ts';
export {
  Pushgateway,
  type PushgatewayAnswer,
  type PushgatewayOptions,
  type PushgatewayParameters,
} from './pushgateway/pushgateway.ts';
export type { RemoteWriteOptions, RemoteWriteStats } from './remote-write/options.ts';
export type { RemoteWriteVersion } from './remote-write/protocol.ts';
export { RemoteWriter } from './remote-write/remote-writer.ts';
