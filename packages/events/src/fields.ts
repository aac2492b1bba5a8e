/**
 * The fields of a request event, declared once. The TypeScript type, the JSON
 * Schema, the validator and the ledger's columns all derive from this table.
 */

/** How a field is written, checked and stored. */
export type FieldKind =
  /** A text of an open set of few values, e.g. a model name. */
  | 'label'
  /** A text of many values, e.g. a user id. */
  | 'text'
  /** One of a closed set of texts. */
  | 'choice'
  /** An instant: RFC 3339 or epoch milliseconds. */
  | 'instant'
  /** A non-negative integer, at most 2^53 − 1. */
  | 'count'
  /** A duration in milliseconds, ≥ 0. */
  | 'duration'
  /** A number in 0..1. */
  | 'score'
  /** US dollars, a decimal string or a number, kept to the pico-dollar. */
  | 'money'
  | 'flag'
  /** A map of short texts. */
  | 'attributes';

/** What the table says of one field. */
export interface FieldDeclaration {
  readonly kind: FieldKind;
  readonly description: string;
  readonly required?: true;
  /** Longest permitted text, in UTF-16 code units. */
  readonly maxLength?: number;
  readonly choices?: readonly string[];
  /** The count that this one is part of, and so may not exceed. */
  readonly partOf?: string;
}

/** How long a label may be unless its field says otherwise. */
export const LABEL_LENGTH_MAX = 256;

/** Bounds of the attributes map. */
export const attributeBounds = { entriesMax: 32, keyLengthMax: 64, valueLengthMax: 256 } as const;

/** The largest amount of money one event may carry, in dollars. */
export const EVENT_USD_MAX = 1_000_000_000;

/** The longest duration one event may carry: one year. */
export const DURATION_MS_MAX = 31_536_000_000;

export const eventFields = {
  id: {
    kind: 'text',
    maxLength: 128,
    description: 'Idempotency key, unique per tenant. Generated if absent, and then a retry is a new event.',
  },
  timestamp: {
    kind: 'instant',
    required: true,
    description: 'Start of the request: RFC 3339 (kept to the nanosecond) or epoch milliseconds.',
  },
  provider: {
    kind: 'label',
    required: true,
    description: 'Who answers the request, as the sender names it.',
  },
  model: { kind: 'label', required: true, description: 'The model that was asked for.' },
  response_model: { kind: 'label', description: 'The model that answered, if it names itself otherwise.' },
  task_type: { kind: 'label', description: 'What the request is for: extraction, generation, vision, …' },
  operation: { kind: 'label', description: 'The kind of call: chat, embeddings, …' },
  backend_id: { kind: 'label', description: 'The backend a load balancer chose.' },
  backend_type: { kind: 'label', description: 'The kind of that backend.' },
  algorithm: { kind: 'label', description: 'The balancing algorithm that chose it.' },
  method: { kind: 'label', description: 'The method of the request, e.g. POST.' },
  status: {
    kind: 'choice',
    choices: ['success', 'error', 'timeout', 'cancelled'],
    description: 'How it ended. If absent: error when error_type is given, else success.',
  },
  error_type: { kind: 'label', description: 'timeout, rate_limit, api_error, budget_exceeded, …' },
  input_tokens: { kind: 'count', description: 'Input tokens, cached and cache-write tokens included.' },
  output_tokens: { kind: 'count', description: 'Output tokens, reasoning tokens included.' },
  cache_read_tokens: {
    kind: 'count',
    partOf: 'input_tokens',
    description: 'Input tokens read from a cache.',
  },
  cache_write_tokens: {
    kind: 'count',
    partOf: 'input_tokens',
    description: 'Input tokens written to a cache.',
  },
  cache_write_1h_tokens: {
    kind: 'count',
    partOf: 'cache_write_tokens',
    description: 'Of those, the ones written for an hour.',
  },
  reasoning_tokens: {
    kind: 'count',
    partOf: 'output_tokens',
    description: 'Output tokens spent on reasoning.',
  },
  input_audio_tokens: { kind: 'count', partOf: 'input_tokens', description: 'Input tokens of audio.' },
  output_audio_tokens: { kind: 'count', partOf: 'output_tokens', description: 'Output tokens of audio.' },
  input_image_tokens: { kind: 'count', partOf: 'input_tokens', description: 'Input tokens of images.' },
  service_tier: {
    kind: 'label',
    description: 'The price tier: standard, batch, flex, priority.',
  },
  region: { kind: 'label', description: 'Where the request was served, if the price depends on it.' },
  latency_ms: { kind: 'duration', description: 'From start to end of the request.' },
  ttft_ms: { kind: 'duration', description: 'From start to the first token.' },
  queue_ms: { kind: 'duration', description: 'Time spent waiting before the backend took it.' },
  cost_usd: { kind: 'money', description: 'What it cost. If given, it wins over the price list.' },
  quality_score: { kind: 'score', description: 'How good the answer was.' },
  accuracy_score: { kind: 'score', description: 'How correct the answer was.' },
  relevance_score: { kind: 'score', description: 'How relevant the answer was.' },
  completeness_score: { kind: 'score', description: 'How complete the answer was.' },
  satisfaction_score: { kind: 'score', description: 'How satisfied the user was.' },
  user_id: { kind: 'text', maxLength: 256, description: 'Who asked.' },
  team: { kind: 'label', description: 'The team that is charged.' },
  tenant: { kind: 'label', description: 'The tenant the event belongs to.' },
  application: { kind: 'label', description: 'The application that asked.' },
  environment: { kind: 'label', description: 'production, staging, …' },
  deployment: { kind: 'label', description: 'The deployed version.' },
  session_id: { kind: 'text', maxLength: 256, description: 'The conversation it belongs to.' },
  correlation_id: {
    kind: 'text',
    maxLength: 256,
    description: 'The id that other systems know the request by.',
  },
  revenue_usd: { kind: 'money', description: 'What the request was worth to the business.' },
  request_bytes: { kind: 'count', description: 'Size of the request.' },
  response_bytes: { kind: 'count', description: 'Size of the answer.' },
  cache_hit: { kind: 'flag', description: 'Whether a response cache answered.' },
  attributes: { kind: 'attributes', description: 'Up to 32 short texts of the sender’s own.' },
} as const satisfies Record<string, FieldDeclaration>;

/** The name of a field of the event. */
export type EventField = keyof typeof eventFields;

/** The declaration of a field, with every optional property visible. */
export function declarationOf(field: EventField): FieldDeclaration {
  return eventFields[field];
}

/** The fields in the order of the table. */
export const eventFieldNames = Object.keys(eventFields) as EventField[];
