/**
 * The part of the load balancer pack that follows from finished requests: the
 * balancer itself records it, and so does the server, from events that name a
 * backend.
 */

import { defineMetrics, defineRecord } from '@bellwether/metrics';
import { connectionWaits } from '../../../catalogue/load-balancer/backends.ts';
import { balancedTraffic } from '../../../catalogue/load-balancer/traffic.ts';
import { balancedAlgorithms } from '../../../catalogue/load-balancer/worth.ts';
import type { PicoAmount } from '../../money/pico-amount.ts';
import { errorTypeOf, type FinishedRequest, type PackOptions, UNKNOWN } from '../finished-request.ts';
import { AlgorithmsOfLate } from './algorithms-of-late.ts';
import { AnswersOfLate } from './answers-of-late.ts';
import { BackendsOfLate } from './backends-of-late.ts';

/** What differs from pack to pack. */
export interface BalancedOptions extends PackOptions {
  /** What a request that names no revenue is taken to be worth. */
  readonly revenuePerRequest: PicoAmount;
}

/** What the families are updated from. */
interface BalancedRecord {
  backend: string;
  algorithm: string;
  status: string;
  method: string;
  error_type: string | undefined;
  latency_ms: number | undefined;
  queue_ms: number | undefined;
  request_bytes: number | undefined;
  response_bytes: number | undefined;
}

/** Records what follows from finished requests. */
export class BalancedRequests {
  readonly #families;
  readonly #group: {
    record(record: BalancedRecord, exemplarLabels?: Readonly<Record<string, string>>): void;
  };
  readonly #backends: BackendsOfLate;
  readonly #algorithms: AlgorithmsOfLate;
  readonly #answers: AnswersOfLate;
  readonly #types = new Map<string, string>();
  readonly #typesMax: number;
  readonly #record: BalancedRecord = {
    backend: '',
    algorithm: '',
    status: '',
    method: '',
    error_type: undefined,
    latency_ms: undefined,
    queue_ms: undefined,
    request_bytes: undefined,
    response_bytes: undefined,
  };

  constructor(options: BalancedOptions) {
    const { registry, onRefused } = options;
    const families = defineMetrics(
      { ...balancedTraffic, selections: balancedAlgorithms.selections, wait: connectionWaits.wait },
      { registry },
    );
    this.#families = families;
    this.#typesMax = registry.limits.seriesMax;
    this.#group = defineRecord(
      {
        name: 'a balanced request',
        labels: ['backend', 'algorithm', 'status', 'method'],
        optionalLabels: ['error_type'],
        updates: [
          { metric: families.requests, add: 1 },
          { metric: families.byMethod, add: 1 },
          { metric: families.selections, add: 1 },
          { metric: families.errors, add: 1 },
          { metric: families.duration, observe: 'latency_ms', dividedBy: 1000, optional: true },
          { metric: families.responseTime, observe: 'latency_ms', optional: true },
          { metric: families.wait, observe: 'queue_ms', dividedBy: 1000, optional: true },
          { metric: families.requestBytes, add: 'request_bytes', optional: true },
          { metric: families.responseBytes, add: 'response_bytes', optional: true },
        ],
      },
      { onRefused },
    );
    this.#backends = new BackendsOfLate(options);
    this.#algorithms = new AlgorithmsOfLate(options);
    this.#answers = new AnswersOfLate(options);
  }

  /**
   * Records a request.
   *
   * @param nowMs the monotonic time.
   * @param exemplarLabels kept with the duration, e.g. a correlation id.
   */
  record(request: FinishedRequest, nowMs: number, exemplarLabels?: Readonly<Record<string, string>>): void {
    const record = this.#record;
    record.backend = request.backend;
    record.algorithm = request.algorithm || UNKNOWN;
    record.status = request.status;
    record.method = request.method || UNKNOWN;
    record.error_type = errorTypeOf(request) || undefined;
    record.latency_ms = request.latencyMs;
    record.queue_ms = request.queueMs;
    record.request_bytes = request.requestBytes;
    record.response_bytes = request.responseBytes;
    this.#group.record(record, exemplarLabels);
    this.#tellType(request);
    this.#backends.add(request, nowMs);
    this.#algorithms.add(record.algorithm, request, nowMs);
    if (request.cacheHit !== undefined) this.#answers.add(request.cacheHit, request, nowMs);
  }

  /** Takes the scores of an answer that come after its request; the rest of `scored` is not looked at. */
  score(backend: string, scored: FinishedRequest, nowMs: number): void {
    this.#backends.addScores(backend, scored, nowMs);
  }

  /** Tells the kind of a backend when it is first seen, and again if it changes. */
  #tellType({ backend, backendType }: FinishedRequest): void {
    const known = this.#types.get(backend);
    if (known === backendType || backendType === '') return;
    if (known === undefined && this.#types.size >= this.#typesMax) return;
    if (known !== undefined) this.#families.info.remove({ backend, type: known });
    this.#families.info.labels({ backend, type: backendType }).set();
    this.#types.set(backend, backendType);
  }
}
