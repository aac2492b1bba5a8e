/** What each item used and cost in a period, and what of it was wasted. */

import { parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../../ledger/connection.ts';
import { rangeCondition, type TimeRange } from '../../ledger/time-range.ts';
import type { Dimension } from '../dimensions.ts';
import type { ItemFigures } from './effects.ts';

/** Items of one comparison; beyond them the ledger is asked for less. */
export const ITEMS_MAX = 50_000;
/** Price lists of one item that are told apart. */
const LISTS_MAX = 20;

/** An item in one period: a model of a provider, within a group. */
export interface Item extends ItemFigures {
  /** The values of the dimensions. */
  readonly key: readonly string[];
  readonly provider: string;
  readonly model: string;
  /** The price lists that its charges came from. */
  readonly lists: readonly string[];
}

/** A kind of waste: what was paid for it. */
export interface WasteFigures {
  readonly requests: number;
  readonly costPicoUsd: bigint;
}

/** What was paid in a period without getting an answer for it, or twice. The kinds overlap. */
export interface Waste {
  /** Requests that failed or timed out. */
  readonly errors: WasteFigures;
  /** Requests that were given up before their end, such as streams that were cut off. */
  readonly cancelled: WasteFigures;
  /** Requests with the correlation id of an earlier one that failed, to the same provider and model, within ten minutes. */
  readonly retries: WasteFigures;
  /** Requests that the cache of answers was asked for and did not have: what they cost is the most that it could have saved. */
  readonly cache_misses: WasteFigures;
}

/** A period. */
export interface Period {
  readonly items: readonly Item[];
  readonly requests: number;
  readonly successes: number;
  readonly unpriced: number;
  readonly costPicoUsd: bigint;
  readonly waste: Waste;
}

interface ItemRow extends Record<string, unknown> {
  readonly item_provider: string;
  readonly item_model: string;
  readonly requests: string;
  readonly tokens: string;
  readonly cost: string;
  readonly lists: readonly string[];
}

/** Asks the ledger about a period. */
export async function readPeriod(
  connection: LedgerConnection,
  range: TimeRange,
  by: readonly Dimension[],
): Promise<Period> {
  const { sql, parameters } = rangeCondition(range);
  const keys = by.map(({ sql: expression }, i) => `toString(${expression}) AS key_${i}, `).join('');
  const names = by.map((_dimension, i) => `, key_${i}`).join('');
  const rows = await connection.query<ItemRow>(
    `SELECT ${keys}provider AS item_provider, model AS item_model, toString(count()) AS requests,
       toString(sum(toUInt128(ifNull(input_tokens, 0)) + toUInt128(ifNull(output_tokens, 0)))) AS tokens, toString(sum(cost_usd)) AS cost,
       arraySort(groupUniqArray(${LISTS_MAX})(concat(price_source, ' ', price_version, ' ', price_id))) AS lists
     FROM ${LEDGER_DATABASE}.events WHERE ${sql} AND cost_usd IS NOT NULL
     GROUP BY item_provider, item_model${names} ORDER BY sum(cost_usd) DESC LIMIT ${ITEMS_MAX}`,
    parameters,
  );
  const [totals] = await connection.query<TotalsRow>(
    `SELECT ${TOTALS} FROM ${LEDGER_DATABASE}.events WHERE ${sql}`,
    parameters,
  );
  return {
    items: rows.map((row) => ({
      key: by.map((_dimension, i) => String(row[`key_${i}`])),
      provider: row.item_provider,
      model: row.item_model,
      requests: BigInt(row.requests),
      tokens: BigInt(row.tokens),
      costPicoUsd: parseUsd(row.cost) ?? 0n,
      lists: row.lists,
    })),
    requests: totals?.requests ?? 0,
    successes: totals?.successes ?? 0,
    unpriced: totals?.unpriced ?? 0,
    costPicoUsd: parseUsd(totals?.cost ?? '0') ?? 0n,
    waste: {
      errors: wasteOf(totals?.errors, totals?.errors_cost),
      cancelled: wasteOf(totals?.cancelled, totals?.cancelled_cost),
      retries: await readRetries(connection, range),
      cache_misses: wasteOf(totals?.misses, totals?.misses_cost),
    },
  };
}

const TOTALS = `count() AS requests, countIf(status = 'success') AS successes, countIf(cost_usd IS NULL) AS unpriced,
  toString(sum(cost_usd)) AS cost,
  countIf(status IN ('error', 'timeout')) AS errors, toString(sumIf(cost_usd, status IN ('error', 'timeout'))) AS errors_cost,
  countIf(status = 'cancelled') AS cancelled, toString(sumIf(cost_usd, status = 'cancelled')) AS cancelled_cost,
  countIf(cache_hit = false) AS misses, toString(sumIf(cost_usd, cache_hit = false)) AS misses_cost`;

interface TotalsRow {
  readonly requests: number;
  readonly successes: number;
  readonly unpriced: number;
  readonly cost: string | null;
  readonly errors: number;
  readonly errors_cost: string | null;
  readonly cancelled: number;
  readonly cancelled_cost: string | null;
  readonly misses: number;
  readonly misses_cost: string | null;
}

/** The longest pause between a request that failed and one that is a retry of it. */
const RETRY_SECONDS = 600;

async function readRetries(connection: LedgerConnection, range: TimeRange): Promise<WasteFigures> {
  const { sql, parameters } = rangeCondition(range);
  const [row] = await connection.query<{ requests: number; cost: string | null }>(
    `SELECT count() AS requests, toString(sum(cost_usd)) AS cost FROM (
       SELECT cost_usd, timestamp,
         lagInFrame(toNullable(timestamp)) OVER attempts AS earlier, lagInFrame(status) OVER attempts AS outcome
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} AND correlation_id != ''
       WINDOW attempts AS (PARTITION BY tenant, correlation_id, provider, model ORDER BY timestamp ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
     ) WHERE outcome IN ('error', 'timeout', 'cancelled') AND timestamp <= earlier + INTERVAL ${RETRY_SECONDS} SECOND`,
    parameters,
  );
  return wasteOf(row?.requests, row?.cost);
}

function wasteOf(requests: number | undefined, cost: string | null | undefined): WasteFigures {
  return { requests: requests ?? 0, costPicoUsd: parseUsd(cost ?? '0') ?? 0n };
}
