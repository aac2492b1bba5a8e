/**
 * Which hours of the ledger have other rows than before: for whoever keeps figures
 * by the hour and wants them to be functions of the rows, late events included. A
 * mark says up to where somebody has looked; it may be kept on disk.
 */

import { BellwetherError } from '@bellwether/events';
import type { Journal } from '../journal/journal.ts';
import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import { readKeptDays } from './kept-days.ts';
import type { Ledger } from './ledger.ts';

/** Up to where the ledger was looked at. */
export interface LedgerMark {
  readonly journal: string;
  /** A row number of that journal: the ledger had all rows up to it that will ever be. */
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
  readonly ledger: Pick<Ledger, 'connection' | 'loader' | 'settle'>;
  readonly journal: Pick<Journal, 'completeSeq' | 'identity'>;
  /** Names the rewrites of rows so far, see `ledger-rewrites.ts`. */
  readonly rewrites: () => string;
  /** Whether a rating that was given afterwards changes the hour of the request that it is of. */
  readonly withRatings?: boolean;
}

/** How long the ledger may take to hold what was acknowledged before the mark stays where it is. */
const SETTLE_MS = 5000;

/** More hours than this are taken for all of them. */
const HOURS_MAX = 1000;

/** Rows of a table that came after a mark. */
const NEWER = 'journal = {journal:String} AND seq > {seq:UInt64}';

/**
 * Looks for changes since a mark. Rows that come after the new mark are seen the next time, those of them too that are
 * there already: rows do not come in the order of their numbers.
 *
 * @param mark `null` for nothing was looked at.
 * @throws BellwetherError `ledger_unavailable` while the ledger is starting.
 */
export async function changedHours(
  { ledger, journal, rewrites, withRatings = false }: ChangedHoursOptions,
  mark: LedgerMark | null,
): Promise<HourChanges> {
  const { loader, connection } = ledger;
  if (loader === null) throw new BellwetherError('ledger_unavailable', 'The ledger is still starting.');
  const { id } = journal.identity;
  const days = await readKeptDays(connection);
  const version = days.reduce((highest, day) => Math.max(highest, day.version), 0);
  const rewritten = JSON.stringify([rewrites(), version]);
  const known = mark !== null && mark.journal === id && mark.rewrites === rewritten;
  const seq = known ? mark.seq : 0;
  const complete = await journal.completeSeq();
  // While the ledger is behind, the same rows are looked at again.
  const reached = (await ledger.settle(SETTLE_MS)) ? Math.max(seq, complete) : seq;
  const next = { journal: id, seq: reached, rewrites: rewritten };
  if (!known) return { mark: next, hours: null };
  const hours = await hoursAfter(connection, { journal: id, seq }, withRatings);
  return { mark: next, hours: hours.length <= HOURS_MAX ? hours : null };
}

/** Hours that rows after a number are of, and ratings after it. */
async function hoursAfter(
  connection: LedgerConnection,
  parameters: { readonly journal: string; readonly seq: number },
  withRatings: boolean,
): Promise<number[]> {
  const hour = 'DISTINCT intDiv(toUnixTimestamp64Second(timestamp), 3600) AS hour';
  const rows = await connection.query<{ hour: number }>(
    `SELECT ${hour} FROM ${LEDGER_DATABASE}.events WHERE ${NEWER}`,
    parameters,
  );
  const rated = withRatings
    ? await connection.query<{ hour: number }>(
        `SELECT ${hour} FROM ${LEDGER_DATABASE}.events WHERE (tenant, id) IN
         (SELECT tenant, request_id FROM ${LEDGER_DATABASE}.feedback WHERE ${NEWER})`,
        parameters,
      )
    : [];
  return [...new Set([...rows, ...rated].map((row) => row.hour))].toSorted((a, b) => a - b);
}
