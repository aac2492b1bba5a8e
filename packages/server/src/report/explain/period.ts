/** What each item used and cost in a period, and what of it was wasted. */

import { parseUsd } from '@bellwether/events';
import { LEDGER_DATABASE, type LedgerConnection } from '../../ledger/connection.ts';
import {
  CHARGES,
  countingCharges,
  countingEvents,
  type KeptDay,
  readWithKeptDays,
} from '../../ledger/kept-days.ts';
import { both, type Condition, rangeCondition, type TimeRange } from '../../ledger/time-range.ts';
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
  /** Requests of which only charges by the day are left; their waste is not known. */
  readonly coarse: number;
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
export function readPeriod(
  connection: LedgerConnection,
  range: TimeRange,
  by: readonly Dimension[],
): Promise<Period> {
  return readWithKeptDays(connection, async (days) => {
    const items = await readItems(connection, range, by, days);
    const charges = both(rangeCondition(range, CHARGE_TIME), countingCharges(days, false));
    const [kept] =
      days.length === 0
        ? []
        : await connection.query<KeptRow>(
            `SELECT ${KEPT} FROM ${CHARGES} WHERE ${charges.sql}`,
            charges.parameters,
          );
    const events = both(rangeCondition(range), countingEvents(days));
    const [totals] = await connection.query<TotalsRow>(
      `SELECT ${TOTALS} FROM ${LEDGER_DATABASE}.events WHERE ${events.sql}`,
      events.parameters,
    );
    return {
      items,
      requests: (totals?.requests ?? 0) + (kept?.requests ?? 0),
      successes: (totals?.successes ?? 0) + (kept?.requests ?? 0) - (kept?.errors ?? 0),
      unpriced: (totals?.unpriced ?? 0) + (kept?.unpriced ?? 0),
      coarse: kept?.requests ?? 0,
      costPicoUsd: picoUsd(totals?.cost) + picoUsd(kept?.cost),
      waste: {
        errors: wasteOf(totals?.errors, totals?.errors_cost),
        cancelled: wasteOf(totals?.cancelled, totals?.cancelled_cost),
        retries: await readRetries(connection, events),
        cache_misses: wasteOf(totals?.misses, totals?.misses_cost),
      },
    };
  });
}

/** The start of the day of charges, as the column of a range. */
const CHARGE_TIME = "toDateTime64(day, 9, 'UTC')";

const LIST = "concat(price_source, ' ', price_version, ' ', price_id)";

/** The items of a range: of its events, and of the charges of those that are past their retention. */
async function readItems(
  connection: LedgerConnection,
  range: TimeRange,
  by: readonly Dimension[],
  days: readonly KeptDay[],
): Promise<Item[]> {
  const events = both(rangeCondition(range), countingEvents(days));
  const charges = both(rangeCondition(range, CHARGE_TIME), countingCharges(days, false));
  const keys = (sqlOf: (dimension: Dimension) => string): string =>
    by.map((dimension, i) => `toString(${sqlOf(dimension)}) AS key_${i}, `).join('');
  const names = by.map((_dimension, i) => `, key_${i}`).join('');
  const items = 'provider AS item_provider, model AS item_model';
  const fromEvents = `SELECT ${keys(({ sql }) => sql)}${items}, toInt64(count()) AS n,
      sum(toUInt128(ifNull(input_tokens, 0)) + toUInt128(ifNull(output_tokens, 0))) AS used, sum(cost_usd) AS usd,
      groupUniqArray(${LISTS_MAX})(${LIST}) AS prices
    FROM ${LEDGER_DATABASE}.events WHERE ${events.sql} AND cost_usd IS NOT NULL GROUP BY item_provider, item_model${names}`;
  const fromCharges = `SELECT ${keys(({ chargesSql }) => chargesSql ?? "''")}${items}, sum(events) AS n,
      toUInt128(sum(input_tokens) + sum(output_tokens)) AS used, toNullable(sum(cost_usd)) AS usd,
      groupUniqArray(${LISTS_MAX})(${LIST}) AS prices
    FROM ${CHARGES} WHERE ${charges.sql} AND events > unpriced GROUP BY item_provider, item_model${names}`;
  const rows = await connection.query<ItemRow>(
    `SELECT item_provider, item_model${names}, toString(sum(n)) AS requests, toString(sum(used)) AS tokens,
       toString(sum(usd)) AS cost, arraySort(groupUniqArrayArray(${LISTS_MAX})(prices)) AS lists
     FROM (${days.length === 0 ? fromEvents : `${fromEvents} UNION ALL ${fromCharges}`})
     GROUP BY item_provider, item_model${names} ORDER BY sum(usd) DESC LIMIT ${ITEMS_MAX}`,
    { ...events.parameters, ...(days.length === 0 ? {} : charges.parameters) },
  );
  return rows.map((row) => ({
    key: by.map((_dimension, i) => String(row[`key_${i}`])),
    provider: row.item_provider,
    model: row.item_model,
    requests: BigInt(row.requests),
    tokens: BigInt(row.tokens),
    costPicoUsd: picoUsd(row.cost),
    lists: row.lists,
  }));
}

const KEPT = `sum(events) AS requests, sum(errors) AS errors, sum(unpriced) AS unpriced, toString(sum(cost_usd)) AS cost`;

interface KeptRow {
  readonly requests: number;
  readonly errors: number;
  readonly unpriced: number;
  readonly cost: string | null;
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

async function readRetries(
  connection: LedgerConnection,
  { sql, parameters }: Condition,
): Promise<WasteFigures> {
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
  return { requests: requests ?? 0, costPicoUsd: picoUsd(cost) };
}

function picoUsd(cost: string | null | undefined): bigint {
  return parseUsd(cost ?? '0') ?? 0n;
}
