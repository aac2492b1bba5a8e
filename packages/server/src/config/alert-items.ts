/** What keeps alerts from being told: inhibitions between alerts, and maintenance, as they are declared. */

import { MATCHERS_MAX, type Matcher, parseMatcher } from '../matching/matcher.ts';
import { parseHours, type WeeklyWindow, windowDays } from '../matching/time-window.ts';
import { ItemReader, readItems } from './item-reader.ts';

/** While an alert that matches the source is raised, those that match the target are not told. */
export interface InhibitionDefinition {
  readonly id: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  /** Labels in which the two must agree; absent in both agrees too. */
  readonly equal: readonly string[];
}

/** A time in which matching alerts are not told. */
export interface MaintenanceDefinition {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  /** Once, between two instants, the end excluded; or every week. */
  readonly span: { readonly fromMs: number; readonly toMs: number } | null;
  readonly weekly: WeeklyWindow | null;
}

const ITEMS_MAX = 256;
const LABELS_MAX = 16;

/** Reads the list; a text is what is wrong with it. */
export function readInhibitions(raw: unknown): readonly InhibitionDefinition[] | string {
  return readItems(raw, ITEMS_MAX, (item) => {
    const id = item.id('id');
    const source = item.parsedAll('source', MATCHERS_MAX, parseMatcher);
    const target = item.parsedAll('target', MATCHERS_MAX, parseMatcher);
    if (source.length === 0) item.fail('source', 'must have a matcher');
    if (target.length === 0) item.fail('target', 'must have a matcher');
    return item.done({ id, source, target, equal: item.texts('equal', LABELS_MAX) ?? [] });
  });
}

/** Reads the list; a text is what is wrong with it. */
export function readMaintenance(raw: unknown): readonly MaintenanceDefinition[] | string {
  return readItems(raw, ITEMS_MAX, (item) => {
    const id = item.id('id');
    const once = item.has('from') || item.has('to');
    const span = once ? { fromMs: item.parsed('from', instant), toMs: item.parsed('to', instant) } : null;
    if (span !== null && span.toMs <= span.fromMs) item.fail('to', 'must be after from');
    const weekly = once ? null : readWeekly(item);
    if (!once && weekly === null) item.fail('hours', 'or days, or from and to, must be given');
    return item.done({ id, matchers: item.parsedAll('matchers', MATCHERS_MAX, parseMatcher), span, weekly });
  });
}

/** Reads `days`, `hours` and `time_zone`; `null` if neither of the first two is given. */
export function readWeekly(item: ItemReader): WeeklyWindow | null {
  if (!item.has('days') && !item.has('hours')) return null;
  const days = item.parsedAll('days', windowDays.length, (name) => {
    const day = windowDays.find((candidate) => candidate === name);
    if (day === undefined) throw new TypeError(`must be of ${windowDays.join(', ')}`);
    return day;
  });
  const hours = item.parsed(
    'hours',
    (text) => {
      const parsed = parseHours(text);
      if (parsed === null) throw new TypeError('must be like 09:00-17:30');
      return parsed;
    },
    '00:00-24:00',
  );
  const timeZone = item.parsed('time_zone', zone, 'UTC');
  return { ...hours, days: days.length === 0 ? windowDays : days, timeZone };
}

function zone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new TypeError('must be an IANA time zone such as Europe/Berlin');
  }
}

function instant(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) throw new TypeError('must be an RFC 3339 instant such as 2026-12-01T22:00:00Z');
  return atMs;
}

const text = { type: 'string', minLength: 1, maxLength: 600 } as const;
const texts = { anyOf: [text, { type: 'array', items: text, minItems: 1 }] } as const;
const id = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' } as const;

/** JSON Schema of the parts of a weekly window. */
export const weeklyProperties = {
  days: {
    anyOf: [
      { type: 'string', enum: [...windowDays] },
      { type: 'array', items: { type: 'string', enum: [...windowDays] } },
    ],
  },
  hours: { type: 'string', pattern: '^\\d\\d:\\d\\d-\\d\\d:\\d\\d$' },
  time_zone: { type: 'string' },
} as const;

/** JSON Schema of the list. */
export const inhibitionsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: ITEMS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'source', 'target'],
    properties: { id, source: texts, target: texts, equal: texts },
  },
};

/** JSON Schema of the list. */
export const maintenanceJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: ITEMS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id'],
    properties: { id, matchers: texts, from: text, to: text, ...weeklyProperties },
  },
};
