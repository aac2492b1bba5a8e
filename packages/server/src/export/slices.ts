/**
 * Cuts a scope into stretches of time with few enough rows to sort in memory. So an
 * export is in order of time and takes little memory however long it is, holds the
 * engine only for moments, and knows how far it is.
 */

import type { Instant } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import { conditionOf, EVENTS, type Scope } from './scope.ts';

/** Rows of a slice, unless a single second has more. */
export const SLICE_ROWS = 16_384;

/** The widths that are tried, in seconds: a stretch with too many rows is looked at more closely. */
const WIDTHS_SECONDS = [3600, 60, 1] as const;

/** A stretch of time and how many rows of the scope it has. */
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

/** The slices of a scope in order of time. Together they have all of its rows. */
export async function planSlices(
  connection: LedgerConnection,
  scope: Scope,
  rowsMax: number = SLICE_ROWS,
): Promise<Slice[]> {
  return joinSmall(await look(connection, scope, 0, rowsMax), rowsMax);
}

async function look(
  connection: LedgerConnection,
  scope: Scope,
  level: number,
  rowsMax: number,
): Promise<Slice[]> {
  const width = WIDTHS_SECONDS[level] ?? 1;
  const { sql, parameters } = conditionOf(scope);
  const buckets = await connection.query<Bucket>(
    `SELECT intDiv(toUnixTimestamp64Second(timestamp), {width:UInt32}) * {width:UInt32} AS at, count() AS rows
     FROM ${EVENTS} WHERE ${sql} GROUP BY at ORDER BY at`,
    { ...parameters, width },
  );
  const slices: Slice[] = [];
  for (const { at, rows } of buckets) {
    const slice = { fromSeconds: at, toSeconds: at + width, rows };
    if (rows <= rowsMax || level === WIDTHS_SECONDS.length - 1) slices.push(slice);
    else slices.push(...(await look(connection, within(scope, slice), level + 1, rowsMax)));
  }
  return slices;
}

/** A scope's rows in a slice. */
export function within(scope: Scope, { fromSeconds, toSeconds }: Slice): Scope {
  const { from, to } = scope.range;
  return {
    ...scope,
    range: {
      from: from !== null && isAfter(from, fromSeconds) ? from : instantOf(fromSeconds),
      to: to !== null && !isAfter(to, toSeconds) ? to : instantOf(toSeconds),
    },
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
