/** The rows that business figures are of: events that count, with the scores that hold for them. */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { hasFeedback } from '../ledger/has-feedback.ts';
import { countingEvents, readWithKeptDays } from '../ledger/kept-days.ts';
import { both, type Condition, rangeCondition, type TimeRange } from '../ledger/time-range.ts';

/** Where the rows are, and which of them count. */
export interface BusinessRows {
  /** `events`, or the view that puts feedback given afterwards in place of an event's own scores. */
  readonly rated: string;
  readonly events: string;
  /** Those of the range. */
  readonly counting: Condition;
  /** Those up to the end of the range, for what was before it. */
  readonly untilEnd: Condition;
}

/** Reads rows of a range, again if retention moved days meanwhile. */
export async function readRows<R>(
  connection: LedgerConnection,
  range: TimeRange,
  read: (rows: BusinessRows) => Promise<R>,
): Promise<R> {
  const isRated = await hasFeedback(connection);
  const events = `${LEDGER_DATABASE}.events`;
  return readWithKeptDays(connection, (days) => {
    const kept = countingEvents(days);
    return read({
      rated: isRated ? `${LEDGER_DATABASE}.rated_events` : events,
      events,
      counting: both(rangeCondition(range), kept),
      untilEnd: both(rangeCondition({ ...range, from: null }), kept),
    });
  });
}

/** One number divided by another, to nine digits; `null` where there is nothing to divide by. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e9) / 1e9;
}
