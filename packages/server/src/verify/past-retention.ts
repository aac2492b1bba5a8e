import type { LedgerConnection } from '../ledger/connection.ts';
import { CHARGES, countingCharges, readKeptDays } from '../ledger/kept-days.ts';
import type { Counted } from '../live/live-counters.ts';

/**
 * Whether events that the live counters have counted may be past their retention. Then the rows are fewer
 * than what was counted, and their charges do not say which of them the counters have.
 */
export async function arePastRetention(
  connection: LedgerConnection,
  journal: string,
  { rows, firstDay }: Counted,
): Promise<boolean> {
  if (rows === 0) return false;
  const { sql, parameters } = countingCharges(await readKeptDays(connection), true);
  const [charges] = await connection.query<{ n: number }>(
    `SELECT toInt64(sum(events)) AS n FROM ${CHARGES}
     WHERE journal = {journal:String} AND arrived >= toDate({first_day:String}) AND ${sql}`,
    { journal, first_day: firstDay, ...parameters },
  );
  return (charges?.n ?? 0) > 0;
}
