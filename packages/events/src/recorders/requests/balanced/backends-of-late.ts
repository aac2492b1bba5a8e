/** What each backend did of late: how fast requests came, how they ended, what they cost and how good they were. */

import { defineMetrics } from '@bellwether/metrics';
import { balancedRates } from '../../../catalogue/load-balancer/traffic.ts';
import { balancedAlgorithms, balancedCost, balancedQuality } from '../../../catalogue/load-balancer/worth.ts';
import { MoneyLedger, type MoneySeries } from '../../money/money-series.ts';
import { type PicoAmount, usdOf } from '../../money/pico-amount.ts';
import { Accounts } from '../../windows/accounts.ts';
import { beforeScrape } from '../../windows/before-scrape.ts';
import { SlidingGauge } from '../../windows/sliding-gauge.ts';
import { fiveMinutes, SlidingSums } from '../../windows/sliding-sums.ts';
import type { FinishedRequest, PackOptions } from '../finished-request.ts';

/** Backends whose last minutes are kept apart; the other figures of backends have the limit of the registry. */
export const BACKENDS_MAX = 1000;
/** Parts of {@link fiveMinutes} that make the last minute, that under way included. */
const MINUTE_PARTS = 6;

// The sums that are kept for a backend. Of each score there is the sum and, after it, the number.
const REQUESTS = 0;
const FAILURES = 1;
const PRICED = 2;
const COST = 3;
const REVENUE = 4;
const SCORES = 5;
const scoreNames = ['quality', 'accuracy', 'relevance', 'completeness', 'satisfaction'] as const;
const FIELDS = SCORES + 2 * scoreNames.length;

/** Makes the families. */
function declare({ registry }: PackOptions) {
  return {
    rates: defineMetrics(balancedRates, { registry }),
    costs: defineMetrics(balancedCost, { registry }),
    scores: defineMetrics(balancedQuality, { registry }),
    algorithms: defineMetrics({ distribution: balancedAlgorithms.distribution }, { registry }),
  };
}

type Families = ReturnType<typeof declare>;

/** One backend. */
class BackendAccount {
  readonly sums: SlidingSums;
  readonly total: MoneySeries;
  readonly #startMs: number;
  readonly #gauges;

  constructor({ rates, costs, scores }: Families, backend: string, total: MoneySeries, nowMs: number) {
    this.sums = new SlidingSums(FIELDS, fiveMinutes, nowMs);
    this.total = total;
    this.#startMs = nowMs;
    const labels = { backend };
    this.#gauges = {
      perSecond: rates.perSecond.labels(labels),
      errorRate: SlidingGauge.of(rates.errorRate, labels),
      successRate: SlidingGauge.of(rates.successRate, labels),
      perRequest: SlidingGauge.of(costs.perRequest, labels),
      efficiency: SlidingGauge.of(costs.efficiency, labels),
      scores: scoreNames.map((name) => SlidingGauge.of(scores[name], labels)),
    };
  }

  show(nowMs: number): void {
    const sums = this.sums;
    const requests = sums.sum(REQUESTS, nowMs, MINUTE_PARTS);
    const failures = sums.sum(FAILURES, nowMs, MINUTE_PARTS);
    const gauges = this.#gauges;
    gauges.perSecond.set(requests / this.#watchedSeconds(nowMs));
    gauges.errorRate.show((100 * failures) / requests);
    gauges.successRate.show((100 * (requests - failures)) / requests);
    const cost = sums.sum(COST, nowMs);
    const revenue = sums.sum(REVENUE, nowMs);
    gauges.perRequest.show(cost / sums.sum(PRICED, nowMs));
    gauges.efficiency.show(revenue / (revenue + cost));
    gauges.scores.forEach((gauge, index) => {
      const at = SCORES + 2 * index;
      gauge.show(sums.sum(at, nowMs) / sums.sum(at + 1, nowMs));
    });
  }

  /** How much of the last minute has been watched: whole parts and what has passed of the one under way. */
  #watchedSeconds(nowMs: number): number {
    const { partMs } = fiveMinutes;
    const watchedMs = (MINUTE_PARTS - 1) * partMs + (nowMs % partMs);
    return Math.max(1, Math.min(watchedMs, nowMs - this.#startMs) / 1000);
  }
}

/** Keeps the last minutes of every backend. */
export class BackendsOfLate {
  readonly #accounts: Accounts<BackendAccount>;
  readonly #distribution: SlidingGauge;
  readonly #revenueUsd: number;

  constructor(options: PackOptions & { readonly revenuePerRequest: PicoAmount }) {
    const { registry, revenuePerRequest } = options;
    const families = declare(options);
    const money = new MoneyLedger();
    const now = (): number => registry.clock.monotonicMs();
    this.#revenueUsd = usdOf(revenuePerRequest);
    this.#accounts = new Accounts(Math.min(BACKENDS_MAX, registry.limits.seriesMax), (backend) => {
      const total = money.open(families.costs.total.labels({ backend }));
      return new BackendAccount(families, backend, total, now());
    });
    this.#distribution = SlidingGauge.only(families.algorithms.distribution);
    const shown = Object.values(families).flatMap((group) => Object.values(group));
    beforeScrape(registry, shown, () => {
      money.show();
      this.#show(now());
    });
  }

  /** Takes a finished request in. */
  add(request: FinishedRequest, nowMs: number): void {
    const account = this.#accounts.of(request.backend);
    const { values } = account.sums;
    const at = account.sums.at(nowMs);
    values[at + REQUESTS]! += 1;
    if (request.status !== 'success') values[at + FAILURES]! += 1;
    const { cost, revenue } = request;
    if (cost !== undefined) {
      account.total.add(cost);
      values[at + PRICED]! += 1;
      values[at + COST]! += usdOf(cost);
      values[at + REVENUE]! += revenue === undefined ? this.#revenueUsd : usdOf(revenue);
    }
    addScores(values, at, request);
  }

  /** Takes the scores of an earlier request in. */
  addScores(backend: string, scored: FinishedRequest, nowMs: number): void {
    const { sums } = this.#accounts.of(backend);
    addScores(sums.values, sums.at(nowMs), scored);
  }

  #show(nowMs: number): void {
    // Jain's index: the squared sum of n loads, divided by n times the sum of their squares.
    let loads = 0;
    let squares = 0;
    const accounts = this.#accounts.all;
    for (const account of accounts) {
      account.show(nowMs);
      const load = account.sums.sum(REQUESTS, nowMs);
      loads += load;
      squares += load * load;
    }
    this.#distribution.show((loads * loads) / (accounts.length * squares));
  }
}

function addScores(values: Float64Array, at: number, scored: FinishedRequest): void {
  const { quality, accuracy, relevance, completeness, satisfaction } = scored;
  if (quality !== undefined) addScore(values, at + SCORES, quality);
  if (accuracy !== undefined) addScore(values, at + SCORES + 2, accuracy);
  if (relevance !== undefined) addScore(values, at + SCORES + 4, relevance);
  if (completeness !== undefined) addScore(values, at + SCORES + 6, completeness);
  if (satisfaction !== undefined) addScore(values, at + SCORES + 8, satisfaction);
}

function addScore(values: Float64Array, at: number, score: number): void {
  values[at]! += score;
  values[at + 1]! += 1;
}
