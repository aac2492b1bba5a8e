/**
 * Objectives as the configuration and files of objectives declare them: what a good
 * request is, which share of requests is to be good, and over which window.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { ItemReader, readItems } from './item-reader.ts';

/** What an objective can be about. */
export const objectiveKinds = [
  'availability',
  'error_rate',
  'latency',
  'ttft',
  'cost',
  'quality',
  'satisfaction',
  'promql',
] as const;

/** One of them. */
export type ObjectiveKind = (typeof objectiveKinds)[number];

/** The dimensions that an objective can be limited to. */
export const objectiveDimensions = [
  'provider',
  'model',
  'team',
  'tenant',
  'user',
  'application',
  'backend',
  'environment',
  'task_type',
  'operation',
  'region',
  'service_tier',
  'deployment',
  'algorithm',
] as const;

/** One of them. */
export type ObjectiveDimension = (typeof objectiveDimensions)[number];

/** The calendar periods that a window can be. */
export const calendarUnits = ['day', 'week', 'month', 'quarter'] as const;

/** The time over which the share is taken. */
export type ObjectiveWindow =
  | { readonly type: 'rolling'; readonly hours: number }
  | { readonly type: 'calendar'; readonly unit: (typeof calendarUnits)[number]; readonly timeZone: string };

/** How a Prometheus is asked; `$window` stands for the length of the window in each text. */
export type ObjectiveQueries =
  | { readonly type: 'good'; readonly good: string; readonly total: string }
  | { readonly type: 'bad'; readonly bad: string; readonly total: string }
  | { readonly type: 'bad_ratio'; readonly ratio: string }
  | { readonly type: 'good_ratio'; readonly ratio: string };

/** An objective, complete. */
export interface ObjectiveDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly service: string;
  readonly kind: ObjectiveKind;
  /** True for what was agreed with others (an SLA), false for what is aimed at (an SLO). */
  readonly agreement: boolean;
  /** What may be bad, in billionths: 1,000,000 for 99.9 %. */
  readonly budgetPpb: number;
  /** What bounds a good request: milliseconds, exact decimal dollars or a score, by kind; empty where there is none. */
  readonly threshold: string;
  readonly window: ObjectiveWindow;
  /** What a request must have to count; of several values any. */
  readonly scope: Readonly<Partial<Record<ObjectiveDimension, readonly string[]>>>;
  /** If given, the objective holds for each value of this dimension by itself. */
  readonly per: ObjectiveDimension | null;
  /** Statuses of requests that do not count at all. */
  readonly leaveOut: readonly string[];
  /** If given, slices of time are counted and not requests: a slice is good if so much of it is, in billionths. */
  readonly slices: { readonly minutes: number; readonly budgetPpb: number } | null;
  /** For `promql`. */
  readonly queries: ObjectiveQueries | null;
  /** Requests that the long window of a burn rate must hold before it can burn. */
  readonly minEvents: number;
  /** Bad ones among them. */
  readonly minBadEvents: number;
  /** Labels for whoever is alerted. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Objectives of a server. */
export const OBJECTIVES_MAX = 256;
/** Addresses beside those of single objectives. */
const RESERVED_IDS: ReadonlySet<string> = new Set(['compliance', 'violations']);
const SCOPE_VALUES_MAX = 100;
const QUERY_LENGTH_MAX = 4096;
const DAYS_MAX = 92;
const LABELS_MAX = 16;
/** The low-traffic guard where none is given: one failure among few requests proves nothing. */
const MIN_EVENTS = 20;
const MIN_BAD_EVENTS = 2;
const statuses = ['success', 'error', 'timeout', 'cancelled'];

/** The unit of the threshold of each kind that has one. */
const thresholdKeys = {
  latency: 'threshold_ms',
  ttft: 'threshold_ms',
  cost: 'threshold_usd',
  quality: 'threshold',
  satisfaction: 'threshold',
} as const satisfies Partial<Record<ObjectiveKind, string>>;

/** Reads the list; a text is what is wrong with it. */
export function readObjectives(raw: unknown): readonly ObjectiveDefinition[] | string {
  return readItems(raw, OBJECTIVES_MAX, readObjective);
}

