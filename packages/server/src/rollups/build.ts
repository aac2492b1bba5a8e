/**
 * Computes cells: minutes and hours from the rows, days from hours, and hours and days of
 * users from the rows. Nothing that it writes counts before its version is published.
 */

import { LEDGER_DATABASE, type LedgerConnection, type QueryParameters } from '../ledger/connection.ts';
import { type Condition, hoursBetween } from '../ledger/time-range.ts';
import { partOfCells } from './figures.ts';
import {
  DAY,
  figuresOf,
  HOUR,
  type RollupSet,
  rollupSets,
  rollupsWithHours,
  type Width,
} from './rollup-sets.ts';
import { countingCells } from './rollup-state.ts';

const EVENTS = `${LEDGER_DATABASE}.events`;

/** Which rows cells of a version are computed from. */
export interface RowScope {
  readonly version: number;
  readonly rows: Condition;
}

/** Inserts share the engine with questions, so they take one thread and leave the rest. */
const GENTLY = 'SETTINGS max_threads = 1, max_insert_threads = 1, max_execution_time = 0';

/** Computes the cells of these days. Those of hours that they are made of must be there. */
export async function buildDays(
  connection: LedgerConnection,
  scope: RowScope,
  days: readonly number[],
  cells: { readonly version: number; readonly hasStale: boolean; readonly onlyThis: boolean },
): Promise<void> {
  for (const set of rollupSets) {
    if (!rollupsWithHours.includes(set)) {
      await buildFromRows(connection, set, DAY, scope, days);
      continue;
    }
    const dimensions = set.dimensions.join(', ');
    const names = set.figures.map(({ name }) => name).join(', ');
    const figures = set.figures.map((figure) => `${partOfCells(figure)} AS p_${figure.name}`).join(', ');
    const counting = cells.onlyThis ? `version = ${cells.version}` : countingCells(cells);
    await connection.command(
      `INSERT INTO ${set.table} (width, at, version, ${dimensions}, ${names})
       SELECT ${DAY}, toStartOfDay(at) AS start, ${scope.version}, ${dimensions}, ${figures} FROM ${set.table}
       WHERE width = ${HOUR} AND ${counting} AND ${startsIn('toStartOfDay(at)', 'at', days, DAY)}
       GROUP BY start, ${dimensions} ${GENTLY}`,
      listed(days),
    );
  }
}

/** Computes the cells of a width that begin in these hours, or days, from rows. */
export async function buildFromRows(
  connection: LedgerConnection,
  set: RollupSet,
  width: Width,
  { version, rows }: RowScope,
  starts: readonly number[],
): Promise<void> {
  const dimensions = set.dimensions.join(', ');
  const stored = figuresOf(set, width);
  const names = stored.map(({ name }) => name).join(', ');
  const figures = stored.map(({ name, partOfRows }) => `${partOfRows} AS p_${name}`).join(', ');
  const spanOfList = width === DAY ? DAY : HOUR;
  const start = `toDateTime(intDiv(toUnixTimestamp64Second(timestamp), ${spanOfList}) * ${spanOfList}, 'UTC')`;
  await connection.command(
    `INSERT INTO ${set.table} (width, at, version, ${dimensions}, ${names})
     SELECT ${width}, toDateTime(intDiv(toUnixTimestamp64Second(timestamp), ${width}) * ${width}, 'UTC') AS cell, ${version}, ${dimensions}, ${figures}
     FROM ${EVENTS} WHERE ${rows.sql} AND ${startsIn(start, 'timestamp', starts, spanOfList)}
     GROUP BY cell, ${dimensions} ${GENTLY}`,
    { ...rows.parameters, ...listed(starts) },
  );
}

/** That a start is in the list `starts`; the bounds let the engine leave out what lies beside. */
function startsIn(start: string, column: string, starts: readonly number[], span: number): string {
  const from = Math.min(...starts);
  const to = Math.max(...starts) + span;
  const hours = column === 'timestamp' ? `${hoursBetween(from, to)} AND ` : '';
  return `${hours}${column} >= toDateTime(${from}, 'UTC') AND ${column} < toDateTime(${to}, 'UTC')
    AND toUnixTimestamp(${start}) IN (SELECT arrayJoin(JSONExtract({starts:String}, 'Array(UInt32)')))`;
}

function listed(starts: readonly number[]): QueryParameters {
  return { starts: JSON.stringify(starts) };
}
