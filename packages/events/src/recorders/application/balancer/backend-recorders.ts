/** Recorders of what only the balancer knows of its backends. */

import { defineMetrics } from '@bellwether/metrics';
import {
  backendHealth,
  backendResources,
  circuitBreakers,
  connectionPools,
} from '../../../catalogue/load-balancer/backends.ts';
import { Accounts } from '../../windows/accounts.ts';
import { beforeScrape } from '../../windows/before-scrape.ts';
import { SlidingGauge } from '../../windows/sliding-gauge.ts';
import { fiveMinutes, SlidingSums } from '../../windows/sliding-sums.ts';
import { safely } from '../failures.ts';
import type { Recording } from '../recording.ts';

/** How a backend is. */
export type BackendHealth = 'healthy' | 'degraded' | 'unhealthy';

const healthScores: Readonly<Record<BackendHealth, number>> = { healthy: 1, degraded: 0.5, unhealthy: 0 };

// The sums that are kept for a backend's health checks.
const CHECKS = 0;
const SUCCESSES = 1;

interface Checked {
  readonly backend: string;
  readonly sums: SlidingSums;
  readonly availability: SlidingGauge;
  /** When checks began to succeed, on the monotonic clock; undefined while they fail. */
  upSinceMs: number | undefined;
}

/** Records whether backends are there. */
export class BackendHealthRecorder {
  readonly #families;
  readonly #clock;
  readonly #backends: Accounts<Checked>;

  constructor({ registry, clock, failures }: Recording) {
    const families = defineMetrics(backendHealth, { registry });
    this.#families = safely(families, failures.of('backend health'));
    this.#clock = clock;
    this.#backends = new Accounts(registry.limits.seriesMax, (backend) => ({
      backend,
      sums: new SlidingSums(2, fiveMinutes, clock.monotonicMs()),
      availability: SlidingGauge.of(families.availability, { backend }),
      upSinceMs: undefined,
    }));
    beforeScrape(registry, [families.availability, families.uptime], () => {
      const nowMs = clock.monotonicMs();
      for (const { backend, sums, availability, upSinceMs } of this.#backends.all) {
        availability.show((100 * sums.sum(SUCCESSES, nowMs)) / sums.sum(CHECKS, nowMs));
        const uptimeMs = upSinceMs === undefined ? 0 : nowMs - upSinceMs;
        this.#families.uptime.set({ backend }, uptimeMs / 1000);
      }
    });
  }

  /** Records a health check: what it found, and how long it took. A degraded backend is there. */
  recordCheck(backend: string, health: BackendHealth, seconds: number): void {
    const succeeded = health !== 'unhealthy';
    const nowMs = this.#clock.monotonicMs();
    this.#families.health.set({ backend }, healthScores[health]);
    (succeeded ? this.#families.checkSuccesses : this.#families.checkFailures).inc({ backend });
    this.#families.checkTime.observe({ backend }, seconds);
    const checked = this.#backends.of(backend);
    const at = checked.sums.at(nowMs);
    checked.sums.values[at + CHECKS]! += 1;
    if (succeeded) checked.sums.values[at + SUCCESSES]! += 1;
    checked.upSinceMs = succeeded ? (checked.upSinceMs ?? nowMs) : undefined;
  }

  /** Tells what share of the requests the balancer means to give to a backend. */
  setWeight(backend: string, weight: number): void {
    this.#families.weight.set({ backend }, weight);
  }
}

/** The state of a circuit breaker. */
export type CircuitState = 'closed' | 'half_open' | 'open';

const circuitStates: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Records circuit breakers. */
export class CircuitBreakerRecorder {
  readonly #families;
  readonly #states: Accounts<{ state: CircuitState | undefined }>;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(circuitBreakers, { registry }), failures.of('circuit breakers'));
    this.#states = new Accounts(registry.limits.seriesMax, () => ({ state: undefined }));
  }

  /** Tells the state of a backend's breaker. One that was not open and now is has tripped. */
  setState(backend: string, state: CircuitState): void {
    const known = this.#states.of(backend);
    if (state === 'open' && known.state !== 'open') this.#families.trips.inc({ backend });
    known.state = state;
    this.#families.state.set({ backend }, circuitStates[state]);
  }

  /** Counts a request that was kept from a backend since its breaker was open. */
  recordRejection(backend: string): void {
    this.#families.rejections.inc({ backend });
  }
}

/** The connections to a backend. */
export interface PoolFigures {
  /** Connections that are open. */
  readonly open: number;
  /** Connections that are in use. */
  readonly active: number;
  /** Connections that may be open. */
  readonly max: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

/** Records connection pools. */
export class ConnectionPoolRecorder {
  readonly #families;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(connectionPools, { registry }), failures.of('connection pools'));
  }

  /** Tells how the connections to a backend stand. */
  setPool(backend: string, { open, active, max, waiting }: PoolFigures): void {
    this.#families.sizeCurrent.set({ backend }, open);
    this.#families.sizeActive.set({ backend }, active);
    this.#families.sizeMax.set({ backend }, max);
    this.#families.queueLength.set({ backend }, waiting);
    this.#families.utilization.set({ backend }, max === 0 ? 0 : (100 * active) / max);
  }

  /** Counts a request that found every connection in use. */
  recordExhaustion(backend: string): void {
    this.#families.exhaustions.inc({ backend });
  }
}

/** What a backend uses of its machine. What is left out stays as it was. */
export interface ResourceFigures {
  /** In percent of one core. */
  readonly cpuPercent?: number;
  readonly memoryBytes?: number;
  /** Of what it may use. */
  readonly memoryPercent?: number;
}

/** Records what backends use. */
export class BackendResourceRecorder {
  readonly #families;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(backendResources, { registry }), failures.of('backend resources'));
  }

  /** Tells what a backend uses. */
  setUse(backend: string, { cpuPercent, memoryBytes, memoryPercent }: ResourceFigures): void {
    if (cpuPercent !== undefined) this.#families.cpu.set({ backend }, cpuPercent);
    if (memoryBytes !== undefined) this.#families.memory.set({ backend }, memoryBytes);
    if (memoryPercent !== undefined) this.#families.memoryShare.set({ backend }, memoryPercent);
  }

  /** Counts what went over the network between the balancer and a backend. */
  recordTraffic(backend: string, receivedBytes: number, transmittedBytes: number): void {
    this.#families.received.inc({ backend }, receivedBytes);
    this.#families.transmitted.inc({ backend }, transmittedBytes);
  }
}
