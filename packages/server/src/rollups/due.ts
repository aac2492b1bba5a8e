/** What a pass has to compute: hours that are over, hours that late rows came to, and hours whose rows were changed. */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { hoursBetween } from '../ledger/time-range.ts';
import { HOUR, rollupsWithHours } from './rollup-sets.ts';
import { type ChangedTime, countingCells, type RollupState } from './rollup-state.ts';

const EVENTS = `${LEDGER_DATABASE}.events`;
/** Any rollup with hours tells which hours and versions there are, since each has every request. */
const TELLING = rollupsWithHours[0]?.table ?? '';
const HOUR_OF_ROW = `intDiv(toUnixTimestamp64Second(timestamp), ${HOUR}) * ${HOUR}`;

/** An hour, epoch seconds, and how many rows it has. */
export interface DueHour {
  readonly hour: number;
  readonly rows: number;
}

/** The first hour with rows; null if there are none. */
export async function firstHour(connection: LedgerConnection): Promise<number | null> {
  const [row] = await connection.query<{ hour: number; rows: number }>(
    `SELECT min(${HOUR_OF_ROW}) AS hour, count() AS rows FROM ${EVENTS}`,
  );
  return row === undefined || row.rows === 0 ? null : row.hour;
}

/** Hours with rows from one instant on and before another, with their rows. */
export function newHours(connection: LedgerConnection, from: number, to: number): Promise<DueHour[]> {
  return connection.query<DueHour>(
    `SELECT ${HOUR_OF_ROW} AS hour, count() AS rows FROM ${EVENTS}
     WHERE ${hoursBetween(from, to)} AND timestamp >= toDateTime({from:UInt32}, 'UTC') AND timestamp < toDateTime({to:UInt32}, 'UTC')
     GROUP BY hour ORDER BY hour`,
    { from, to },
  );
}

/** Hours before the horizon to which rows came after the last pass. */
export async function lateHours(
  connection: LedgerConnection,
  { seq: from, horizon }: RollupState,
  bound: { readonly journal: string; readonly seq: number },
): Promise<number[]> {
  const rows = await connection.query<{ hour: number }>(
    `SELECT DISTINCT ${HOUR_OF_ROW} AS hour FROM ${EVENTS} WHERE journal = {journal:String}
     AND seq > {from:UInt64} AND seq <= {to:UInt64} AND timestamp < toDateTime({horizon:UInt32}, 'UTC') ORDER BY hour`,
    { journal: bound.journal, from, to: bound.seq, horizon },
  );
  return rows.map(({ hour }) => hour);
}

/** Hours before the horizon that have rows or cells and lie in times that were changed. */
export async function changedHours(
  connection: LedgerConnection,
  state: RollupState,
  changed: readonly ChangedTime[],
): Promise<number[]> {
  const hours = new Set<number>();
  for (const { from, to } of changed) {
    const bounds = {
      from: Math.floor(from / HOUR) * HOUR,
      to: Math.min(Math.ceil(to / HOUR) * HOUR, state.horizon),
    };
    const rows = await connection.query<{ hour: number }>(
      `SELECT ${HOUR_OF_ROW} AS hour FROM ${EVENTS}
       WHERE ${hoursBetween(bounds.from, bounds.to)} AND timestamp >= toDateTime({from:UInt32}, 'UTC')
       AND timestamp < toDateTime({to:UInt32}, 'UTC') GROUP BY hour
       UNION DISTINCT SELECT toInt64(toUnixTimestamp(at)) AS hour FROM ${TELLING} WHERE width = ${HOUR}
       AND at >= toDateTime({from:UInt32}, 'UTC') AND at < toDateTime({to:UInt32}, 'UTC') GROUP BY at`,
      bounds,
    );
    for (const { hour } of rows) hours.add(hour);
  }
  return [...hours].filter((hour) => hour < state.horizon).toSorted((a, b) => a - b);
}

/** Cells that count now. */
export interface PublishedCells {
  /** Their beginning, epoch seconds. */
  readonly start: number;
  readonly version: number;
}

/** The versions of cells of a width that count and begin at these instants. */
export function publishedCells(
  connection: LedgerConnection,
  state: RollupState,
  width: number,
  starts: readonly number[],
): Promise<PublishedCells[]> {
  return connection.query<PublishedCells>(
    `SELECT toUnixTimestamp(at) AS start, version FROM ${TELLING}
     WHERE width = {width:UInt32} AND ${countingCells(state)}
     AND toUnixTimestamp(at) IN (SELECT arrayJoin(JSONExtract({starts:String}, 'Array(UInt32)')))
     GROUP BY start, version`,
    { width, starts: JSON.stringify(starts) },
  );
}

/** Requests of a user in an hour in the mean, where a user has any: how it stands before there are cells that tell. */
export async function requestsPerUserHour(
  connection: LedgerConnection,
  hours: readonly DueHour[],
): Promise<number> {
  const [first, last] = [hours[0], hours.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const [row] = await connection.query<{ requests: number }>(
    `SELECT count() / uniqExact(${HOUR_OF_ROW}, tenant, user_id) AS requests FROM ${EVENTS}
     WHERE ${hoursBetween(first.hour, last.hour)} AND timestamp >= toDateTime({from:UInt32}, 'UTC') AND timestamp < toDateTime({to:UInt32}, 'UTC')`,
    { from: first.hour, to: last.hour + HOUR },
  );
  return row?.requests ?? 0;
}
