/** Takes away cells that no question needs: those that were computed anew, and those past their retention. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { ROLLUP_CHANGES } from '../ledger/row-changes.ts';
import { DAY, HOUR, rollupSets } from './rollup-sets.ts';
import { publish, removeUnpublished } from './publish.ts';
import { PASSES, readRollupState, STALE } from './rollup-state.ts';

/** For so long a question that has read an older state may still be under way. */
const QUESTIONS_MS_MAX = 10 * 60_000;
/** Cells that one statement names. */
const NAMED_MAX = 500;
/** Published passes that are kept, to see what happened. */
const PASSES_KEPT = 500;

const DURABLY = 'SETTINGS mutations_sync = 1, max_execution_time = 0';

/** Removes cells that were computed anew. Nobody may publish meanwhile. */
export async function removeStale(connection: LedgerConnection, nowMs: number): Promise<number> {
  const { version } = await readRollupState(connection);
  const stale = await connection.query<{ since: number; width: number; start: number; version: number }>(
    `SELECT since, width, toUnixTimestamp(at) AS start, s.version AS version FROM ${STALE} AS s
     WHERE since <= {version:UInt64} AND noted_at < fromUnixTimestamp64Milli({before:Int64}) ORDER BY since LIMIT {max:UInt32}`,
    { version, before: nowMs - QUESTIONS_MS_MAX, max: NAMED_MAX },
  );
  const done = `since <= ${version} AND (width, toUnixTimestamp(at), version) IN`;
  // The engine keeps the text of a deletion, so it has no parameters; these are numbers of its own.
  const listed = (width: number): string =>
    stale
      .filter((cell) => cell.width === width)
      .map(({ start, version: of }) => `(${start}, ${of})`)
      .join(', ');
  const conditions = [
    ['width = 86400 AND (toUnixTimestamp(at), version)', listed(DAY)] as const,
    ['width != 86400 AND (toUnixTimestamp(toStartOfHour(at)), version)', listed(HOUR)] as const,
  ].flatMap(([cell, cells]) => (cells === '' ? [] : [`(${cell} IN (${cells}))`]));
  // One deletion of a table, since each rewrites the marks of all its parts.
  for (const { table } of conditions.length === 0 ? [] : rollupSets)
    await connection.command(`DELETE FROM ${table} WHERE ${conditions.join(' OR ')} ${DURABLY}`);
  if (stale.length > 0) {
    const rows = stale.map(({ width, start, version: of }) => `(${width}, ${start}, ${of})`).join(', ');
    await connection.command(`DELETE FROM ${STALE} WHERE ${done} (${rows}) ${DURABLY}`);
  }
  await removeNotes(connection, version);
  return stale.length;
}

/** Forgets changes that were repaired, and passes of long ago. */
async function removeNotes(connection: LedgerConnection, version: number): Promise<void> {
  const [row] = await connection.query<{ changes: number; passes: number }>(
    `SELECT (SELECT countIf(repaired BETWEEN 1 AND {version:UInt64}) FROM ${ROLLUP_CHANGES}) AS changes,
     (SELECT count() FROM ${PASSES}) AS passes`,
    { version },
  );
  if ((row?.changes ?? 0) > 0) {
    const repaired = `SELECT id FROM ${ROLLUP_CHANGES} WHERE repaired BETWEEN 1 AND ${version}`;
    const ids = await connection.query<{ id: number }>(`${repaired} LIMIT ${NAMED_MAX}`);
    const list = ids.map(({ id }) => id).join(', ');
    await connection.command(`DELETE FROM ${ROLLUP_CHANGES} WHERE id IN (${list}) ${DURABLY}`);
  }
  if ((row?.passes ?? 0) > 2 * PASSES_KEPT)
    await connection.command(`DELETE FROM ${PASSES} WHERE version < ${version - PASSES_KEPT} ${DURABLY}`);
}

/** Cells that are past their retention. */
export interface ExpiredCells {
  /** And hours of users. */
  readonly minutes: number;
  readonly hoursAndDays: number;
}

/** Where cells begin to be kept, epoch seconds. */
export interface CellLimits {
  readonly minutesFrom: number;
  readonly hoursFrom: number;
}

/**
 * Lets cells end that begin before these limits: questions are told first, and the cells go the next time, once no
 * question can be under way that was not told. Nobody may publish meanwhile.
 *
 * @param nowMs what versions are stamped with.
 */
export async function removeExpired(
  connection: LedgerConnection,
  limits: CellLimits,
  nowMs: number,
): Promise<ExpiredCells> {
  const state = await readRollupState(connection);
  const minutesFrom = Object.fromEntries(
    Object.entries(state.minutesFrom).map(([name, from]) => [name, Math.max(from, limits.minutesFrom)]),
  );
  const hoursFrom = Math.max(state.hoursFrom, limits.hoursFrom);
  const isNew =
    hoursFrom > state.hoursFrom ||
    Object.entries(minutesFrom).some(([name, from]) => from > (state.minutesFrom[name] ?? 0));
  if (state.version > 0 && isNew) {
    await removeUnpublished(connection, state.version);
    await publish(connection, { ...state, version: state.version + 1, minutesFrom, hoursFrom }, nowMs);
  }
  const [told] = await connection.query<{ minutes: Record<string, number>; hours: number }>(
    `SELECT argMax(minutes_from, version) AS minutes, toUnixTimestamp(argMax(hours_from, version)) AS hours
     FROM ${PASSES} WHERE published_at < fromUnixTimestamp64Milli({before:Int64})`,
    { before: nowMs - QUESTIONS_MS_MAX },
  );
  let [minutes, hoursAndDays] = [0, 0];
  for (const { name, table, fine } of rollupSets) {
    minutes += await removeBefore(connection, table, `width = ${fine.width}`, told?.minutes[name] ?? 0);
    hoursAndDays += await removeBefore(connection, table, `width != ${fine.width}`, told?.hours ?? 0);
  }
  return { minutes, hoursAndDays };
}

async function removeBefore(
  connection: LedgerConnection,
  table: string,
  kind: string,
  before: number,
): Promise<number> {
  const condition = `${kind} AND at < toDateTime(${before}, 'UTC')`;
  const [row] = await connection.query<{ cells: number }>(
    `SELECT count() AS cells FROM ${table} WHERE ${condition}`,
  );
  const cells = row?.cells ?? 0;
  if (cells > 0) await connection.command(`DELETE FROM ${table} WHERE ${condition} ${DURABLY}`);
  return cells;
}
