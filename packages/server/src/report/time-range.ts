/**
 * The time range of a question, as callers write it and as the ledger takes it.
 */

import { BellwetherError, formatRfc3339, type Instant, parseRfc3339 } from '@bellwether/events';

/** From the first instant on, up to and without the second; null is without bound. */
export interface TimeRange {
  readonly from: Instant | null;
  readonly to: Instant | null;
}

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

/** The condition of a range on the column `timestamp`, for a WHERE clause, with its parameters. */
export function rangeCondition(range: TimeRange): {
  readonly sql: string;
  readonly parameters: Record<string, string>;
} {
  const parts: string[] = [];
  const parameters: Record<string, string> = {};
  if (range.from !== null) {
    parts.push("timestamp >= toDateTime64({from:String}, 9, 'UTC')");
    parameters.from = engineText(range.from);
  }
  if (range.to !== null) {
    parts.push("timestamp < toDateTime64({to:String}, 9, 'UTC')");
    parameters.to = engineText(range.to);
  }
  return { sql: parts.length === 0 ? '1' : parts.join(' AND '), parameters };
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

function engineText(instant: Instant): string {
  return formatRfc3339(instant).replace('T', ' ').replace('Z', '');
}

function wrong(field: string, problem: string): BellwetherError {
  return new BellwetherError('invalid_parameter', `${field} ${problem}.`, { field });
}
