/**
 * Records finished requests on every pack that follows from them. The server gives
 * it each row that has come to be in the ledger, so what is counted here and what
 * the ledger holds agree to the unit.
 */

import type { Registry } from '@bellwether/metrics';
import type { PicoUsd } from '../../money.ts';
import type { PicoAmount } from '../money/pico-amount.ts';
import { correlationExemplar } from '../correlation-id.ts';
import { BalancedRequests } from './balanced/balanced-requests.ts';
import { BusinessRequests, type CompositeWeights } from './business-requests.ts';
import { CostRequests } from './cost-requests.ts';
import type { FinishedRequest, PackOptions } from './finished-request.ts';
import { GenAiRequests } from './gen-ai-requests.ts';
import { LlmRequests } from './llm-requests.ts';
import { UserRequests } from './user-requests.ts';

/** Which packs and parts of packs are recorded; a part that is off is not exposed either. */
export interface RecordedPacks {
  readonly business: boolean;
  readonly roi: boolean;
  readonly cost: boolean;
  readonly modelCost: boolean;
  readonly adoption: boolean;
  readonly usagePatterns: boolean;
  readonly satisfaction: boolean;
}

/** How the recorder is set up. */
export interface RequestRecorderOptions {
  /** Its clock tells the time of the windows. */
  readonly registry: Registry;
  readonly latencyBuckets?: readonly number[];
  /** What a request that names no revenue is taken to be worth. */
  readonly revenuePerRequest: PicoUsd;
  /** What a request without a known price is taken to cost, in business figures only. */
  readonly costPerRequest: PicoUsd;
  /** The parts of the composite score. */
  readonly weights: CompositeWeights;
  readonly packs: RecordedPacks;
  /** Two random words for the hashes by which users are told apart. */
  readonly seed: readonly [number, number];
  /** Called when a pack cannot take a request. */
  readonly onRefused: (error: Error) => void;
}

/** The live metrics of finished requests. */
export class RequestRecorder {
  readonly #llm: LlmRequests;
  readonly #genAi: GenAiRequests;
  readonly #balanced: BalancedRequests;
  readonly #business: BusinessRequests | undefined;
  readonly #cost: CostRequests | undefined;
  readonly #users: UserRequests;

  constructor(options: RequestRecorderOptions) {
    const { registry, onRefused, packs, latencyBuckets, weights, seed } = options;
    const revenuePerRequest = amountOf(options.revenuePerRequest);
    const costPerRequest = amountOf(options.costPerRequest);
    const pack: PackOptions = { registry, onRefused };
    this.#llm = new LlmRequests({ ...pack, latencyBuckets });
    this.#genAi = new GenAiRequests(pack);
    this.#balanced = new BalancedRequests({ ...pack, revenuePerRequest });
    if (packs.business) {
      const { roi } = packs;
      this.#business = new BusinessRequests({ ...pack, revenuePerRequest, costPerRequest, weights, roi });
    }
    if (packs.cost) this.#cost = new CostRequests({ ...pack, revenuePerRequest, models: packs.modelCost });
    this.#users = new UserRequests({
      ...pack,
      seed,
      adoption: packs.adoption,
      patterns: packs.usagePatterns,
      satisfaction: packs.satisfaction,
    });
  }

  /**
   * Records a request. The object may be used again for the next.
   *
   * @param nowMs the monotonic time, which many requests may share.
   */
  record(request: FinishedRequest, nowMs: number): void {
    const exemplar = correlationExemplar(request.correlationId);
    this.#llm.record(request, exemplar);
    this.#genAi.record(request);
    if (request.backend !== '') this.#balanced.record(request, nowMs, exemplar);
    this.#business?.record(request);
    this.#cost?.record(request, nowMs);
    this.#users.record(request, nowMs);
  }
}

function amountOf(amount: PicoUsd): PicoAmount {
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount;
}
