/** Days whose rows are gone, all or some of them: what their cells have can never be computed anew. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { CHARGES, countingCharges, type KeptDay } from '../ledger/kept-days.ts';

/** Days of which rows are gone, or do not count yet: `2026-11-20`. */
export async function frozenDays(
  connection: LedgerConnection,
  kept: readonly KeptDay[],
): Promise<ReadonlySet<string>> {
  if (kept.length === 0) return new Set();
  const { sql, parameters } = countingCharges(kept, true);
  const charged = await connection.query<{ name: string }>(
    `SELECT toString(day) AS name FROM ${CHARGES} WHERE ${sql} GROUP BY name HAVING sum(events) != 0`,
    parameters,
  );
  const gone = kept.filter(({ state }) => state !== 'present').map(({ day }) => day);
  return new Set([...gone, ...charged.map(({ name }) => name)]);
}
