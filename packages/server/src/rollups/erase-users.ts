/**
 * Erases users from the cells that have them. Of days whose rows are there the cells
 * go, and are computed anew for nobody. Of days whose rows are gone nothing can be
 * computed: there the figures stay, in cells of nobody, so that every sum stays what
 * it was.
 */

import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { dayIn, readKeptDays } from '../ledger/kept-days.ts';
import { frozenDays } from './frozen-days.ts';
import { DAY, rollupSets } from './rollup-sets.ts';

/** The table with users, without the database. */
export const USER_CELLS = 'rollup_users';
const USERS = `${LEDGER_DATABASE}.${USER_CELLS}`;
const DURABLY = 'SETTINGS mutations_sync = 1, max_execution_time = 0';

/** Requests of the cells of a day, a version and a tenant. */
interface Requests {
  readonly start: number;
  readonly version: number;
  readonly tenant: string;
  readonly requests: number;
}

/**
 * Erases users. Nobody may compute cells meanwhile. Broken off and begun again, it counts nothing twice.
 *
 * @param condition on `tenant` and `user_id`; it must name nobody, since the engine keeps such texts.
 * @returns how many cells were theirs.
 */
export async function eraseUserCells(connection: LedgerConnection, condition: string): Promise<number> {
  const [found] = await connection.query<{ cells: number }>(
    `SELECT count() AS cells FROM ${USERS} WHERE ${condition} SETTINGS max_execution_time = 0`,
  );
  const cells = found?.cells ?? 0;
  if (cells === 0) return 0;
  const frozen = await frozenDays(connection, await readKeptDays(connection));
  if (frozen.size > 0) await moveToNobody(connection, condition, [...frozen]);
  await connection.command(`ALTER TABLE ${USERS} DELETE WHERE ${condition} ${DURABLY}`);
  return cells;
}

async function moveToNobody(
  connection: LedgerConnection,
  condition: string,
  days: readonly string[],
): Promise<void> {
  const inDays = `width = ${DAY} AND ${dayIn('at', 'days')}`;
  const list = JSON.stringify(days);
  const theirs = await requestsOf(connection, USERS, `${inDays} AND ${condition}`, list);
  if (theirs.length === 0) return;
  // Each rollup has every request: where the cells of others have them all, these were moved before the last breaking off.
  const others = totals(await requestsOf(connection, USERS, `${inDays} AND NOT (${condition})`, list));
  const all = totals(await requestsOf(connection, tellingTable(), inDays, list));
  const due = theirs.filter((cell) => (others.get(keyOf(cell)) ?? 0) < (all.get(keyOf(cell)) ?? 0));
  if (due.length === 0) return;
  const names = (rollupSets.find(({ table }) => table === USERS)?.figures ?? []).map(({ name }) => name);
  const figures = names.join(', ');
  // The columns are not renamed: an alias would take the place of the user in the condition.
  await connection.command(
    `INSERT INTO ${USERS} (width, at, version, tenant, user_id, ${figures})
     SELECT width, at, version, tenant, '', ${figures} FROM ${USERS}
     WHERE ${inDays} AND ${condition} AND (toUnixTimestamp(at), version, tenant) IN (
       SELECT arrayJoin(JSONExtract({due:String}, 'Array(Tuple(UInt32, UInt64, String))')))
     SETTINGS max_threads = 1, max_insert_threads = 1, max_execution_time = 0`,
    { days: list, due: JSON.stringify(due.map(({ start, version, tenant }) => [start, version, tenant])) },
  );
}

/** A rollup that an erasure does not touch. */
function tellingTable(): string {
  return rollupSets.find(({ table }) => table !== USERS)?.table ?? '';
}

function requestsOf(
  connection: LedgerConnection,
  table: string,
  condition: string,
  days: string,
): Promise<Requests[]> {
  return connection.query<Requests>(
    `SELECT toUnixTimestamp(at) AS start, version, tenant, sum(c.requests) AS requests
     FROM ${table} AS c WHERE ${condition} GROUP BY start, version, tenant SETTINGS max_execution_time = 0`,
    { days },
  );
}

function totals(cells: readonly Requests[]): Map<string, number> {
  return new Map(cells.map((cell) => [keyOf(cell), cell.requests]));
}

function keyOf({ start, version, tenant }: Requests): string {
  return JSON.stringify([start, version, tenant]);
}
