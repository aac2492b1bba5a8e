/** The request event, money, the error catalogue and the metric catalogue. */
export { costAnalysed, costForecasts, costRecommendations, costUtilization } from './catalogue/cost.ts';
export { llmBudgets } from './catalogue/llm.ts';
export { balancedBudgets } from './catalogue/load-balancer/worth.ts';
export { defaultLlmLatencyBuckets } from './catalogue/buckets.ts';
export { type FamilyDeclaration, type Pack, packs, type Source } from './catalogue/family.ts';
export {
  accuracyPack,
  backupPack,
  capacityPack,
  frameworkErrors,
  frameworkPack,
  integrityPack,
  collectorsPack,
  deploymentsPack,
  shipperPack,
  federationPack,
  sqlExportPack,
} from './catalogue/framework.ts';
export { businessHistory, revenueForecasts } from './catalogue/business.ts';
export { usersHistory } from './catalogue/users.ts';
export { balancedSla, balancedSlo } from './catalogue/load-balancer/sla.ts';
export { alertingPack } from './catalogue/alerting.ts';
export { completionsPack, pluginsPack } from './catalogue/probes.ts';
export { protocolsPack } from './catalogue/protocols.ts';
export { catalogue, recordedBy } from './catalogue/index.ts';
export { type QueryExample, queryExamples } from './catalogue/examples.ts';
export { type NamingException, namingExceptions } from './catalogue/naming.ts';
export { metricsReference } from './catalogue/reference.ts';
export type { ErrorCode, ErrorPlace } from './errors.ts';
export { BellwetherError, errorCatalogue } from './errors.ts';
export type { AcceptedEvent, RequestEvent, RequestStatus } from './event.ts';
export { requestEventSchema } from './event.ts';
export {
  type AcceptedFeedback,
  type Feedback,
  feedbackFieldNames,
  feedbackFields,
  feedbackSchema,
  parseFeedback,
  scoreFields,
} from './feedback.ts';
export type { EventField, FieldDeclaration, FieldKind } from './fields.ts';
export { attributeBounds, declarationOf, eventFieldNames, eventFields } from './fields.ts';
export type { ParseContext } from './parse-event.ts';
export { parseEvent } from './parse-event.ts';
export type { PicoUsd } from './money.ts';
export { divideHalfEven, formatUsd, PICO_DIGITS, PICO_PER_USD, parseUsd, usdAsNumber } from './money.ts';
export type { Instant } from './timestamp.ts';
export { epochMsOf, formatRfc3339, instantFromEpochMs, parseRfc3339 } from './timestamp.ts';
export { picoAmountOf, type PicoAmount } from './recorders/money/pico-amount.ts';
export { emptyRequest, type FinishedRequest } from './recorders/requests/finished-request.ts';
export {
  type RecordedPacks,
  RequestRecorder,
  type RequestRecorderOptions,
} from './recorders/requests/request-recorder.ts';
export {
  type ApplicationMetrics,
  applicationMetrics,
  type ApplicationMetricsOptions,
  type ApplicationPack,
  type PlatformRecorders,
} from './recorders/application/application-metrics.ts';
export { sanitiseCorrelationId } from './recorders/correlation-id.ts';
export type {
  BoundLlmRequests,
  LlmBudget,
  LlmError,
  LlmMeasures,
  LlmRecorder,
  LlmRecorderOptions,
  LlmRequest,
  LlmTarget,
} from './recorders/application/llm-recorder.ts';
export type { FailureListener } from './recorders/application/failures.ts';
export type { RecordingOptions } from './recorders/application/recording.ts';
export type { ModelServerRecorder, ServedRequest } from './recorders/application/model-server-recorder.ts';
export type {
  BackendHealth,
  CircuitState,
  PoolFigures,
  ResourceFigures,
} from './recorders/application/balancer/backend-recorders.ts';
export type {
  BalancedRequest,
  BudgetUsage,
  LoadBalancerOptions,
  LoadBalancerRecorder,
  Scores,
} from './recorders/application/balancer/load-balancer-recorder.ts';
export type { Severity, SlaKind, SlaRecorder } from './recorders/application/balancer/sla-recorder.ts';
export { ExactSum } from './recorders/money/exact-sum.ts';
