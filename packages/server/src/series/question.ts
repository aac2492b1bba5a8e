/**
 * Reads a question for series as callers write it: `where=team!=search`, `step=5m`, a
 * range that need not begin on a step.
 */

import { BellwetherError, type Instant } from '@bellwether/events';
import type { TimeRange } from '../ledger/time-range.ts';
import type { Grid } from './grid.ts';
import type { SeriesFilter } from './series.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The range of a question that names none. */
const RANGE_MS_DEFAULT = DAY_MS;
/** A question that names no step has at most so many. */
const STEPS_DEFAULT_MAX = 300;
/** The steps that are taken then. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY_MS),
];

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/**
 * The filters of texts such as `provider=openai` and `model!=gpt-4o`. Those of the same dimension and operator
 * are one: the request has any of these values, or none of them.
 *
 * @throws BellwetherError `invalid_parameter`.
 */
export function readFilters(texts: readonly string[]): SeriesFilter[] {
  const filters = new Map<string, { dimension: string; operator: '=' | '!='; values: string[] }>();
  for (const text of texts) {
    const match = /^([A-Za-z_][A-Za-z0-9_.]*)(!?=)([\s\S]*)$/.exec(text);
    if (match === null)
      throw wrong('where', 'A filter is a dimension, = or !=, and a value, e.g. provider=openai.');
    const [, dimension = '', sign = '', value = ''] = match;
    const operator = sign === '=' ? '=' : '!=';
    const filter = filters.get(dimension + operator) ?? { dimension, operator, values: [] };
    filter.values.push(value);
    filters.set(dimension + operator, filter);
  }
  return [...filters.values()];
}

/**
 * The grid of a range: widened to whole steps; the last day where it has no beginning.
 *
 * @param step e.g. `60` (seconds), `5m`, `1h`, `1d`; one that gives a readable number of steps if absent.
 * @throws BellwetherError `invalid_parameter`.
 */
export function readGrid({ from, to }: TimeRange, step: string | undefined, nowMs: number): Grid {
  const endMs = to === null ? nowMs : ceilMs(to);
  const startMs = from === null ? Math.max(0, endMs - RANGE_MS_DEFAULT) : from.epochSeconds * 1000;
  const stepMs = step === undefined ? readableStep(endMs - startMs) : readStep(step);
  const fromMs = Math.floor(startMs / stepMs) * stepMs;
  return { fromMs, toMs: Math.max(Math.ceil(endMs / stepMs) * stepMs, fromMs + stepMs), stepMs };
}

function readStep(text: string): number {
  const match = /^(\d{1,9})([smhdw]?)$/.exec(text);
  const stepMs = Number(match?.[1] ?? 0) * (unitsMs[match?.[2] || 's'] ?? 0);
  if (stepMs > 0 && stepMs % MINUTE_MS === 0) return stepMs;
  throw wrong('step', 'step is a whole number of minutes, e.g. 60, 5m, 1h or 1d.');
}

function readableStep(rangeMs: number): number {
  return STEPS_MS.find((stepMs) => rangeMs / stepMs <= STEPS_DEFAULT_MAX) ?? 28 * DAY_MS;
}

function ceilMs({ epochSeconds, nanoseconds }: Instant): number {
  return epochSeconds * 1000 + Math.ceil(nanoseconds / 1e6);
}

function wrong(field: string, message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field });
}
