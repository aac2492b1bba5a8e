/**
 * Records finished requests on the LLM, business and cost packs. It is given many
 * requests at a time: their money is summed exactly, and each series of money is
 * moved once for all of them.
 */

import { defineMetrics, type Registry } from '@bellwether/metrics';
import { businessPack, businessRoi } from '../catalogue/business.ts';
import { costModels, costPack } from '../catalogue/cost.ts';
import { llmPack } from '../catalogue/llm.ts';
import type { RequestStatus } from '../event.ts';
import type { PicoUsd } from '../money.ts';
import { ExactCost } from './exact-cost.ts';

/** What is recorded of a request. Absent texts are `''`, other absent values `null`. */
export interface FinishedRequest {
  readonly provider: string;
  readonly model: string;
  readonly taskType: string;
  readonly application: string;
  readonly team: string;
  readonly status: RequestStatus;
  readonly errorType: string;
  readonly latencyMs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `null` if the price is unknown. */
  readonly cost: PicoUsd | null;
  readonly revenue: PicoUsd | null;
  readonly satisfaction: number | null;
}

export interface RequestRecorderOptions {
  readonly registry: Registry;
  readonly latencyBuckets?: readonly number[];
  /** What a request that names no revenue is taken to be worth. */
  readonly revenuePerRequest: PicoUsd;
  /** What a request without a known price is taken to cost, in business figures only. */
  readonly costPerRequest: PicoUsd;
  /** The parts of the composite score; they should add up to 1. */
  readonly weights: {
    readonly satisfaction: number;
    readonly performance: number;
    readonly costEfficiency: number;
  };
}

/** Stands in for what a request does not say, since Prometheus takes an empty label for none. */
const UNKNOWN = 'unknown';

/** One amount of money by one label set. */
interface Series {
  readonly exact: ExactCost;
  pending: PicoUsd;
}

/** A counter of money, by series. */
class MoneyFamily<L> {
  readonly #open: (labels: L) => { inc(amount: number): void };
  readonly #series = new Map<string, Series>();
  readonly #touched = new Set<Series>();

  constructor(open: (labels: L) => { inc(amount: number): void }) {
    this.#open = open;
  }

  add(key: string, labels: L, amount: PicoUsd): void {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { exact: new ExactCost(this.#open(labels)), pending: 0n };
      this.#series.set(key, series);
    }
    series.pending += amount;
    this.#touched.add(series);
  }

  flush(): void {
    for (const series of this.#touched) {
      series.exact.add(series.pending);
      series.pending = 0n;
    }
    this.#touched.clear();
  }
}

/** The live metrics of finished requests. */
export class RequestRecorder {
  readonly #options: RequestRecorderOptions;
  readonly #llm;
  readonly #business;
  readonly #cost;
  readonly #providerCost;
  readonly #modelCost;
  readonly #businessCost;
  readonly #revenue;
  #requests = 0;
  #successes = 0;
  #rated = 0;
  #satisfaction = 0;
  #revenueSum = 0n;
  #costSum = 0n;

  constructor(options: RequestRecorderOptions) {
    this.#options = options;
    const { registry } = options;
    const llm = defineMetrics(llmPack(options.latencyBuckets), { registry });
    const business = defineMetrics({ ...businessPack, ...businessRoi }, { registry });
    const cost = defineMetrics({ ...costPack, ...costModels }, { registry });
    this.#llm = llm;
    this.#business = business;
    this.#cost = cost;
    this.#providerCost = new MoneyFamily((labels: { provider: string }) => llm.cost.labels(labels));
    this.#modelCost = new MoneyFamily((labels: { provider: string; model: string }) =>
      cost.perModel.labels(labels),
    );
    this.#businessCost = new MoneyFamily((labels: { application: string; team: string }) =>
      business.cost.labels(labels),
    );
    this.#revenue = new MoneyFamily((labels: { application: string; team: string }) =>
      business.revenue.labels(labels),
    );
  }

  /** Records requests, and brings the money series up to date. */
  record(requests: Iterable<FinishedRequest>): void {
    for (const request of requests) this.#count(request);
    for (const family of [this.#providerCost, this.#modelCost, this.#businessCost, this.#revenue])
      family.flush();
    this.#score();
  }

  #count(request: FinishedRequest): void {
    const { provider, model } = request;
    const taskType = request.taskType || UNKNOWN;
    const llm = this.#llm;
    llm.requests.inc({ provider, task_type: taskType, model });
    if (request.latencyMs !== null)
      llm.latency.observe({ provider, task_type: taskType }, request.latencyMs / 1000);
    const { inputTokens, outputTokens } = request;
    llm.tokens.inc({ provider, token_type: 'input' }, inputTokens);
    llm.tokens.inc({ provider, token_type: 'output' }, outputTokens);
    llm.tokens.inc({ provider, token_type: 'total' }, inputTokens + outputTokens);
    if (request.status !== 'success') {
      llm.errors.inc({ provider, task_type: taskType, error_type: request.errorType || request.status });
    }
    this.#countCost(request);
    this.#countBusiness(request);
  }

  #countCost({ provider, model, cost, inputTokens, outputTokens }: FinishedRequest): void {
    if (cost === null) {
      this.#cost.unpriced.inc({ provider, model });
      this.#cost.unpricedTokens.inc({ provider, model }, inputTokens + outputTokens);
      return;
    }
    this.#providerCost.add(provider, { provider }, cost);
    this.#modelCost.add(JSON.stringify([provider, model]), { provider, model }, cost);
  }

  #countBusiness(request: FinishedRequest): void {
    const application = request.application || UNKNOWN;
    const team = request.team || UNKNOWN;
    const labels = { application, team };
    const key = JSON.stringify([application, team]);
    const cost = request.cost ?? this.#options.costPerRequest;
    const revenue = request.revenue ?? this.#options.revenuePerRequest;
    this.#business.requests.inc(labels);
    this.#businessCost.add(key, labels, cost);
    this.#revenue.add(key, labels, revenue);
    this.#costSum += cost;
    this.#revenueSum += revenue;
    this.#requests += 1;
    if (request.status === 'success') this.#successes += 1;
    if (request.satisfaction !== null) {
      this.#rated += 1;
      this.#satisfaction += request.satisfaction;
    }
  }

  #score(): void {
    if (this.#requests === 0) return;
    const [revenue, cost] = [Number(this.#revenueSum), Number(this.#costSum)];
    const { weights } = this.#options;
    const satisfaction = this.#rated === 0 ? null : this.#satisfaction / this.#rated;
    const parts: [score: number | null, weight: number][] = [
      [satisfaction, weights.satisfaction],
      [this.#successes / this.#requests, weights.performance],
      [revenue + cost === 0 ? null : revenue / (revenue + cost), weights.costEfficiency],
    ];
    if (satisfaction !== null) this.#business.satisfaction.set(satisfaction);
    if (cost > 0) this.#business.roi.set((revenue - cost) / cost);
    const composite = weightedMean(parts);
    if (composite !== null) this.#business.composite.set(composite);
  }
}

/** The mean of the scores that are known, by weight. */
function weightedMean(parts: readonly (readonly [score: number | null, weight: number])[]): number | null {
  let [sum, weights] = [0, 0];
  for (const [score, weight] of parts) {
    if (score === null) continue;
    sum += score * weight;
    weights += weight;
  }
  return weights === 0 ? null : sum / weights;
}
