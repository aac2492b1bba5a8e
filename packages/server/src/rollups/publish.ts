/**
 * Publishes a version of the rollups with one row, and takes away what versions have
 * left that never were. Whatever was not published does not count.
 */

import type { LedgerConnection } from '../ledger/connection.ts';
import { ROLLUP_CHANGES } from '../ledger/row-changes.ts';
import { rollupSets } from './rollup-sets.ts';
import { PASSES, type RollupState, STALE } from './rollup-state.ts';

/** What a version says. */
export type Published = Pick<
  RollupState,
  'version' | 'journal' | 'seq' | 'horizon' | 'minutesFrom' | 'hoursFrom' | 'requestsPerCell'
>;

/** Publishes it. */
export async function publish(
  connection: LedgerConnection,
  published: Published,
  nowMs: number,
): Promise<void> {
  const { version, journal, seq, horizon, minutesFrom, hoursFrom, requestsPerCell } = published;
  const pass = {
    version,
    journal,
    seq,
    horizon,
    minutes_from: minutesFrom,
    hours_from: hoursFrom,
    requests_per_cell: requestsPerCell,
    published_at: engineTime(nowMs),
  };
  await connection.insertJsonLines(PASSES, [Buffer.from(JSON.stringify(pass))]);
}

/** Takes away what a pass has left that was broken off after this version. */
export async function removeUnpublished(connection: LedgerConnection, version: number): Promise<void> {
  const tables = [
    ...rollupSets.map(({ table }) => [table, 'version'] as const),
    [STALE, 'since'] as const,
    [ROLLUP_CHANGES, 'repaired'] as const,
  ];
  for (const [table, column] of tables) {
    const [row] = await connection.query<{ rows: number }>(
      `SELECT count() AS rows FROM ${table} WHERE ${column} > {version:UInt64}`,
      { version },
    );
    if ((row?.rows ?? 0) > 0)
      await connection.command(
        `DELETE FROM ${table} WHERE ${column} > ${version} SETTINGS mutations_sync = 1, max_execution_time = 0`,
      );
  }
}

/** An instant as the engine reads it in JSON. */
export function engineTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');
}
