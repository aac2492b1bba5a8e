/** Records a load balancer from the inside: one call for each request, and the state of its backends. */

import { defineMetrics } from '@bellwether/metrics';
import { balancedFlow } from '../../../catalogue/load-balancer/traffic.ts';
import { balancedBudgets } from '../../../catalogue/load-balancer/worth.ts';
import type { RequestStatus } from '../../../event.ts';
import { type PicoAmount, picoAmountOf, picoAmountOfNumber } from '../../money/pico-amount.ts';
import { BalancedRequests } from '../../requests/balanced/balanced-requests.ts';
import { emptyRequest, type FinishedRequest } from '../../requests/finished-request.ts';
import { correlationExemplar } from '../../correlation-id.ts';
import { safely } from '../failures.ts';
import type { Recording } from '../recording.ts';
import {
  BackendHealthRecorder,
  BackendResourceRecorder,
  CircuitBreakerRecorder,
  ConnectionPoolRecorder,
} from './backend-recorders.ts';
import { SlaRecorder } from './sla-recorder.ts';

/** How good an answer was, each from 0 to 1. */
export interface Scores {
  readonly quality?: number | undefined;
  readonly accuracy?: number | undefined;
  readonly relevance?: number | undefined;
  readonly completeness?: number | undefined;
  /** What its reader thinks of it. */
  readonly satisfaction?: number | undefined;
}

/** A request that the balancer has seen to its end. */
export interface BalancedRequest extends Scores {
  readonly backend: string;
  /** The kind of backend, e.g. `vllm`. */
  readonly backendType?: string | undefined;
  readonly algorithm: string;
  readonly status: RequestStatus;
  readonly errorType?: string | undefined;
  /** The method of the request, e.g. `POST`. */
  readonly method?: string | undefined;
  /** Milliseconds, of whichever clock `endMs` is of too. */
  readonly startMs: number;
  readonly endMs: number;
  /** How long it waited for the backend. */
  readonly queueMs?: number | undefined;
  readonly costUsd?: number | string | undefined;
  readonly revenueUsd?: number | string | undefined;
  readonly requestBytes?: number | undefined;
  readonly responseBytes?: number | undefined;
  /** Whether the cache of answers had it; left out if it was not asked. */
  readonly cacheHit?: boolean | undefined;
  /** Kept as an exemplar of the duration, sanitised. */
  readonly correlationId?: string | undefined;
}

/** How the recorder is set up. */
export interface LoadBalancerOptions {
  /** What a request that names no revenue is taken to be worth, in dollars; 0.01 if left out. */
  readonly revenuePerRequestUsd?: number | undefined;
}

/** What is spent of the budgets of a backend, in percent. */
export interface BudgetUsage {
  readonly dailyPercent?: number | undefined;
  readonly monthlyPercent?: number | undefined;
}

const REVENUE_PER_REQUEST_USD = 0.01;

/** Records a load balancer. Nothing here throws. */
export class LoadBalancerRecorder {
  readonly health: BackendHealthRecorder;
  readonly circuitBreakers: CircuitBreakerRecorder;
  readonly pools: ConnectionPoolRecorder;
  readonly resources: BackendResourceRecorder;
  readonly sla: SlaRecorder;
  readonly #requests: BalancedRequests;
  readonly #flow;
  readonly #budgets;
  readonly #clock;
  readonly #note: (error: unknown) => void;
  readonly #request = emptyRequest();

  constructor(recording: Recording, options: LoadBalancerOptions = {}) {
    const { registry, clock, failures } = recording;
    this.#clock = clock;
    this.#note = failures.of('load balancer');
    this.#requests = new BalancedRequests({
      registry,
      onRefused: this.#note,
      revenuePerRequest: amountOf(options.revenuePerRequestUsd ?? REVENUE_PER_REQUEST_USD) ?? 0,
    });
    this.#flow = safely(defineMetrics(balancedFlow, { registry }), this.#note);
    this.#budgets = safely(defineMetrics(balancedBudgets, { registry }), this.#note);
    this.health = new BackendHealthRecorder(recording);
    this.circuitBreakers = new CircuitBreakerRecorder(recording);
    this.pools = new ConnectionPoolRecorder(recording);
    this.resources = new BackendResourceRecorder(recording);
    this.sla = new SlaRecorder(recording);
  }

  /** Records one request whole. */
  recordRequest(balanced: BalancedRequest): void {
    try {
      const request = this.#request;
      request.backend = balanced.backend;
      request.backendType = balanced.backendType ?? '';
      request.algorithm = balanced.algorithm;
      request.status = balanced.status;
      request.errorType = balanced.errorType ?? '';
      request.method = balanced.method ?? '';
      // A clock that was set back in between must not make a request end before it began.
      request.latencyMs = Math.max(0, balanced.endMs - balanced.startMs);
      request.queueMs = balanced.queueMs;
      request.cost = amountOf(balanced.costUsd);
      request.revenue = amountOf(balanced.revenueUsd);
      this.#readScores(balanced, request);
      request.requestBytes = balanced.requestBytes;
      request.responseBytes = balanced.responseBytes;
      request.cacheHit = balanced.cacheHit;
      const exemplar = correlationExemplar(balanced.correlationId ?? '');
      this.#requests.record(request, this.#clock.monotonicMs(), exemplar);
    } catch (error) {
      this.#note(error);
    }
  }

  /** Takes scores of an answer that come after the request was recorded, e.g. what its reader thinks of it. */
  recordScores(backend: string, scores: Scores): void {
    try {
      const request = emptyRequest();
      this.#readScores(scores, request);
      this.#requests.score(backend, request, this.#clock.monotonicMs());
    } catch (error) {
      this.#note(error);
    }
  }

  /** Tells that a backend has been given a request (1) or has finished with one (-1). */
  changeActive(backend: string, change: 1 | -1): void {
    this.#flow.active.inc({ backend }, change);
  }

  /** Counts a request that is sent again since the backend failed it. */
  recordRetry(backend: string): void {
    this.#flow.retries.inc({ backend });
  }

  /** Counts a request that another backend takes over from this one. */
  recordFailover(backend: string): void {
    this.#flow.failovers.inc({ backend });
  }

  /** Shows what is spent of the budgets of a backend. */
  setBudgetUsage(backend: string, { dailyPercent, monthlyPercent }: BudgetUsage): void {
    if (dailyPercent !== undefined) this.#budgets.daily.set({ backend }, dailyPercent);
    if (monthlyPercent !== undefined) this.#budgets.monthly.set({ backend }, monthlyPercent);
  }

  #readScores(scores: Scores, request: FinishedRequest): void {
    request.quality = this.#score(scores.quality);
    request.accuracy = this.#score(scores.accuracy);
    request.relevance = this.#score(scores.relevance);
    request.completeness = this.#score(scores.completeness);
    request.satisfaction = this.#score(scores.satisfaction);
  }

  /** A score, or undefined if there is none or it is not from 0 to 1. */
  #score(score: number | undefined): number | undefined {
    if (score === undefined || (score >= 0 && score <= 1)) return score;
    this.#note(new RangeError(`a score is from 0 to 1, not ${score}`));
    return undefined;
  }
}

/** Money as it was given; undefined if it was not, or is none. */
function amountOf(usd: number | string | undefined): PicoAmount | undefined {
  if (usd === undefined) return undefined;
  return typeof usd === 'number' ? picoAmountOfNumber(usd) : picoAmountOf(usd);
}
