/**
 * Whether there is a period to compare with. The first weeks of a ledger have hardly
 * anything before them, and whatever is held against hardly anything has grown a
 * hundredfold. So a comparison takes a ledger that reaches back to about the beginning
 * of the earlier period, and requests on enough of that period's hours or days.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { planFigures } from '../rollups/plan.ts';
import { type Reading, readWithRollups } from '../rollups/reading.ts';
import { keysOf, readDimensions } from './dimensions.ts';
import { before, type Period } from './periods.ts';

/** The part of the earlier period within which the ledger must have begun. */
const LATE_MAX = 0.1;
/** Of the hours or days with requests, how many the earlier period must have for each of the period itself. */
const STEPS_SHARE_MIN = 0.5;
/** Seconds up to which hours are counted, and days beyond. */
const HOURS_UP_TO_SECONDS = 169 * 3600;

/** The period before, or null where the ledger has too little of it for a comparison. */
export function readEarlier(connection: LedgerConnection, period: Period): Promise<Period | null> {
  return readWithRollups(connection, (reading) => earlierOf(connection, reading, period));
}

/** The same within a reading that there is already. */
export async function earlierOf(
  connection: LedgerConnection,
  reading: Reading,
  period: Period,
): Promise<Period | null> {
  const earlier = before(period);
  if (earlier === null) return null;
  const seconds = earlier.to.epochSeconds - earlier.from.epochSeconds;
  const begun = {
    ...earlier,
    from: { epochSeconds: 0, nanoseconds: 0 },
    to: { ...earlier.from, epochSeconds: earlier.from.epochSeconds + Math.ceil(seconds * LATE_MAX) },
  };
  const [first, now, then] = await Promise.all([
    countSteps(connection, reading, begun, 'month'),
    ...[period, earlier].map((range) =>
      countSteps(connection, reading, range, seconds < HOURS_UP_TO_SECONDS ? 'hour' : 'day'),
    ),
  ]);
  return first === 0 || (then ?? 0) === 0 || (then ?? 0) < (now ?? 0) * STEPS_SHARE_MIN ? null : earlier;
}

/** How many hours, days or months of a range have requests. */
async function countSteps(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  range: TimeRange,
  step: 'hour' | 'day' | 'month',
): Promise<number> {
  const plan = planFigures(
    {
      figures: ['requests'],
      keys: keysOf(readDimensions(step)),
      dimensions: [],
      filter: { sql: '1', parameters: {} },
      range,
      keptDays,
      chargesApart: false,
    },
    state,
  );
  const [row] = await connection.query<{ readonly steps: string }>(
    `SELECT toString(countIf(f_requests > 0)) AS steps FROM (${plan.sql})`,
    plan.parameters,
  );
  return Number(row?.steps ?? 0);
}
