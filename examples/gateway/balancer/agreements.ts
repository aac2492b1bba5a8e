/** What the gateway has promised, held against every request. */

import type { LoadBalancerRecorder } from '@bellwether/events';

/** What was agreed. */
export interface Agreement {
  readonly responseTimeMs: number;
  readonly quality: number;
  readonly costUsd: number;
  /** The least share of health checks that succeed, and the greatest share of requests that fail. */
  readonly availability: number;
  readonly errorShare: number;
}

/** A request that has ended. */
export interface Outcome {
  readonly backend: string;
  readonly succeeded: boolean;
  readonly latencyMs: number;
  readonly quality: number | undefined;
  readonly costUsd: number | undefined;
}

interface Tally {
  kept: number;
  all: number;
}

const emptyTally = (): Tally => ({ kept: 0, all: 0 });

/** Watches the agreement. */
export class Agreements {
  readonly #metrics: LoadBalancerRecorder;
  readonly #terms: () => Agreement;
  readonly #tallies = { response_time: emptyTally(), quality: emptyTally(), cost: emptyTally() };
  readonly #failures = new Map<string, Tally>();
  readonly #checks = new Map<string, Tally>();

  constructor(metrics: LoadBalancerRecorder, terms: () => Agreement) {
    this.#metrics = metrics;
    this.#terms = terms;
  }

  /** Takes a request in. */
  note({ backend, succeeded, latencyMs, quality, costUsd }: Outcome): void {
    const terms = this.#terms();
    this.#count('response_time', backend, latencyMs <= terms.responseTimeMs);
    if (quality !== undefined) this.#count('quality', backend, quality >= terms.quality);
    if (costUsd !== undefined) this.#count('cost', backend, costUsd <= terms.costUsd);
    tally(this.#failures, backend, succeeded);
  }

  /** Takes a health check in. */
  noteCheck(backend: string, succeeded: boolean): void {
    tally(this.#checks, backend, succeeded);
  }

  /** Looks at what can only be told of many: to be called now and then. */
  review(): void {
    const { availability, errorShare } = this.#terms();
    for (const [backend, { kept, all }] of this.#checks) {
      if (kept / all < availability) this.#metrics.sla.recordViolation('availability', backend, 'critical');
    }
    for (const [backend, { kept, all }] of this.#failures) {
      if (1 - kept / all > errorShare) this.#metrics.sla.recordViolation('error_rate', backend, 'high');
    }
    for (const [sla, { kept, all }] of Object.entries(this.#tallies)) {
      if (all > 0) this.#metrics.sla.setCompliance(sla, (100 * kept) / all);
    }
  }

  #count(kind: 'response_time' | 'quality' | 'cost', backend: string, kept: boolean): void {
    this.#tallies[kind].all += 1;
    if (kept) this.#tallies[kind].kept += 1;
    else this.#metrics.sla.recordViolation(kind, backend, 'medium');
  }
}

function tally(tallies: Map<string, Tally>, backend: string, kept: boolean): void {
  const one = tallies.get(backend) ?? emptyTally();
  one.all += 1;
  if (kept) one.kept += 1;
  tallies.set(backend, one);
}
