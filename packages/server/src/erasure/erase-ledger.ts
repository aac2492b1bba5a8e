/**
 * Erases users from the ledger. A row stays, with its tokens and its cost, so that every
 * sum stays what it was; what points at the user is emptied. The engine keeps the text of
 * such a statement and for some minutes the parts that it has written anew: so the
 * statement names nobody, and the old parts are waited for.
 */

import type { Clock } from '../clock.ts';
import { everywhere, tableWithRows } from '../ledger/cluster/placement.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import type { Stretch } from '../ledger/row-changes.ts';
import { eraseUserCells, USER_CELLS } from '../rollups/erase-users.ts';

/** Tables with users, and what is emptied in them. */
const TABLES: readonly { readonly table: string; readonly emptied: string }[] = [
  {
    table: 'events',
    emptied:
      "user_id = '', session_id = '', correlation_id = '', attributes = CAST(map(), 'Map(LowCardinality(String), String)')",
  },
  { table: 'feedback', emptied: "user_id = '', comment_hash = ''" },
];
/** How long parts that are no longer read may take to go. */
const OLD_PARTS_MS_MAX = 120_000;
const LOOK_MS = 500;
const DAY_MS = 86_400_000;
/** What was done. */
export interface ErasedRows {
  readonly events: number;
  readonly feedback: number;
  /** The tables that have changed. */
  readonly tables: readonly string[];
}

/**
 * Erases users. Nothing may be added to the tables meanwhile.
 *
 * @param condition on `tenant` and `user_id`.
 */
export async function eraseFromLedger(connection: LedgerConnection, condition: string): Promise<ErasedRows> {
  const rows: Record<string, number> = {};
  for (const { table, emptied } of TABLES) {
    const name = `${LEDGER_DATABASE}.${table}`;
    const [found] = await connection.query<{ rows: number }>(
      `SELECT count() AS rows FROM ${name} WHERE ${condition} SETTINGS max_execution_time = 0`,
    );
    rows[table] = found?.rows ?? 0;
    if (rows[table] > 0)
      await connection.command(
        `ALTER TABLE ${name} UPDATE ${emptied} WHERE ${condition} SETTINGS mutations_sync = 1, max_execution_time = 0`,
      );
  }
  rows[USER_CELLS] = await eraseUserCells(connection, condition);
  const tables = [...TABLES.map(({ table }) => table), USER_CELLS].filter((table) => (rows[table] ?? 0) > 0);
  return { events: rows.events ?? 0, feedback: rows.feedback ?? 0, tables };
}

/** The days that have rows of erased users. */
export async function daysOfErased(connection: LedgerConnection, condition: string): Promise<Stretch[]> {
  const days = await connection.query<{ day: string }>(
    `SELECT DISTINCT toString(toDate(timestamp)) AS day FROM ${LEDGER_DATABASE}.events WHERE ${condition}
     ORDER BY day SETTINGS max_execution_time = 0`,
  );
  return days.map(({ day }) => {
    const fromMs = Date.parse(`${day}T00:00:00Z`);
    return { fromMs, toMs: fromMs + DAY_MS };
  });
}

/**
 * Waits until the engine has removed the parts of tables that it has written anew, which it would keep for some
 * minutes.
 *
 * @returns false if it takes too long; they go by themselves later.
 */
export async function awaitOldParts(
  connection: LedgerConnection,
  tables: readonly string[],
  clock: Clock,
): Promise<boolean> {
  if (tables.length === 0) return true;
  for (const table of tables)
    await connection.command(`ALTER TABLE ${LEDGER_DATABASE}.${table} MODIFY SETTING old_parts_lifetime = 1`);
  try {
    const untilMs = clock.monotonicMs() + OLD_PARTS_MS_MAX;
    const names = tables.map((table) => `'${tableWithRows(connection, table)}'`).join(', ');
    while (clock.monotonicMs() < untilMs) {
      const [old] = await connection.query<{ parts: number }>(
        `SELECT count() AS parts FROM ${everywhere(connection, 'parts')} WHERE database = '${LEDGER_DATABASE}' AND NOT active AND table IN (${names})`,
      );
      if ((old?.parts ?? 0) === 0) return true;
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, LOOK_MS);
      });
    }
    return false;
  } finally {
    for (const table of tables)
      await connection.command(`ALTER TABLE ${LEDGER_DATABASE}.${table} RESET SETTING old_parts_lifetime`);
  }
}
