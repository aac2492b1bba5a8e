/** What requests of the ledger would have cost otherwise: their own usage, priced again by the rate cards of now. */

import { type Instant, parseUsd, type PicoUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { type Condition, both } from '../ledger/time-range.ts';
import { type PricedUsage, type Pricer, usageColumns } from '../pricing/index.ts';

/** A request with its usage, and what it was charged. */
export interface UsedRequest extends Omit<PricedUsage, 'timestamp' | 'cost_usd'> {
  readonly cost: string | null;
  readonly price_source: string;
  /** What a question adds to the columns. */
  readonly extra: number | null;
}

/** Sums over the requests that are priced on both sides. */
export interface Repriced {
  /** Requests that were found, and those of them that were priced: all, or one in `sampled`. */
  readonly requests: number;
  readonly priced: number;
  /** Requests left out since a side has no known price. */
  readonly unpriced: number;
  /** Present cost: of now, or as the sender said. Scaled to all requests if they were sampled. */
  readonly presentPicoUsd: PicoUsd;
  readonly otherPicoUsd: PicoUsd;
  /** One in so many was looked at; 1 for all. */
  readonly sampled: number;
}

/** Requests that are priced again for one question. */
const ROWS_MAX = 50_000;

/** How requests are looked at. */
export interface RepriceOptions {
  readonly connection: LedgerConnection;
  readonly pricer: Pricer;
  /** The moment whose prices count. */
  readonly now: Instant;
}

/**
 * Prices requests as they are and as they would be.
 *
 * @param otherwise the usage as it would be; of several, the first that has a known price.
 * @param from a table expression with the columns of events and perhaps `extra`, where it is not the events.
 */
export async function reprice(
  { connection, pricer, now }: RepriceOptions,
  condition: Condition,
  otherwise: (request: UsedRequest) => readonly Partial<PricedUsage>[],
  from: { readonly sql: string; readonly extra: string } = {
    sql: `${LEDGER_DATABASE}.events`,
    extra: 'NULL',
  },
): Promise<Repriced> {
  const [found] = await connection.query<{ n: number }>(
    `SELECT toInt64(count()) AS n FROM ${from.sql} WHERE ${condition.sql}`,
    condition.parameters,
  );
  const requests = found?.n ?? 0;
  const sampled = Math.max(1, Math.ceil(requests / ROWS_MAX));
  const part: Condition = {
    sql: sampled === 1 ? '1' : 'cityHash64(tenant, id) % {one_in:UInt32} = 0',
    parameters: sampled === 1 ? {} : { one_in: sampled },
  };
  const { sql, parameters } = both(condition, part);
  let [priced, unpriced, presentSum, otherSum] = [0, 0, 0n, 0n];
  const question = `SELECT ${usageColumns.join(', ')}, toString(cost_usd) AS cost, price_source, ${from.extra} AS extra
    FROM ${from.sql} WHERE ${sql}`;
  for await (const rows of connection.stream<UsedRequest>(question, parameters)) {
    for (const row of rows) {
      const usage: PricedUsage = { ...row, timestamp: now, cost_usd: null };
      const present =
        row.price_source === 'caller' ? parseUsd(row.cost ?? '') : pricer.price(usage).costPicoUsd;
      const other = firstKnown(pricer, usage, otherwise(row));
      if (present === null || other === null) {
        unpriced += 1;
        continue;
      }
      priced += 1;
      presentSum += present;
      otherSum += other;
    }
  }
  const scale = BigInt(sampled);
  return {
    requests,
    priced,
    unpriced,
    presentPicoUsd: presentSum * scale,
    otherPicoUsd: otherSum * scale,
    sampled,
  };
}

function firstKnown(
  pricer: Pricer,
  usage: PricedUsage,
  others: readonly Partial<PricedUsage>[],
): PicoUsd | null {
  for (const other of others) {
    const { costPicoUsd } = pricer.price({ ...usage, ...other });
    if (costPicoUsd !== null) return costPicoUsd;
  }
  return null;
}

/** How a pricing is told in a method. */
export function pricingText({ priced, requests, sampled }: Repriced): string {
  return sampled === 1
    ? `${priced} of ${requests} requests were priced by the rate cards of now, each with its own usage`
    : `one in ${sampled} of ${requests} requests, chosen by a hash of its identity, was priced by the rate cards of now with its own usage`;
}
