/**
 * What requests were worth and what they cost: revenue, cost, return on investment,
 * efficiency and the composite score, by any dimensions. Sums are exact; a ratio is
 * made of exact sums. The formulas are in docs/concepts/business.md.
 */

import { divideHalfEven, formatUsd, type PicoUsd, parseUsd } from '@bellwether/events';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import type { Dimension } from '../report/dimensions.ts';
import { type BusinessRows, readRows, shareOf } from './rows.ts';
import type { BusinessSettings } from './settings.ts';

/** What some requests were worth. Money is exact decimal dollars; scores are 0 to 1 and `null` where nothing tells them. */
export interface WorthFigures {
  readonly requests: number;
  readonly successes: number;
  /** Distinct users and sessions. */
  readonly users: number;
  readonly sessions: number;
  readonly tokens: number;
  readonly revenue_usd: string;
  /** Requests whose revenue is the configured one. */
  readonly requests_with_default_revenue: number;
  readonly cost_usd: string;
  /** Requests without a known price, whose cost is the configured one. */
  readonly requests_with_default_cost: number;
  readonly profit_usd: string;
  /** Profit divided by cost. */
  readonly roi: number | null;
  /** Profit divided by revenue. */
  readonly margin: number | null;
  readonly revenue_per_request_usd: string | null;
  readonly cost_per_request_usd: string | null;
  readonly cost_per_success_usd: string | null;
  readonly cost_per_user_usd: string | null;
  readonly cost_per_million_tokens_usd: string | null;
  readonly rated_requests: number;
  readonly satisfaction_score: number | null;
  readonly graded_requests: number;
  readonly quality_score: number | null;
  /** The share of successful requests. */
  readonly performance_score: number | null;
  /** Revenue divided by revenue and cost. */
  readonly cost_efficiency_score: number | null;
  readonly composite_score: number | null;
}

/** The figures of a group. */
export interface WorthRow extends WorthFigures {
  readonly key: Readonly<Record<string, string>>;
}

/** What the ledger adds up over a group. */
export interface WorthSums {
  readonly requests: number;
  readonly successes: number;
  readonly users: number;
  readonly sessions: number;
  readonly tokens: number;
  /** Decimal dollars of the requests that say so themselves, and how many do. */
  readonly revenue: string;
  readonly valued: number;
  readonly cost: string;
  readonly priced: number;
  /** Requests with a score, and the sum of their scores in billionths. */
  readonly rated: number;
  readonly satisfaction: number;
  readonly graded: number;
  readonly quality: number;
}

/** Groups of one answer. */
const ROWS_MAX = 1000;

/** The sums, as aggregates over rows of events. */
export const WORTH_SUMS = `toInt64(count()) AS requests, toInt64(countIf(status = 'success')) AS successes,
  toInt64(uniqExactIf(user_id, user_id != '')) AS users, toInt64(uniqExactIf(session_id, session_id != '')) AS sessions,
  toInt64(ifNull(sum(toUInt128(input_tokens)), 0) + ifNull(sum(toUInt128(output_tokens)), 0)) AS tokens,
  toString(ifNull(sum(revenue_usd), toDecimal128(0, 12))) AS revenue, toInt64(count(revenue_usd)) AS valued,
  toString(ifNull(sum(cost_usd), toDecimal128(0, 12))) AS cost, toInt64(count(cost_usd)) AS priced,
  toInt64(count(satisfaction_score)) AS rated, toInt64(ifNull(sum(round(satisfaction_score * 1e9)), 0)) AS satisfaction,
  toInt64(count(quality_score)) AS graded, toInt64(ifNull(sum(round(quality_score * 1e9)), 0)) AS quality`;

/** Reads what requests of a range were worth, in all and by dimensions, those worth most first. */
export async function readWorth(
  connection: LedgerConnection,
  range: TimeRange,
  by: readonly Dimension[],
  settings: BusinessSettings,
): Promise<{
  readonly total: WorthFigures;
  readonly rows: readonly WorthRow[];
  readonly truncated: boolean;
}> {
  return readRows(connection, range, async (rows) => {
    const [total] = await groups(connection, rows, []);
    const found = by.length === 0 ? [] : await groups(connection, rows, by);
    return {
      total: worthOf(total ?? NOTHING, settings),
      rows: found.slice(0, ROWS_MAX).map((sums) => ({
        key: Object.fromEntries(by.map(({ name }, i) => [name, sums[`key_${i}`] ?? ''])),
        ...worthOf(sums, settings),
      })),
      truncated: found.length > ROWS_MAX,
    };
  });
}