function readObjective(item: ItemReader): ObjectiveDefinition {
  const id = item.id('id');
  if (RESERVED_IDS.has(id)) item.fail('id', 'is the name of a page of all objectives');
  const kind = item.choice('kind', objectiveKinds);
  const budgetPpb = readTarget(item, kind);
  return item.done({
    id,
    name: item.text('name', id),
    description: item.has('description') ? item.text('description', undefined, 1000) : '',
    service: item.has('service') ? item.text('service') : '',
    kind,
    agreement: item.flag('agreement', false),
    budgetPpb,
    threshold: readThreshold(item, kind),
    window: readWindow(item),
    scope: readScope(item, kind),
    per: readPer(item, kind),
    leaveOut: readLeftOut(item, kind),
    slices: readSlices(item),
    queries: readQueries(item, kind),
    minEvents: readCount(item, 'min_events', kind === 'promql' ? 0 : MIN_EVENTS),
    minBadEvents: readCount(item, 'min_bad_events', kind === 'promql' ? 0 : MIN_BAD_EVENTS),
    labels: readLabels(item.map('labels')),
  });
}

/** What may be bad: of a target the rest, and for an error rate what it is. */
function readTarget(item: ItemReader, kind: ObjectiveKind): number {
  const key = kind === 'error_rate' ? 'max_percent' : 'target_percent';
  const ppb = percentToPpb(item.decimal(key));
  if (ppb === null || ppb <= 0 || ppb >= 1e9) item.fail(key, 'must be a percentage between 0 and 100');
  return kind === 'error_rate' ? (ppb ?? 0) : 1e9 - (ppb ?? 0);
}

/** A percentage as billionths, exactly; `null` if it is none, or has more than seven digits after the point. */
export function percentToPpb(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,7}))?$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * 10_000_000 + Number((match[2] ?? '').padEnd(7, '0'));
}

function readThreshold(item: ItemReader, kind: ObjectiveKind): string {
  const own = Object.hasOwn(thresholdKeys, kind) ? Reflect.get(thresholdKeys, kind) : null;
  if (own === null) return '';
  const text = item.decimal(String(own));
  if (kind === 'cost') {
    const amount = parseUsd(text);
    if (amount === null || amount < 0n) item.fail('threshold_usd', 'must be an amount in US dollars');
    return formatUsd(amount ?? 0n);
  }
  const value = Number(text);
  const max = kind === 'latency' || kind === 'ttft' ? Number.MAX_SAFE_INTEGER : 1;
  if (text.trim() === '' || !(value >= 0 && value <= max))
    item.fail(String(own), `must be a number from 0 to ${max}`);
  return String(value);
}

function readWindow(item: ItemReader): ObjectiveWindow {
  const text = item.text('window', '30d');
  const timeZone = item.has('time_zone') ? item.text('time_zone') : 'UTC';
  const unit = calendarUnits.find((candidate) => candidate === text);
  if (unit !== undefined) {
    if (!isTimeZone(timeZone)) item.fail('time_zone', 'must be an IANA time zone such as Europe/Berlin');
    return { type: 'calendar', unit, timeZone };
  }
  if (item.has('time_zone')) item.fail('time_zone', 'goes with a calendar window only');
  const hours = rollingHours(text);
  if (hours === null)
    item.fail(
      'window',
      `must be one of ${calendarUnits.join(', ')}, or hours, days or weeks up to ${DAYS_MAX} days such as 30d`,
    );
  return { type: 'rolling', hours: hours ?? 0 };
}

/** `30d`, `4w` or `12h` as hours; `null` for anything else and for what is longer than a quarter. */
export function rollingHours(text: string): number | null {
  const match = /^(\d{1,4})([hdw])$/.exec(text);
  if (match === null) return null;
  const hours = Number(match[1]) * (match[2] === 'h' ? 1 : match[2] === 'd' ? 24 : 168);
  return hours >= 1 && hours <= DAYS_MAX * 24 ? hours : null;
}

