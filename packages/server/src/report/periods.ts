/** A period with both its ends, and the one before it of the same length. */

import { BellwetherError, formatRfc3339, type Instant } from '@bellwether/events';
import type { TimeRange } from '../ledger/time-range.ts';

/** A range with both ends. */
export interface Period extends TimeRange {
  readonly from: Instant;
  readonly to: Instant;
}

/** What a report says of its period. */
export interface PeriodText {
  /** RFC 3339, included. */
  readonly from: string;
  /** RFC 3339, excluded. */
  readonly to: string;
}

const HOUR_SECONDS = 3600;

/**
 * Gives a range both ends: without an end it goes to the next second, without a beginning it has so many hours.
 *
 * @throws BellwetherError `invalid_parameter` if nothing lies between them.
 */
export function periodOf(range: TimeRange, nowMs: number, hours: number): Period {
  const { from, to } = range;
  const end = to ?? { epochSeconds: Math.floor(nowMs / 1000) + 1, nanoseconds: 0 };
  const start = { ...end, epochSeconds: Math.max(0, end.epochSeconds - hours * HOUR_SECONDS) };
  const begin = from ?? start;
  const lengthSeconds = end.epochSeconds - begin.epochSeconds;
  if (lengthSeconds > 0 || (lengthSeconds === 0 && begin.nanoseconds < end.nanoseconds))
    return { ...range, from: begin, to: end };
  throw new BellwetherError('invalid_parameter', 'from must be before to, and before now.', {
    field: 'from',
  });
}

/** The period of the same length that ends where one begins; null if it began before 1970. */
export function before(period: Period): Period | null {
  const { from, to } = period;
  const borrow = from.nanoseconds * 2 - to.nanoseconds;
  const carried = Math.floor(borrow / 1e9);
  const epochSeconds = 2 * from.epochSeconds - to.epochSeconds + carried;
  if (epochSeconds < 0) return null;
  return { ...period, from: { epochSeconds, nanoseconds: borrow - carried * 1e9 }, to: from };
}

/** A period in words. */
export function periodText({ from, to }: Period): PeriodText {
  return { from: formatRfc3339(from), to: formatRfc3339(to) };
}
