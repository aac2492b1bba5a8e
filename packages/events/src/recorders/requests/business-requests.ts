/**
 * The business pack, recorded from finished requests: what they were worth and what
 * they cost, with the configured amounts where a request does not say.
 */

import { defineMetrics } from '@bellwether/metrics';
import { businessPack, businessRoi } from '../../catalogue/business.ts';
import { ExactSum } from '../money/exact-sum.ts';
import { MoneyLedger, type MoneySeries } from '../money/money-series.ts';
import type { PicoAmount } from '../money/pico-amount.ts';
import { PairAccounts } from '../windows/accounts.ts';
import { beforeScrape } from '../windows/before-scrape.ts';
import { SlidingGauge } from '../windows/sliding-gauge.ts';
import { type FinishedRequest, type PackOptions, UNKNOWN } from './finished-request.ts';
import { usdAsNumber } from '../../money.ts';

/** What differs from pack to pack. */
export interface BusinessOptions extends PackOptions {
  /** What a request that names no revenue is taken to be worth. */
  readonly revenuePerRequest: PicoAmount;
  /** What a request without a known price is taken to cost, in business figures only. */
  readonly costPerRequest: PicoAmount;
  /** The parts of the composite score, which are divided by their sum. */
  readonly weights: CompositeWeights;
  /** Whether return on investment is shown. */
  readonly roi: boolean;
}

/** The parts of the composite score. */
export interface CompositeWeights {
  readonly satisfaction: number;
  readonly performance: number;
  readonly costEfficiency: number;
}

interface Account {
  readonly requests: { inc(): void };
  readonly revenue: MoneySeries;
  readonly cost: MoneySeries;
}

/** Records the business pack. */
export class BusinessRequests {
  readonly #options: BusinessOptions;
  readonly #accounts: PairAccounts<Account>;
  readonly #revenue = new ExactSum();
  readonly #cost = new ExactSum();
  #requests = 0;
  #successes = 0;
  #rated = 0;
  #satisfaction = 0;

  constructor(options: BusinessOptions) {
    this.#options = options;
    const { registry } = options;
    const families = defineMetrics(businessPack, { registry });
    const money = new MoneyLedger();
    this.#accounts = new PairAccounts(registry.limits.seriesMax, (application, team) => {
      const labels = { application, team };
      return {
        requests: families.requests.labels(labels),
        revenue: money.open(families.revenue.labels(labels)),
        cost: money.open(families.cost.labels(labels)),
      };
    });
    beforeScrape(registry, [families.revenue, families.cost], () => money.show());
    const roi = options.roi ? [SlidingGauge.only(defineMetrics(businessRoi, { registry }).roi)] : [];
    const { revenuePerRequest, costPerRequest, satisfaction, composite } = families;
    const gauges = {
      revenuePerRequest: SlidingGauge.only(revenuePerRequest),
      costPerRequest: SlidingGauge.only(costPerRequest),
      satisfaction: SlidingGauge.only(satisfaction),
      composite: SlidingGauge.only(composite),
    };
    const shown = [revenuePerRequest, costPerRequest, satisfaction, composite, businessRoi.roi];
    beforeScrape(registry, shown, () => {
      const revenue = usdAsNumber(this.#revenue.total);
      const cost = usdAsNumber(this.#cost.total);
      gauges.revenuePerRequest.show(revenue / this.#requests);
      gauges.costPerRequest.show(cost / this.#requests);
      gauges.satisfaction.show(this.#satisfaction / this.#rated);
      gauges.composite.show(this.#composite(revenue, cost));
      for (const gauge of roi) gauge.show(cost === 0 ? Number.NaN : (revenue - cost) / cost);
    });
  }

  /** Records a request. */
  record(request: FinishedRequest): void {
    const { status, satisfaction } = request;
    const cost = request.cost ?? this.#options.costPerRequest;
    const revenue = request.revenue ?? this.#options.revenuePerRequest;
    const account = this.#accounts.of(request.application || UNKNOWN, request.team || UNKNOWN);
    account.requests.inc();
    account.revenue.add(revenue);
    account.cost.add(cost);
    this.#revenue.add(revenue);
    this.#cost.add(cost);
    this.#requests += 1;
    if (status === 'success') this.#successes += 1;
    if (satisfaction === undefined) return;
    this.#rated += 1;
    this.#satisfaction += satisfaction;
  }

  /** The weighted mean of the scores that are known; NaN if none is. */
  #composite(revenue: number, cost: number): number {
    const { weights } = this.#options;
    const parts: readonly (readonly [score: number, weight: number])[] = [
      [this.#satisfaction / this.#rated, weights.satisfaction],
      [this.#successes / this.#requests, weights.performance],
      [revenue / (revenue + cost), weights.costEfficiency],
    ];
    const known = parts.filter(([score]) => !Number.isNaN(score));
    const sum = known.reduce((total, [score, weight]) => total + score * weight, 0);
    return sum / known.reduce((total, [, weight]) => total + weight, 0);
  }
}