/** Whether the runtime knows a time zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function readScope(item: ItemReader, kind: ObjectiveKind): ObjectiveDefinition['scope'] {
  if (kind === 'promql' && item.has('scope')) item.fail('scope', 'belongs into the queries');
  const scope = item.map('scope');
  const read: Partial<Record<ObjectiveDimension, readonly string[]>> = {};
  for (const dimension of objectiveDimensions) {
    const values = scope.texts(dimension, SCOPE_VALUES_MAX);
    if (values !== null) read[dimension] = values;
  }
  return scope.done(read);
}

function readPer(item: ItemReader, kind: ObjectiveKind): ObjectiveDimension | null {
  const per = item.optionalChoice('per', objectiveDimensions);
  if (kind === 'promql' && per !== null) item.fail('per', 'does not go with promql');
  return per;
}

function readLeftOut(item: ItemReader, kind: ObjectiveKind): readonly string[] {
  const left = item.texts('leave_out', statuses.length) ?? [];
  if (left.length > 0 && kind !== 'availability' && kind !== 'error_rate')
    item.fail('leave_out', 'goes with availability and error_rate only');
  if (left.some((status) => !statuses.includes(status) || status === 'success'))
    item.fail('leave_out', 'must hold of error, timeout, cancelled');
  return left;
}

function readSlices(item: ItemReader): ObjectiveDefinition['slices'] {
  if (!item.has('slices')) return null;
  const slices = item.map('slices');
  const minutes = slices.positive('minutes') ?? 1;
  if (60 % minutes !== 0) slices.fail('minutes', 'must divide an hour');
  const ppb = percentToPpb(slices.decimal('target_percent'));
  if (ppb === null || ppb <= 0 || ppb > 1e9) slices.fail('target_percent', 'must be a percentage up to 100');
  return slices.done({ minutes, budgetPpb: 1e9 - (ppb ?? 0) });
}

function readQueries(item: ItemReader, kind: ObjectiveKind): ObjectiveQueries | null {
  const keys = ['good_query', 'bad_query', 'good_ratio_query', 'bad_ratio_query', 'total_query'] as const;
  const given = keys.filter((key) => item.has(key));
  if (kind !== 'promql') {
    if (given[0] !== undefined) item.fail(given[0], 'goes with the kind promql only');
    return null;
  }
  if (item.has('slices')) item.fail('slices', 'does not go with promql');
  const query = (key: (typeof keys)[number]): string => {
    const text = item.text(key, undefined, QUERY_LENGTH_MAX);
    if (!text.includes('$window'))
      item.fail(key, 'must hold $window, e.g. sum(increase(requests_total[$window]))');
    return text;
  };
  for (const key of ['bad_ratio_query', 'good_ratio_query'] as const) {
    if (!item.has(key)) continue;
    if (given.length > 1) item.fail(key, 'stands alone');
    return { type: key === 'bad_ratio_query' ? 'bad_ratio' : 'good_ratio', ratio: query(key) };
  }
  if (item.has('good_query') === item.has('bad_query'))
    item.fail('good_query', 'or bad_query, one of the two, must be given with total_query');
  const total = query('total_query');
  return item.has('good_query')
    ? { type: 'good', good: query('good_query'), total }
    : { type: 'bad', bad: query('bad_query'), total };
}

function readCount(item: ItemReader, key: string, fallback: number): number {
  const text = item.decimal(key, String(fallback));
  const count = Number(text);
  if (!(Number.isSafeInteger(count) && count >= 0)) item.fail(key, 'must be a whole number');
  return count;
}

function readLabels(labels: ItemReader): Readonly<Record<string, string>> {
  const names = labels.names;
  if (names.length > LABELS_MAX) labels.fail('labels', `must be at most ${LABELS_MAX}`);
  return Object.fromEntries(names.map((name) => [name, labels.text(name)]));
}

const text = { type: 'string', minLength: 1, maxLength: 256 } as const;
const query = { type: 'string', minLength: 1, maxLength: QUERY_LENGTH_MAX } as const;
const numeral = { anyOf: [{ type: 'number', minimum: 0 }, { type: 'string' }] } as const;
const count = { type: 'integer', minimum: 0 } as const;
const oneOrMore = {
  anyOf: [text, { type: 'array', items: text, minItems: 1, maxItems: SCOPE_VALUES_MAX }],
} as const;

/** JSON Schema of the list. */
export const objectivesJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: OBJECTIVES_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'kind'],
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' },
      name: text,
      description: { type: 'string', minLength: 1, maxLength: 1000 },
      service: text,
      kind: { type: 'string', enum: [...objectiveKinds] },
      agreement: { type: 'boolean' },
      target_percent: numeral,
      max_percent: numeral,
      threshold_ms: numeral,
      threshold_usd: numeral,
      threshold: numeral,
      window: { type: 'string', description: '30d, 4w, 12h, or day, week, month, quarter.' },
      time_zone: { type: 'string', description: 'IANA name; UTC if absent.' },
      scope: {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(objectiveDimensions.map((dimension) => [dimension, oneOrMore])),
      },
      per: { type: 'string', enum: [...objectiveDimensions] },
      leave_out: { anyOf: [text, { type: 'array', items: text }] },
      slices: {
        type: 'object',
        additionalProperties: false,
        required: ['target_percent'],
        properties: { minutes: { type: 'integer', minimum: 1, maximum: 60 }, target_percent: numeral },
      },
      good_query: query,
      bad_query: query,
      total_query: query,
      bad_ratio_query: query,
      good_ratio_query: query,
      min_events: count,
      min_bad_events: count,
      labels: { type: 'object', additionalProperties: text },
    },
  },
};
