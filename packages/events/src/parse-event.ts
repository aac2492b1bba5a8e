/**
 * Validates one event as it was sent, strictly, and gives it in its accepted
 * form. A wrong event throws a catalogue error that names the field; nothing is
 * coerced or dropped. It runs for every event, so it visits the fields that were
 * sent, not the table.
 */

import { BellwetherError } from './errors.ts';
import type { AcceptedEvent, RequestStatus } from './event.ts';
import type { EventField, FieldDeclaration, FieldKind } from './fields.ts';
import {
  attributeBounds,
  DURATION_MS_MAX,
  declarationOf,
  EVENT_USD_MAX,
  eventFieldNames,
  LABEL_LENGTH_MAX,
} from './fields.ts';
import { PICO_PER_USD, type PicoUsd, parseUsd } from './money.ts';
import { epochMsOf, type Instant, instantFromEpochMs, parseRfc3339 } from './timestamp.ts';

/** What the validity of an event depends on besides itself. */
export interface ParseContext {
  /** The server's clock, milliseconds since the epoch. */
  readonly nowMs: number;
  /** How far ahead of that clock a timestamp may be, in milliseconds. */
  readonly futureToleranceMs: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** Reads the value of a field, or throws what is wrong with it. */
export type FieldReader = (value: unknown, field: string, declaration: FieldDeclaration) => unknown;

/**
 * Reads one event.
 *
 * @param sent any JSON value.
 * @returns the event with every field present; `id` and `tenant` are `''` if they were absent.
 * @throws BellwetherError with the field at fault in `place.field`.
 */
export function parseEvent(sent: unknown, context: ParseContext): AcceptedEvent {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    throw new BellwetherError('invalid_event', `An event must be a JSON object, not ${nameOfType(sent)}.`);
  }
  const event = emptyEvent();
  const target: Record<string, unknown> = event;
  for (const name in sent) {
    const reader = readers.get(name);
    if (reader === undefined) throw unknownField(name);
    const value = (sent as Record<string, unknown>)[name];
    target[name] = reader.read(value, reader.field, reader.declaration);
  }
  requireFields(event);
  if (!('status' in sent) && event.error_type !== '') event.status = 'error';
  checkClock(event.timestamp, context);
  checkTokens(event);
  return event;
}

/** An event with nothing set. One literal, so that all events share one hidden class. */
function emptyEvent(): Mutable<AcceptedEvent> {
  return {
    id: '',
    timestamp: NO_INSTANT,
    provider: '',
    model: '',
    response_model: '',
    task_type: '',
    operation: '',
    backend_id: '',
    backend_type: '',
    algorithm: '',
    method: '',
    status: 'success',
    error_type: '',
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_write_tokens: null,
    cache_write_1h_tokens: null,
    reasoning_tokens: null,
    input_audio_tokens: null,
    output_audio_tokens: null,
    input_image_tokens: null,
    service_tier: '',
    region: '',
    latency_ms: null,
    ttft_ms: null,
    queue_ms: null,
    cost_usd: null,
    quality_score: null,
    accuracy_score: null,
    relevance_score: null,
    completeness_score: null,
    satisfaction_score: null,
    user_id: '',
    team: '',
    tenant: '',
    application: '',
    environment: '',
    deployment: '',
    session_id: '',
    correlation_id: '',
    revenue_usd: null,
    request_bytes: null,
    response_bytes: null,
    cache_hit: null,
    attributes: null,
  };
}

/**
 * Numbers that mean this century in seconds, and 1970 in milliseconds: somebody who
 * sends one has mistaken the unit.
 */
const SECONDS_FROM = 1_000_000_000;
const SECONDS_TO = 5_000_000_000;

/** Stands for "no timestamp yet"; compared by identity and never given out. */
const NO_INSTANT: Instant = { epochSeconds: 0, nanoseconds: 0 };

