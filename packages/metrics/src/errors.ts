/**
 * Every error that this package throws, declared once: a stable code and the text
 * that goes with it. Programs decide on `code`, people read `message`.
 */

/** The catalogue: code → message, with `{placeholders}` for the particulars. */
export const METRICS_ERRORS = {
  CONFIG_INVALID: 'A metric is configured by an object: {detail}.',
  NAME_MISSING: 'A metric needs a name.',
  HELP_MISSING: 'The metric {name} needs a help text.',
  NAME_INVALID:
    'The metric name "{name}" is not valid: it must match [a-zA-Z_:][a-zA-Z0-9_:]*, or be any text where nameValidation is "utf8".',
  LABEL_NAME_INVALID:
    'The label name "{label}" of {name} is not valid: it must match [a-zA-Z_][a-zA-Z0-9_]* (any text where nameValidation is "utf8") and not begin with "__".',
  LABEL_NAME_RESERVED: 'The label name "{label}" is reserved in a {type} ({name}).',
  LABEL_NAME_DUPLICATE: 'The label name "{label}" is declared twice in {name}.',
  UNIT_INVALID: 'The unit "{unit}" must be the last part of the name of {name}.',
  COLLECT_INVALID: 'The collect option of {name} must be a function.',
  AGGREGATOR_INVALID: 'The aggregator "{aggregator}" of {name} is not one of {known}.',
  BUCKETS_INVALID: 'The buckets of {name} must be finite numbers in rising order: {detail}.',
  QUANTILES_INVALID: 'The percentiles of {name} must lie between 0 and 1: {detail}.',
  STATES_INVALID: 'The states of {name} must be at least one name, each once: {detail}.',
  STATE_UNKNOWN: 'The state "{state}" is not one of the states of {name}: {known}.',
  OPTION_INVALID: 'The option {option} of {name} must be {expected}, not {value}.',
  LABEL_UNKNOWN: 'The label "{label}" is not declared by {name}, which declares {known}.',
  LABEL_MISSING: 'The label "{label}" of {name} is missing.',
  LABEL_COUNT: '{name} was given {given} label values and declares {declared}: {known}.',
  LABEL_VALUE_INVALID: 'The label "{label}" of {name} must be a string or a number; it is {value}.',
  VALUE_INVALID: 'The value for {name} must be a finite number, not {value}.',
  VALUE_NAN: 'The value for {name} is not a number (NaN); set allowNaN if that is what is meant.',
  COUNTER_DECREASE: 'The counter {name} can only go up; it was given {value}.',
  EXEMPLAR_FORMAT:
    'Exemplars need OpenMetrics: set the content type of the registry of {name} to OpenMetrics.',
  EXEMPLAR_TOO_LONG: 'The exemplar of {name} has {length} characters in its labels; at most 128 are allowed.',
  DUPLICATE_METRIC: 'A metric with the name {name} has already been registered.',
  DUPLICATE_SHAPE: 'The metric {name} has already been registered with another shape: {detail}.',
  SAMPLE_NAME_CLASH: 'The metric {name} would expose {sample}, which {other} already exposes.',
  CONTENT_TYPE_UNSUPPORTED: 'Content type {contentType} is unsupported.',
  CONTENT_TYPES_DIFFER: 'Registries can only be merged if they have the same content type.',
  METRIC_UNKNOWN: 'No metric with the name {name} is registered.',
  BUCKET_GENERATOR: '{detail}.',
  CLUSTER_TIMEOUT: 'These workers of the cluster did not answer in time: {waiting}.',
  CLUSTER_WORKER: 'Worker {worker} of the cluster could not give its metrics: {error}.',
  SHARED_MEMORY_FULL: 'The shared memory has no room for {name}: give it more bytesPerThread.',
  SHARED_THREADS: 'The shared memory has no shard left for this thread: give it more threadsMax.',
  SHARED_UNSUPPORTED: '{name} cannot be in shared memory: a {type} does not consist of plain figures.',
  RECORD_REFUSED: 'A record of {name} was refused: {detail}.',
  RECORD_INVALID: 'The record group {name} is not declared rightly: {detail}.',
} as const;

/** The codes of the catalogue. */
export type MetricsErrorCode = keyof typeof METRICS_ERRORS;

/** An error of this package. `code` is stable; `message` is for people. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
  readonly code: MetricsErrorCode;

  constructor(
    code: MetricsErrorCode,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(describe(code, details), options);
    this.code = code;
  }
}

function describe(code: MetricsErrorCode, details: Readonly<Record<string, unknown>>): string {
  return METRICS_ERRORS[code].replaceAll(/\{(\w+)\}/g, (_whole, key: string) => show(details[key]));
}

/** Values appear in messages in a bounded form, so that a hostile label cannot fill a log. */
function show(value: unknown): string {
  const text = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
