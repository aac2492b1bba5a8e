/**
 * FOCUS rows of days whose events are past their retention: their charges by the day
 * are left, exact, without meters, backend, environment or tier.
 */

import type { LedgerConnection } from '../../ledger/connection.ts';
import { CHARGES, countingCharges, type KeptDay } from '../../ledger/kept-days.ts';
import { both, rangeCondition, type TimeRange } from '../../ledger/time-range.ts';
import { type DayCharge, rowOfCharge } from './aggregate.ts';
import type { FocusRow } from './columns.ts';

/** What is left of a range, and its sums. */
export interface ChargeRows {
  readonly rows: readonly FocusRow[];
  readonly events: number;
  readonly unpriced: number;
  /** Decimal dollars. */
  readonly cost: string;
}

/** Rows of one answer: some years of charges. */
const ROWS_MAX = 2_000_000;

/** The rows of the charges whose days begin in a range. */
export async function readChargeRows(
  connection: LedgerConnection,
  range: TimeRange,
  days: readonly KeptDay[],
  billingAccount: string,
): Promise<ChargeRows> {
  if (days.length === 0) return { rows: [], events: 0, unpriced: 0, cost: '0' };
  const counting = countingCharges(days, false);
  // The same range as of events, on the beginning of the day.
  const { sql, parameters } = both(rangeCondition(range, "toDateTime64(day, 9, 'UTC')"), counting);
  const source = `FROM ${CHARGES} AS c WHERE ${sql}`;
  const charges = await connection.query<DayCharge>(
    `SELECT toUnixTimestamp(toDateTime(day, 'UTC')) AS at, tenant, provider, model, team, application, price_source, price_version,
     price_id, sum(c.events - c.unpriced) AS priced, toString(sum(c.cost_usd)) AS cost ${source}
     GROUP BY day, tenant, provider, model, team, application, price_source, price_version, price_id
     HAVING priced > 0 ORDER BY day, tenant, provider, model, team, application, price_source, price_version, price_id LIMIT ${ROWS_MAX}`,
    parameters,
  );
  const [sums] = await connection.query<{ events: number; unpriced: number; cost: string }>(
    `SELECT sum(c.events) AS events, sum(c.unpriced) AS unpriced, toString(sum(c.cost_usd)) AS cost ${source}`,
    parameters,
  );
  return {
    rows: charges.map((charge) => rowOfCharge(charge, billingAccount)),
    events: sums?.events ?? 0,
    unpriced: sums?.unpriced ?? 0,
    cost: sums?.cost ?? '0',
  };
}