/** The readers of the kinds of fields, which feedback shares. */
export const readersByKind: Record<FieldKind, FieldReader> = {
  label: readText,
  text: readText,
  choice: readChoice,
  instant: readInstant,
  count: readCount,
  duration: (value, field) => readNumber(value, field, DURATION_MS_MAX),
  score: (value, field) => readNumber(value, field, 1),
  money: readMoney,
  flag: readFlag,
  attributes: readAttributes,
};

const readers = new Map<string, { field: EventField; declaration: FieldDeclaration; read: FieldReader }>(
  eventFieldNames.map((field) => {
    const declaration = declarationOf(field);
    return [field, { field, declaration, read: readersByKind[declaration.kind] }];
  }),
);

function readText(value: unknown, field: string, declaration: FieldDeclaration): string {
  if (typeof value !== 'string') throw wrongType(field, 'a text', value);
  if (value === '') throw fault('invalid_value', field, 'must not be empty; leave the field out instead');
  const lengthMax = declaration.maxLength ?? LABEL_LENGTH_MAX;
  if (value.length > lengthMax) throw fault('too_long', field, `is longer than ${lengthMax} characters`);
  if (!value.isWellFormed()) throw fault('invalid_value', field, 'is not well-formed Unicode');
  return value;
}

function readChoice(value: unknown, field: string, declaration: FieldDeclaration): RequestStatus {
  const choices = declaration.choices ?? [];
  if (typeof value !== 'string') throw wrongType(field, 'a text', value);
  if (!choices.includes(value)) throw fault('invalid_value', field, `must be one of ${choices.join(', ')}`);
  return value as RequestStatus;
}

function readInstant(value: unknown, field: string): Instant {
  if (typeof value === 'string') {
    const instant = parseRfc3339(value);
    if (instant === null)
      throw fault(
        'invalid_value',
        field,
        'must be RFC 3339 between 1970 and 2262, e.g. 2026-11-20T10:00:00Z',
      );
    return instant;
  }
  if (typeof value !== 'number') throw wrongType(field, 'an RFC 3339 text or epoch milliseconds', value);
  if (value >= SECONDS_FROM && value < SECONDS_TO) {
    throw fault('out_of_range', field, 'must be in milliseconds; this looks like seconds');
  }
  const instant = instantFromEpochMs(value);
  if (instant === null)
    throw fault('out_of_range', field, 'must be epoch milliseconds between 1970 and 2262');
  return instant;
}

function readCount(value: unknown, field: string): number {
  if (typeof value !== 'number') throw wrongType(field, 'an integer', value);
  if (!Number.isInteger(value)) throw fault('invalid_type', field, 'must be an integer');
  if (value < 0 || value > Number.MAX_SAFE_INTEGER)
    throw fault('out_of_range', field, 'must be between 0 and 2^53 - 1');
  return value + 0; // JSON knows -0, and a count of -0 would be printed as another value.
}

function readNumber(value: unknown, field: string, maximum: number): number {
  if (typeof value !== 'number') throw wrongType(field, 'a number', value);
  if (!(value >= 0 && value <= maximum))
    throw fault('out_of_range', field, `must be between 0 and ${maximum}`);
  return value + 0;
}

function readMoney(value: unknown, field: string): PicoUsd {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw wrongType(field, 'a decimal text or a number', value);
  const amount = parseUsd(value);
  if (amount === null)
    throw fault('invalid_value', field, 'must be a decimal amount in dollars, e.g. "0.0125"');
  if (amount < 0n || amount > BigInt(EVENT_USD_MAX) * PICO_PER_USD) {
    throw fault('out_of_range', field, `must be between 0 and ${EVENT_USD_MAX} dollars`);
  }
  return amount;
}

function readFlag(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw wrongType(field, 'true or false', value);
  return value;
}

