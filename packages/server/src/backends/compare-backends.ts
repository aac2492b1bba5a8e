/**
 * The backends of a period beside each other: how often each succeeds, how fast and at
 * what cost, with how sure that is; how well each balancing algorithm chose, and how
 * evenly load fell. The scores have the formulas of the live gauges, over any period.
 */

import { formatUsd, parseUsd } from '@bellwether/events';
import { type BusinessRows, readRows } from '../business/rows.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { both } from '../ledger/time-range.ts';
import { type Period, type PeriodText, periodText } from '../report/periods.ts';
import { QUANTILE_ERROR } from '../rollups/figures.ts';
import { type Distribution, distributionOf } from './distribution.ts';
import { type Estimate, estimateMean, estimateShare } from './intervals.ts';
import { compare, type Measure, type Rank, rank } from './rank.ts';

/** What is asked. */
export interface BackendsQuestion {
  readonly period: Period;
  /** What the rows are ordered by. */
  readonly rankBy: Measure;
  /** Only requests of this model; null for all. */
  readonly model: string | null;
  /** By backend, relative to each other. */
  readonly capacities: ReadonlyMap<string, number>;
}

/** The figures of some requests. */
export interface ServedFigures {
  readonly requests: number;
  readonly successes: number;
  /** Requests with the status `success`, of all. */
  readonly success: Estimate;
  /** Of successful requests: failing fast is not being fast. */
  readonly latency_ms: Estimate;
  /** Of successful requests too, within 1 %. */
  readonly latency_p95_ms: number | null;
  /** Of requests with a known price, in US dollars. */
  readonly cost_per_request_usd: Estimate;
  /** Exact decimal dollars of the requests with a known price. */
  readonly cost_usd: string;
  readonly unpriced_requests: number;
  /** Mean of the scores that hold, 0 to 1; null if none of the requests has one. */
  readonly quality_score: number | null;
  readonly graded_requests: number;
}

/** A backend. */
export interface BackendRow extends ServedFigures {
  readonly backend: string;
  /** Its requests among those of all backends. */
  readonly share: number;
  /** Its place by each measure; null where too little is known. */
  readonly rank: Readonly<Record<Measure, Rank | null>>;
}

/** A balancing algorithm. */
export interface AlgorithmRow extends ServedFigures {
  /** `unknown` for requests that name none, as in the metrics. */
  readonly algorithm: string;
  /** The share that succeeded, times the mean quality score if there is one, 0 to 1. */
  readonly effectiveness_score: number;
}

/** The answer. */
export interface BackendsReport extends PeriodText {
  readonly model: string | null;
  readonly ranked_by: Measure;
  readonly backends: readonly BackendRow[];
  /** Those with the most requests first. */
  readonly algorithms: readonly AlgorithmRow[];
  readonly distribution: Distribution;
  /** Requests that name a backend. */
  readonly requests: number;
  /** True if there are more backends or algorithms than are listed, those with the most requests. */
  readonly truncated: boolean;
}

/** Backends, and algorithms, of one answer; the distribution is of these. */
const ROWS_MAX = 1000;

/** Sums come as text where they may be beyond 53 bits. */
interface Served {
  readonly name: string;
  readonly requests: number;
  /** Of all groups, those that are not listed included. */
  readonly all_requests: number;
  readonly successes: number;
  readonly timed: number;
  readonly latency: number | null;
  readonly latency_variance: number | null;
  readonly p95: number | null;
  readonly priced: number;
  readonly cost: string;
  readonly cost_mean: number | null;
  readonly cost_variance: number | null;
  readonly graded: number;
  readonly quality: number | null;
}

