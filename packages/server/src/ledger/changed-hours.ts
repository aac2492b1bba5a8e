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
  /** Whether a rating that was given afterwards changes the hour of the request that it is of. */
  readonly withRatings?: boolean;
}

/** More hours than this are taken for all of them. */
const HOURS_MAX = 1000;

/** Rows of a table that came after a mark. */
const NEWER = 'journal = {journal:String} AND seq > {seq:UInt64}';

/**
 * Looks for changes since a mark. Rows that come after the new mark are seen the next time.
 *
 * @param mark `null` for nothing was looked at.
 * @throws BellwetherError `ledger_unavailable` while the ledger is starting.
 */
export async function changedHours(
  { ledger, journalId, rewrites, withRatings = false }: ChangedHoursOptions,
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
  const parameters = { journal: journalId, seq };
  const rows = await loader.between(async () => {
    const hour = 'intDiv(toUnixTimestamp64Second(timestamp), 3600) AS hour';
    const found = await connection.query<{ hour: number; last_seq: number }>(
      `SELECT ${known ? hour : '0 AS hour'}, max(seq) AS last_seq
       FROM ${LEDGER_DATABASE}.events WHERE ${NEWER} GROUP BY hour ORDER BY hour`,
      parameters,
    );
    if (!withRatings) return found;
    const [ratings] = await connection.query<{ last_seq: number }>(
      `SELECT max(seq) AS last_seq FROM ${LEDGER_DATABASE}.feedback WHERE ${NEWER}`,
      parameters,
    );
    const lastSeq = ratings?.last_seq ?? 0;
    if (lastSeq === 0) return found;
    const rated = await connection.query<{ hour: number }>(
      `SELECT DISTINCT ${hour} FROM ${LEDGER_DATABASE}.events WHERE (tenant, id) IN
       (SELECT tenant, request_id FROM ${LEDGER_DATABASE}.feedback WHERE ${NEWER})`,
      parameters,
    );
    // Also without a request that it is of, so that the mark moves on.
    return [...found, { hour: -1, last_seq: lastSeq }, ...rated.map((row) => ({ ...row, last_seq: 0 }))];
  });
  const highest = rows.reduce((most, row) => Math.max(most, row.last_seq), seq);
  const hours = [...new Set(rows.map(({ hour }) => hour))]
    .filter((hour) => hour >= 0)
    .toSorted((a, b) => a - b);
  return {
    mark: { journal: journalId, seq: highest, rewrites: rewritten },
    hours: known && hours.length <= HOURS_MAX ? hours : null,
  };
}
