/** The cost pack, recorded from finished requests. */

import { defineMetrics } from '@bellwether/metrics';
import { costModels, costPack } from '../../catalogue/cost.ts';
import { MoneyLedger, type MoneySeries } from '../money/money-series.ts';
import { type PicoAmount, usdOf } from '../money/pico-amount.ts';
import { PairAccounts } from '../windows/accounts.ts';
import { beforeScrape } from '../windows/before-scrape.ts';
import { SlidingGauge } from '../windows/sliding-gauge.ts';
import { fiveMinutes, SlidingSums } from '../windows/sliding-sums.ts';
import type { FinishedRequest, PackOptions } from './finished-request.ts';

/** What differs from pack to pack. */
export interface CostOptions extends PackOptions {
  /** What a request that names no revenue is taken to be worth. */
  readonly revenuePerRequest: PicoAmount;
  /** Whether the families by model are recorded. */
  readonly models: boolean;
}

const PRICED = 0;
const COST = 1;
const TOKENS = 2;
const REVENUE = 3;
const FIELDS = 4;

interface ModelAccount {
  readonly total: MoneySeries;
  readonly sums: SlidingSums;
  readonly perRequest: SlidingGauge;
  readonly perMillionTokens: SlidingGauge;
  readonly efficiency: SlidingGauge;
}

/** Records the cost pack. */
export class CostRequests {
  readonly #unpriced;
  readonly #models: ModelCosts | undefined;

  constructor(options: CostOptions) {
    this.#unpriced = defineMetrics(costPack, { registry: options.registry });
    this.#models = options.models ? new ModelCosts(options) : undefined;
  }

  /** Records a request. */
  record(request: FinishedRequest, nowMs: number): void {
    const { cost, provider, model } = request;
    if (cost !== undefined) {
      this.#models?.add(request, cost, nowMs);
      return;
    }
    const labels = { provider, model };
    this.#unpriced.unpriced.inc(labels);
    this.#unpriced.unpricedTokens.inc(labels, (request.inputTokens ?? 0) + (request.outputTokens ?? 0));
  }
}

/** The families by model. */
class ModelCosts {
  readonly #accounts: PairAccounts<ModelAccount>;
  readonly #revenueUsd: number;

  constructor({ registry, revenuePerRequest }: CostOptions) {
    const families = defineMetrics(costModels, { registry });
    const money = new MoneyLedger();
    const now = (): number => registry.clock.monotonicMs();
    this.#revenueUsd = usdOf(revenuePerRequest);
    this.#accounts = new PairAccounts(registry.limits.seriesMax, (provider, model) => {
      const labels = { provider, model };
      return {
        total: money.open(families.perModel.labels(labels)),
        sums: new SlidingSums(FIELDS, fiveMinutes, now()),
        perRequest: SlidingGauge.of(families.perRequest, labels),
        perMillionTokens: SlidingGauge.of(families.perMillionTokens, labels),
        efficiency: SlidingGauge.of(families.efficiency, labels),
      };
    });
    beforeScrape(registry, [families.perModel], () => money.show());
    const { perRequest, perMillionTokens, efficiency } = families;
    beforeScrape(registry, [perRequest, perMillionTokens, efficiency], () => {
      const nowMs = now();
      for (const account of this.#accounts.all) show(account, nowMs);
    });
  }

  add(request: FinishedRequest, cost: PicoAmount, nowMs: number): void {
    const { total, sums } = this.#accounts.of(request.provider, request.model);
    total.add(cost);
    const { values } = sums;
    const at = sums.at(nowMs);
    values[at + PRICED]! += 1;
    values[at + COST]! += usdOf(cost);
    values[at + TOKENS]! += (request.inputTokens ?? 0) + (request.outputTokens ?? 0);
    values[at + REVENUE]! += request.revenue === undefined ? this.#revenueUsd : usdOf(request.revenue);
  }
}

function show({ sums, perRequest, perMillionTokens, efficiency }: ModelAccount, nowMs: number): void {
  const cost = sums.sum(COST, nowMs);
  const revenue = sums.sum(REVENUE, nowMs);
  const tokens = sums.sum(TOKENS, nowMs);
  perRequest.show(cost / sums.sum(PRICED, nowMs));
  perMillionTokens.show(tokens === 0 ? Number.NaN : (1e6 * cost) / tokens);
  efficiency.show(revenue / (revenue + cost));
}
