/**
 * Removes feedback and samples that are past their time. No figure is derived from
 * them that has to stay, so they go without more ado: whole months as partitions, the
 * rest row by row. A record of a month long past may come in at any moment, so nothing
 * comes in between the look at a partition and its end.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import type { Ledger } from '../ledger/ledger.ts';
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
  ledger: Pick<Ledger, 'connection' | 'exclusively'>,
  { feedbackBeforeMs, samplesBeforeMs }: RecordBounds,
): Promise<RemovedRecords> {
  return {
    feedback: await removeBefore(ledger, recordTables.feedback, feedbackBeforeMs),
    samples: await removeBefore(ledger, recordTables.sample, samplesBeforeMs),
  };
}

async function removeBefore(
  { connection, exclusively }: Pick<Ledger, 'connection' | 'exclusively'>,
  table: string,
  beforeMs: number,
): Promise<number> {
  if (!Number.isSafeInteger(beforeMs) || beforeMs <= 0) return 0;
  // The engine keeps the text of a deletion, so it has no parameters; this one is a whole number.
  const condition = `timestamp < fromUnixTimestamp64Milli(${beforeMs}) AND received_at < fromUnixTimestamp64Milli(${beforeMs})`;
  const [found] = await connection.query<{ rows: number }>(
    `SELECT count() AS rows FROM ${table} WHERE ${condition}`,
  );
  const rows = found?.rows ?? 0;
  if (rows === 0) return 0;
  await exclusively(() => dropWholeMonths(connection, table, condition));
  await connection.command(
    `DELETE FROM ${table} WHERE ${condition} SETTINGS mutations_sync = 1, max_execution_time = 0`,
  );
  return rows;
}

async function dropWholeMonths(
  connection: LedgerConnection,
  table: string,
  condition: string,
): Promise<void> {
  const whole = await connection.query<{ month: string }>(
    `SELECT _partition_id AS month FROM ${table} GROUP BY _partition_id HAVING countIf(NOT (${condition})) = 0`,
  );
  for (const { month } of whole)
    if (/^\d{6}$/.test(month)) await connection.command(`ALTER TABLE ${table} DROP PARTITION ID '${month}'`);
}
