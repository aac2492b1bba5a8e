/**
 * Removes feedback and samples that are past their time. No figure is derived from
 * them that has to stay, so they go without more ado: whole months as partitions, the
 * rest row by row.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import { recordTables } from '../ledger/records.ts';

/** What goes: records whose time and arrival are both before, in milliseconds since the epoch. */
export interface RecordBounds {
  readonly feedbackBeforeMs: number;
  readonly samplesBeforeMs: number;
}

/** How many rows went. */
export interface RemovedRecords {
  readonly feedback: number;
  readonly samples: number;
}

/** Removes them. */
export async function removeRecords(
  connection: LedgerConnection,
  { feedbackBeforeMs, samplesBeforeMs }: RecordBounds,
): Promise<RemovedRecords> {
  return {
    feedback: await removeBefore(connection, recordTables.feedback, feedbackBeforeMs),
    samples: await removeBefore(connection, recordTables.sample, samplesBeforeMs),
  };
}

async function removeBefore(connection: LedgerConnection, table: string, beforeMs: number): Promise<number> {
  if (!Number.isSafeInteger(beforeMs) || beforeMs <= 0) return 0;
  // The engine keeps the text of a deletion, so it has no parameters; this one is a whole number.
  const condition = `timestamp < fromUnixTimestamp64Milli(${beforeMs}) AND received_at < fromUnixTimestamp64Milli(${beforeMs})`;
  const [found] = await connection.query<{ rows: number }>(
    `SELECT count() AS rows FROM ${table} WHERE ${condition}`,
  );
  const rows = found?.rows ?? 0;
  if (rows === 0) return 0;
  const whole = await connection.query<{ month: string }>(
    `SELECT _partition_id AS month FROM ${table} GROUP BY _partition_id HAVING countIf(NOT (${condition})) = 0`,
  );
  for (const { month } of whole)
    if (/^\d{6}$/.test(month)) await connection.command(`ALTER TABLE ${table} DROP PARTITION ID '${month}'`);
  await connection.command(
    `DELETE FROM ${table} WHERE ${condition} SETTINGS mutations_sync = 1, max_execution_time = 0`,
  );
  return rows;
}
