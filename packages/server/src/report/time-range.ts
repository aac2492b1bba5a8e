/**
 * The time range of a question, as callers write it.
 */

import { BellwetherError, type Instant, parseRfc3339 } from '@bellwether/events';
import type { TimeRange } from '../ledger/time-range.ts';

/** What a caller may say of a range. */
export interface TimeRangeText {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The last so many hours, instead of `from`. */
  readonly hours?: number | undefined;
}

/**
 * Reads a range. A date without a time is its beginning in UTC.
 *
 * @throws BellwetherError `invalid_parameter`, naming the part at fault.
 */
export function readTimeRange(text: TimeRangeText, nowMs: number): TimeRange {
  if (text.hours !== undefined && text.from !== undefined) throw wrong('hours', 'goes without from');
  const to = text.to === undefined ? null : readInstant(text.to, 'to');
  if (text.hours === undefined) {
    const from = text.from === undefined ? null : readInstant(text.from, 'from');
    if (from !== null && to !== null && compare(from, to) >= 0) throw wrong('to', 'must be after from');
    return { from, to };
  }
  const endSeconds = to === null ? nowMs / 1000 : to.epochSeconds;
  const epochSeconds = Math.floor(endSeconds - text.hours * 3600);
  if (!(text.hours > 0 && epochSeconds >= 0))
    throw wrong('hours', 'must be positive and reach back to 1970 at most');
  return { from: { epochSeconds, nanoseconds: 0 }, to };
}

function readInstant(text: string, field: string): Instant {
  const instant = parseRfc3339(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant === null)
    throw wrong(field, 'must be a date or RFC 3339, e.g. 2026-11-20 or 2026-11-20T10:00:00Z');
  return instant;
}

function compare(a: Instant, b: Instant): number {
  return a.epochSeconds - b.epochSeconds || a.nanoseconds - b.nanoseconds;
}

function wrong(field: string, problem: string): BellwetherError {
  return new BellwetherError('invalid_parameter', `${field} ${problem}.`, { field });
}
