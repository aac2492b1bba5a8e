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
  const back = await lookBack(connection, reading, period);
  return back !== null && !back.isEmpty && (await back.isComparable()) ? back.earlier : null;
}

/** What one question to the ledger tells of the period before. */
export interface LookBack {
  readonly earlier: Period;
  /** True if there were no requests. */
  readonly isEmpty: boolean;
  /** Whether the ledger has enough of it, and before it, for a comparison; asks again only where what is known leaves doubt. */
  isComparable(): Promise<boolean>;
}

/** Looks at the period before; null if it began before 1970. */
export async function lookBack(
  connection: LedgerConnection,
  reading: Reading,
  period: Period,
): Promise<LookBack | null> {
  const earlier = before(period);
  if (earlier === null) return null;
  const seconds = earlier.to.epochSeconds - earlier.from.epochSeconds;
  const step = seconds < HOURS_UP_TO_SECONDS ? 'hour' : 'day';
  const { count, first } = await readSteps(connection, reading, earlier, step);
  const bound = earlier.from.epochSeconds + Math.ceil(seconds * LATE_MAX);
  const isEnough = (steps: number): boolean => count >= steps * STEPS_SHARE_MIN;
  return {
    earlier,
    isEmpty: first === null,
    async isComparable() {
      if (first === null) return false;
      const [reachesBack, isFull] = await Promise.all([
        first + STEP_SECONDS[step] <= bound || hasBefore(connection, reading, earlier, bound),
        isEnough(stepsWithin(period, step)) ||
          readSteps(connection, reading, period, step).then((now) => isEnough(now.count)),
      ]);
      return reachesBack && isFull;
    },
  };
}

const STEP_SECONDS = { hour: 3600, day: 86_400 } as const;

/** Hours or days of a range that have requests. */
interface Steps {
  readonly count: number;
  /** When the first of them begins, epoch seconds; null if there is none. */
  readonly first: number | null;
}

/** The hours or days that a period touches, which is the most that can have requests. */
function stepsWithin({ from, to }: Period, step: keyof typeof STEP_SECONDS): number {
  const width = STEP_SECONDS[step];
  const last = to.nanoseconds > 0 ? to.epochSeconds : to.epochSeconds - 1;
  return Math.floor(last / width) - Math.floor(from.epochSeconds / width) + 1;
}

/** Whether the ledger has requests before an instant, epoch seconds. */
async function hasBefore(
  connection: LedgerConnection,
  reading: Reading,
  range: TimeRange,
  epochSeconds: number,
): Promise<boolean> {
  const start = { epochSeconds: 0, nanoseconds: 0 };
  const begun = { ...range, from: start, to: { epochSeconds, nanoseconds: range.from?.nanoseconds ?? 0 } };
  return (await readSteps(connection, reading, begun, 'month')).first !== null;
}

async function readSteps(
  connection: LedgerConnection,
  { keptDays, state }: Reading,
  range: TimeRange,
  step: 'hour' | 'day' | 'month',
): Promise<Steps> {
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
  const [row] = await connection.query<{ readonly count: string; readonly first: string }>(
    `SELECT toString(countIf(f_requests > 0)) AS count, minIf(key_0, f_requests > 0) AS first FROM (${plan.sql})`,
    plan.parameters,
  );
  const count = Number(row?.count ?? 0);
  return { count, first: count === 0 ? null : Date.parse(row?.first ?? '') / 1000 };
}
