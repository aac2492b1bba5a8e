/**
 * Which hours of the ledger have other rows than before: for whoever keeps figures
 * by the hour and wants them to be functions of the rows, late events included. A
 * mark says up to where somebody has looked; it may be kept on disk.
 */

import { BellwetherError } from '@bellwether/events';
import { LEDGER_DATABASE } from './connection.ts';
import { readKeptDays } from './kept-days.ts';
import type { Ledger } from './ledger.ts';

/** Up to where the ledger was looked at. */
export interface LedgerMark {
  readonly journal: string;
  /** The highest row number of that journal that was in the ledger. */
  readonly seq: number;
  /** Names what has rewritten rows; another name makes every hour another one. */
  readonly rewrites: string;
}

/** What has changed since a mark. */
export interface HourChanges {
  readonly mark: LedgerMark;
  /** Hours since the epoch, ascending; `null` if any hour may have changed. */
  readonly hours: readonly number[] | null;
}

/** What the changes are asked of. */
export interface ChangedHoursOptions {
  readonly ledger: Ledger;
  readonly journalId: string;
  /** Names the rewrites of rows so far, see `ledger-rewrites.ts`. */
  readonly rewrites: () => string;
}

/** More hours than this are taken for all of them. */
const HOURS_MAX = 1000;

/**
 * Looks for changes since a mark. Rows that come after the new mark are seen the next time.
 *
 * @param mark `null` for nothing was looked at.
 * @throws BellwetherError `ledger_unavailable` while the ledger is starting.
 */
export async function changedHours(
  { ledger, journalId, rewrites }: ChangedHoursOptions,
  mark: LedgerMark | null,
): Promise<HourChanges> {
  const { loader, connection } = ledger;
  if (loader === null) throw new BellwetherError('ledger_unavailable', 'The ledger is still starting.');
  const days = await readKeptDays(connection);
  const version = days.reduce((highest, day) => Math.max(highest, day.version), 0);
  const rewritten = JSON.stringify([rewrites(), version]);
  const known = mark !== null && mark.journal === journalId && mark.rewrites === rewritten;
  const seq = known ? mark.seq : 0;
  // Between two inserts: an insert into several partitions comes to be one partition at a time.
  const rows = await loader.between(() =>
    connection.query<{ hour: number; last_seq: number }>(
      `SELECT ${known ? 'intDiv(toUnixTimestamp64Second(timestamp), 3600)' : '0'} AS hour, max(seq) AS last_seq
       FROM ${LEDGER_DATABASE}.events WHERE journal = {journal:String} AND seq > {seq:UInt64}
       GROUP BY hour ORDER BY hour`,
      { journal: journalId, seq },
    ),
  );
  const highest = rows.reduce((most, row) => Math.max(most, row.last_seq), seq);
  return {
    mark: { journal: journalId, seq: highest, rewrites: rewritten },
    hours: known && rows.length <= HOURS_MAX ? rows.map(({ hour }) => hour) : null,
  };
}
