/**
 * Events that came before anybody knew which reservation they belong to: when a
 * commitment names the id of its event, the ledger is asked whether it has that
 * already. Until the answer is there, both count, which errs on the safe side.
 */

import { LEDGER_DATABASE } from '../ledger/connection.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Reservation } from './budget-state.ts';
import type { Holds } from './holds.ts';

/** Events that are looked for at once. */
const CHECKED_MAX = 10_000;
const SETTLE_MS = 5000;

/** Reservations that were looked into, and those of them whose event the ledger has. */
export interface Checked {
  readonly looked: readonly Reservation[];
  readonly came: ReadonlySet<string>;
}

/**
 * Looks for the events of reservations that are unchecked.
 *
 * @returns `null` if there are none, or the ledger does not hold yet all that was acknowledged.
 */
export async function findAwaited(ledger: Ledger, journalId: string, holds: Holds): Promise<Checked | null> {
  const looked = holds
    .values()
    .filter(({ unchecked }) => unchecked)
    .slice(0, CHECKED_MAX);
  if (looked.length === 0 || !(await ledger.settle(SETTLE_MS))) return null;
  const seq = looked.reduce((least, { fromSeq }) => Math.min(least, fromSeq), Number.POSITIVE_INFINITY);
  const rows = await ledger.connection.query<{ tenant: string; id: string; seq: number }>(
    `SELECT tenant, id, seq FROM ${LEDGER_DATABASE}.events
     WHERE journal = {journal:String} AND seq >= {seq:UInt64} AND cost_usd IS NOT NULL
     AND has(JSONExtract({ids:String}, 'Array(String)'), id)`,
    { journal: journalId, seq, ids: JSON.stringify(looked.map(({ requestId }) => requestId)) },
  );
  const came = new Set<string>();
  for (const { tenant, id, seq: rowSeq } of rows) {
    const awaited = holds.awaiting(tenant, id);
    if (awaited !== null && rowSeq >= awaited.fromSeq) came.add(awaited.id);
  }
  return { looked, came };
}
