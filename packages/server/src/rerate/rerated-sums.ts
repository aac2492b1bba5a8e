/** What re-ratings have added to the charges that events were accepted with. */

import { parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import type { Rerating } from './rerating-store.ts';

/** Which rows, beside those of the re-ratings. */
export interface RatedRows {
  readonly journal: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Only rows that the live counters count. */
  readonly live: boolean;
}

/** What was added; either may be negative. */
export interface RatedSums {
  readonly costPicoUsd: bigint;
  readonly unpriced: number;
}

/** The sums by the day of arrival, `2026-11-20`. */
export async function ratedSums(
  connection: LedgerConnection,
  ratings: readonly Rerating[],
  { journal, fromSeq, toSeq, live }: RatedRows,
): Promise<Map<string, RatedSums>> {
  if (ratings.length === 0) return new Map();
  const done = ratings.flatMap(({ id, done: months }) => months.map((month) => `${id} ${month}`));
  const rows = await connection.query<{ day: string; cost: string; unpriced: string }>(
    `SELECT toString(toDate(received_at)) AS day,
       toString(sum(ifNull(new_cost_usd, 0)) - sum(ifNull(former_cost_usd, 0))) AS cost,
       toString(toInt64(countIf(new_cost_usd IS NULL)) - toInt64(countIf(former_cost_usd IS NULL))) AS unpriced
     FROM ${LEDGER_DATABASE}.rerated_charges
     WHERE has(JSONExtract({done:String}, 'Array(String)'), concat(rerating, ' ', toString(toYYYYMM(timestamp))))
       AND journal = {journal:String} AND seq BETWEEN {from:UInt64} AND {to:UInt64} ${live ? 'AND live' : ''}
     GROUP BY day`,
    { done: JSON.stringify(done), journal, from: fromSeq, to: toSeq },
  );
  return new Map(
    rows.map(({ day, cost, unpriced }) => [
      day,
      { costPicoUsd: parseUsd(cost) ?? 0n, unpriced: Number(unpriced) },
    ]),
  );
}