type Group = WorthSums & Readonly<Record<`key_${number}`, string>>;

const NOTHING: WorthSums = {
  requests: 0,
  successes: 0,
  users: 0,
  sessions: 0,
  tokens: 0,
  revenue: '0',
  valued: 0,
  cost: '0',
  priced: 0,
  rated: 0,
  satisfaction: 0,
  graded: 0,
  quality: 0,
};

function groups(
  connection: LedgerConnection,
  { rated, counting }: BusinessRows,
  by: readonly Dimension[],
): Promise<Group[]> {
  const keys = by.map((_, i) => `key_${i}`);
  const aliased = by.map(({ sql }, i) => `toString(${sql}) AS key_${i}, `).join('');
  return connection.query<Group>(
    `SELECT ${aliased}${WORTH_SUMS} FROM ${rated} WHERE ${counting.sql}
     ${keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')}`}
     ORDER BY ${['requests DESC', ...keys].join(', ')} LIMIT ${ROWS_MAX + 1}`,
    counting.parameters,
  );
}

/** What sums come to. */
export function worthOf(sums: WorthSums, settings: BusinessSettings): WorthFigures {
  const { requests, successes, users, sessions, tokens, rated, graded } = sums;
  const [withoutRevenue, withoutCost] = [requests - sums.valued, requests - sums.priced];
  const revenue = (parseUsd(sums.revenue) ?? 0n) + BigInt(withoutRevenue) * settings.revenuePerRequest;
  const cost = (parseUsd(sums.cost) ?? 0n) + BigInt(withoutCost) * settings.costPerRequest;
  const scores = {
    satisfaction: shareOf(sums.satisfaction / 1e9, rated),
    performance: shareOf(successes, requests),
    costEfficiency: ratio(revenue, revenue + cost),
  };
  return {
    requests,
    successes,
    users,
    sessions,
    tokens,
    revenue_usd: formatUsd(revenue),
    requests_with_default_revenue: withoutRevenue,
    cost_usd: formatUsd(cost),
    requests_with_default_cost: withoutCost,
    profit_usd: formatUsd(revenue - cost),
    roi: ratio(revenue - cost, cost),
    margin: ratio(revenue - cost, revenue),
    revenue_per_request_usd: each(revenue, requests),
    cost_per_request_usd: each(cost, requests),
    cost_per_success_usd: each(cost, successes),
    cost_per_user_usd: each(cost, users),
    cost_per_million_tokens_usd: each(cost * 1_000_000n, tokens),
    rated_requests: rated,
    satisfaction_score: scores.satisfaction,
    graded_requests: graded,
    quality_score: shareOf(sums.quality / 1e9, graded),
    performance_score: scores.performance,
    cost_efficiency_score: scores.costEfficiency,
    composite_score: compositeOf(scores, settings.weights),
  };
}

/**
 * The weighted mean of the scores that are known; `null` if none is, or if those that are have no weight.
 */
export function compositeOf(
  scores: Readonly<Record<keyof BusinessSettings['weights'], number | null>>,
  weights: BusinessSettings['weights'],
): number | null {
  const parts = (['satisfaction', 'performance', 'costEfficiency'] as const).flatMap((name) => {
    const score = scores[name];
    return score === null ? [] : [{ score, weight: weights[name] }];
  });
  const sum = parts.reduce((total, { score, weight }) => total + score * weight, 0);
  return shareOf(
    sum,
    parts.reduce((total, { weight }) => total + weight, 0),
  );
}

/** To nine digits, from exact amounts. */
function ratio(part: PicoUsd, whole: PicoUsd): number | null {
  return whole === 0n ? null : Number(divideHalfEven(part * 1_000_000_000n, whole)) / 1e9;
}

/** An amount for each of so many, to the pico-dollar. */
function each(amount: PicoUsd, count: number): string | null {
  return count === 0 ? null : formatUsd(divideHalfEven(amount, BigInt(count)));
}
