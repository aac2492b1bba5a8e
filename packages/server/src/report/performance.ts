/** The performance report: how much, how fast and how well, group by group, beside the period before. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { type Reading, readWithRollups } from '../rollups/reading.ts';
import type { Dimension } from './dimensions.ts';
import { lookBack } from './earlier.ts';
import { type Period, type PeriodText, periodText } from './periods.ts';
import {
  nothingIn,
  readTraffic,
  readTrafficAndTotal,
  type TrafficFigures,
  type TrafficRow,
} from './traffic.ts';

/** The figures of the period before. */
export interface PreviousTraffic extends PeriodText {
  readonly total: TrafficFigures;
  /** False where the ledger has too little of that period for a comparison to say anything. */
  readonly comparable: boolean;
}

/** The answer. */
export interface PerformanceReport extends PeriodText {
  readonly by: readonly string[];
  /** In order of time if a dimension is one, and those with the most requests first. */
  readonly rows: readonly TrafficRow[];
  readonly total: TrafficFigures;
  /** The period of the same length before; null if it began before 1970. */
  readonly previous: PreviousTraffic | null;
  /** True if there are more groups than rows; the total holds them all. */
  readonly truncated: boolean;
}

/** Groups of one answer. */
const ROWS_MAX = 10_000;

/** Reads it. */
export async function readPerformance(
  connection: LedgerConnection,
  period: Period,
  by: readonly Dimension[],
): Promise<PerformanceReport> {
  const [{ rows: groups, total }, previous] = await readWithRollups(connection, (reading) =>
    Promise.all([
      by.length === 0
        ? readTotal(connection, reading, period).then((all) => ({ rows: [], total: all }))
        : readTrafficAndTotal(connection, reading, {
            range: period,
            by,
            order: 'requests',
            limit: ROWS_MAX + 1,
          }),
      readPrevious(connection, reading, period),
    ]),
  );
  return {
    ...periodText(period),
    by: by.map(({ name }) => name),
    rows: groups.slice(0, ROWS_MAX),
    total,
    previous,
    truncated: groups.length > ROWS_MAX,
  };
}

/** The figures of the period before, and whether they can be compared with; null if it began before 1970. */
export async function readPrevious(
  connection: LedgerConnection,
  reading: Reading,
  period: Period,
): Promise<PreviousTraffic | null> {
  const back = await lookBack(connection, reading, period);
  if (back === null) return null;
  const { earlier } = back;
  // Planning a total takes the ledger twenty milliseconds, also of nothing.
  if (back.isEmpty) return { ...periodText(earlier), total: nothingIn(earlier), comparable: false };
  const [total, comparable] = await Promise.all([
    readTotal(connection, reading, earlier),
    back.isComparable(),
  ]);
  return { ...periodText(earlier), total, comparable };
}

/** The figures of all requests of a period. */
export async function readTotal(
  connection: LedgerConnection,
  reading: Reading,
  period: Period,
): Promise<TrafficFigures> {
  const [row] = await readTraffic(connection, reading, {
    range: period,
    by: [],
    order: 'requests',
    limit: 1,
  });
  if (row === undefined) throw new Error('A total without groups has no row.');
  const { key: _, ...total } = row;
  return total;
}