function readAttributes(value: unknown, field: string): Readonly<Record<string, string>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongType(field, 'a map of texts', value);
  const entries = Object.entries(value);
  const { entriesMax, keyLengthMax, valueLengthMax } = attributeBounds;
  if (entries.length > entriesMax) throw fault('too_long', field, `has more than ${entriesMax} entries`);
  for (const [key, text] of entries) {
    if (key === '__proto__') throw fault('invalid_value', field, 'has an entry named __proto__');
    if (typeof text !== 'string') throw fault('invalid_type', field, 'has an entry that is not a text');
    if (key.length > keyLengthMax)
      throw fault('too_long', field, `has a key longer than ${keyLengthMax} characters`);
    if (text.length > valueLengthMax)
      throw fault('too_long', field, `has a value longer than ${valueLengthMax} characters`);
    if (!key.isWellFormed() || !text.isWellFormed())
      throw fault('invalid_value', field, 'is not well-formed Unicode');
  }
  return entries.length === 0 ? null : (value as Record<string, string>);
}

function requireFields(event: AcceptedEvent): void {
  if (event.timestamp === NO_INSTANT) throw fault('missing_field', 'timestamp', 'is required');
  if (event.provider === '') throw fault('missing_field', 'provider', 'is required');
  if (event.model === '') throw fault('missing_field', 'model', 'is required');
}

/** Refuses a time that is too far ahead. */
export function checkClock(timestamp: Instant, { nowMs, futureToleranceMs }: ParseContext): void {
  if (epochMsOf(timestamp) > nowMs + futureToleranceMs) {
    throw fault(
      'timestamp_in_future',
      'timestamp',
      `is more than ${futureToleranceMs / 1000} seconds ahead of the server clock`,
    );
  }
}

function checkTokens(event: AcceptedEvent): void {
  checkPart('cache_read_tokens', event.cache_read_tokens, 'input_tokens', event.input_tokens);
  checkPart('cache_write_tokens', event.cache_write_tokens, 'input_tokens', event.input_tokens);
  checkPart(
    'cache_write_1h_tokens',
    event.cache_write_1h_tokens,
    'cache_write_tokens',
    event.cache_write_tokens,
  );
  checkPart('input_audio_tokens', event.input_audio_tokens, 'input_tokens', event.input_tokens);
  checkPart('input_image_tokens', event.input_image_tokens, 'input_tokens', event.input_tokens);
  checkPart('reasoning_tokens', event.reasoning_tokens, 'output_tokens', event.output_tokens);
  checkPart('output_audio_tokens', event.output_audio_tokens, 'output_tokens', event.output_tokens);
  if ((event.cache_read_tokens ?? 0) + (event.cache_write_tokens ?? 0) > (event.input_tokens ?? 0)) {
    throw fault(
      'inconsistent_tokens',
      'cache_read_tokens',
      'and cache_write_tokens together are larger than input_tokens',
    );
  }
}

function checkPart(
  part: EventField,
  count: number | null,
  whole: EventField,
  wholeCount: number | null,
): void {
  if (count === null || count <= (wholeCount ?? 0)) return;
  throw fault('inconsistent_tokens', part, `is larger than ${whole}, of which it is a part`);
}

type Fault =
  | 'invalid_type'
  | 'invalid_value'
  | 'out_of_range'
  | 'too_long'
  | 'missing_field'
  | 'timestamp_in_future'
  | 'inconsistent_tokens';

/** An error of a field. */
export function fault(code: Fault, field: string, problem: string): BellwetherError {
  return new BellwetherError(code, `${field} ${problem}.`, { field });
}

function wrongType(field: string, wanted: string, value: unknown): BellwetherError {
  return fault('invalid_type', field, `must be ${wanted}, not ${nameOfType(value)}`);
}

function unknownField(name: string): BellwetherError {
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  return new BellwetherError(
    'unknown_field',
    `${JSON.stringify(shown)} is not a field of the event; put additions into attributes.`,
    {
      field: shown,
    },
  );
}

/** What a value is, for a message. */
export function nameOfType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
