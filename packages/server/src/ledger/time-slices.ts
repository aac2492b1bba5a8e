/**
 * Cuts a range of the ledger into stretches of time with few enough rows for one
 * question. So long work takes little memory, holds the engine only for moments, and
 * knows how far it is.
 */

import type { Instant } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import { both, type Condition, rangeCondition, type TimeRange } from './time-range.ts';

/** The widths that are tried, in seconds: a stretch with too many rows is looked at more closely. */
const WIDTHS_SECONDS = [3600, 60, 1] as const;

/** A stretch of time and how many rows it has. */
export interface Slice {
  readonly fromSeconds: number;
  /** Without this one. */
  readonly toSeconds: number;
  readonly rows: number;
}

interface Bucket {
  readonly at: number;
  readonly rows: number;
}

/**
 * The slices of the rows of a range for which a condition holds, in order of time.
 * Together they have all of them; none has more than `rowsMax`, unless a single second has.
 */
export async function sliceRange(
  connection: LedgerConnection,
  range: TimeRange,
  condition: Condition,
  rowsMax: number,
): Promise<Slice[]> {
  return joinSmall(await look(connection, range, condition, 0, rowsMax), rowsMax);
}

async function look(
  connection: LedgerConnection,
  range: TimeRange,
  condition: Condition,
  level: number,
  rowsMax: number,
): Promise<Slice[]> {
  const width = WIDTHS_SECONDS[level] ?? 1;
  const { sql, parameters } = both(rangeCondition(range), condition);
  const buckets = await connection.query<Bucket>(
    `SELECT intDiv(toUnixTimestamp64Second(timestamp), {width:UInt32}) * {width:UInt32} AS at, count() AS rows
     FROM ${LEDGER_DATABASE}.events WHERE ${sql} GROUP BY at ORDER BY at`,
    { ...parameters, width },
  );
  const slices: Slice[] = [];
  for (const { at, rows } of buckets) {
    const slice = { fromSeconds: at, toSeconds: at + width, rows };
    if (rows <= rowsMax || level === WIDTHS_SECONDS.length - 1) slices.push(slice);
    else slices.push(...(await look(connection, rangeWithin(range, slice), condition, level + 1, rowsMax)));
  }
  return slices;
}

/** The part of a range that is in a slice. */
export function rangeWithin(range: TimeRange, { fromSeconds, toSeconds }: Slice): TimeRange {
  const { from, to } = range;
  return {
    ...range,
    from: from !== null && isAfter(from, fromSeconds) ? from : instantOf(fromSeconds),
    to: to !== null && !isAfter(to, toSeconds) ? to : instantOf(toSeconds),
  };
}

function isAfter(instant: Instant, seconds: number): boolean {
  return instant.epochSeconds > seconds || (instant.epochSeconds === seconds && instant.nanoseconds > 0);
}

function instantOf(epochSeconds: number): Instant {
  return { epochSeconds, nanoseconds: 0 };
}

/** Puts neighbours together as far as they fit: a statement costs more than a few rows. */
function joinSmall(slices: readonly Slice[], rowsMax: number): Slice[] {
  const joined: Slice[] = [];
  for (const slice of slices) {
    const last = joined.at(-1);
    if (last !== undefined && last.rows + slice.rows <= rowsMax)
      joined[joined.length - 1] = { ...last, toSeconds: slice.toSeconds, rows: last.rows + slice.rows };
    else joined.push(slice);
  }
  return joined;
}