/** Reads it. */
export async function compareBackends(
  connection: LedgerConnection,
  { period, rankBy, model, capacities }: BackendsQuestion,
): Promise<BackendsReport> {
  const [backends, algorithms] = await readRows(connection, period, (rows) =>
    Promise.all([
      readServed(connection, rows, model, 'backend_id'),
      readServed(connection, rows, model, "if(algorithm = '', 'unknown', algorithm)"),
    ]),
  );
  const listed = backends.slice(0, ROWS_MAX);
  const requests = backends[0]?.all_requests ?? 0;
  return {
    ...periodText(period),
    model,
    ranked_by: rankBy,
    backends: rankBackends(listed, requests, rankBy),
    algorithms: algorithms.slice(0, ROWS_MAX).map((served) => {
      const figures = figuresOf(served);
      return { algorithm: served.name, effectiveness_score: effectivenessOf(figures), ...figures };
    }),
    distribution: distributionOf(new Map(listed.map((row) => [row.name, row.requests])), capacities),
    requests,
    truncated: backends.length > ROWS_MAX || algorithms.length > ROWS_MAX,
  };
}

/** The requests of the question that name a backend. */
function placed({ counting }: BusinessRows, model: string | null) {
  const sql = `backend_id != ''${model === null ? '' : ' AND model = {model:String}'}`;
  return both(counting, { sql, parameters: model === null ? {} : { model } });
}

/** The names of columns are those of this program. */
function readServed(
  connection: LedgerConnection,
  rows: BusinessRows,
  model: string | null,
  name: string,
): Promise<Served[]> {
  const { sql, parameters } = placed(rows, model);
  const served = `status = 'success'`;
  return connection.query<Served>(
    `SELECT toString(${name}) AS name, toInt64(count()) AS requests,
       toInt64(sum(count()) OVER ()) AS all_requests, toInt64(countIf(${served})) AS successes,
       toInt64(countIf(${served} AND latency_ms IS NOT NULL)) AS timed, avgIf(latency_ms, ${served}) AS latency,
       if(timed > 1, varSampStableIf(latency_ms, ${served}), NULL) AS latency_variance,
       if(timed > 0, quantileDDIf(${QUANTILE_ERROR}, 0.95)(latency_ms, ${served}), NULL) AS p95,
       toInt64(count(cost_usd)) AS priced, toString(ifNull(sum(cost_usd), toDecimal128(0, 12))) AS cost,
       avg(toFloat64(cost_usd)) AS cost_mean,
       if(priced > 1, varSampStable(toFloat64(cost_usd)), NULL) AS cost_variance,
       toInt64(count(quality_score)) AS graded, avg(quality_score) AS quality
     FROM ${rows.rated} WHERE ${sql} GROUP BY name ORDER BY requests DESC, name LIMIT ${ROWS_MAX + 1}`,
    parameters,
  );
}

function figuresOf(served: Served): ServedFigures {
  const { requests, successes, timed, priced } = served;
  return {
    requests,
    successes,
    success: estimateShare(successes, requests),
    latency_ms: estimateMean({ n: timed, mean: served.latency, variance: served.latency_variance }),
    latency_p95_ms: served.p95,
    cost_per_request_usd: estimateMean({ n: priced, mean: served.cost_mean, variance: served.cost_variance }),
    cost_usd: formatUsd(parseUsd(served.cost) ?? 0n),
    unpriced_requests: requests - priced,
    quality_score: served.quality,
    graded_requests: served.graded,
  };
}

function effectivenessOf({ requests, successes, quality_score: quality }: ServedFigures): number {
  return (successes / requests) * (quality ?? 1);
}

function rankBackends(served: readonly Served[], requests: number, by: Measure): BackendRow[] {
  const figures = served.map(figuresOf);
  const ranks = {
    success: rank('success', figures.map(estimates.success)),
    latency: rank('latency', figures.map(estimates.latency)),
    cost: rank('cost', figures.map(estimates.cost)),
  };
  return figures
    .map((row, i) => ({
      backend: served[i]?.name ?? '',
      share: row.requests / requests,
      rank: {
        success: ranks.success[i] ?? null,
        latency: ranks.latency[i] ?? null,
        cost: ranks.cost[i] ?? null,
      },
      ...row,
    }))
    .toSorted((a, b) => compare(by, estimates[by](a), estimates[by](b)));
}

/** The estimate that each measure goes by. */
const estimates: Readonly<Record<Measure, (row: ServedFigures) => Estimate>> = {
  success: ({ success }) => success,
  latency: ({ latency_ms: latency }) => latency,
  cost: ({ cost_per_request_usd: cost }) => cost,
};
