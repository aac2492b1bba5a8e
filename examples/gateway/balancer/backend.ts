/** One backend: its model server, its breaker, its connections, and what is known of it. */

import { text } from 'node:stream/consumers';
import { Agent, request as httpRequest } from 'node:http';
import type { LoadBalancerRecorder } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';
import type { FleetMember } from '../models/fleet.ts';
import type { Completion, ModelServerStats } from '../models/model-server.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { Slots } from './slots.ts';

const WAITING_MAX = 50;
const TIMEOUT_MS = 5000;
/** How much the newest latency counts in the moving mean. */
const SMOOTHING = 0.2;
/** A check that takes longer finds the backend degraded. */
const SLOW_CHECK_SECONDS = 0.25;

/** A failed call, and of what kind. */
export class BackendError extends Error {
  readonly kind: string;

  constructor(kind: string) {
    super(`the backend failed: ${kind}`);
    this.kind = kind;
  }
}

/** A backend. */
export class Backend {
  readonly member: FleetMember;
  readonly breaker: CircuitBreaker;
  readonly slots: Slots;
  /** An exponential moving mean. */
  meanLatencyMs = 1;
  healthy = true;
  readonly #metrics: LoadBalancerRecorder;
  readonly #clock: Clock;
  readonly #agent: Agent;
  #stats: { readonly cpuMs: number; readonly atMs: number } | undefined;

  constructor(member: FleetMember, metrics: LoadBalancerRecorder, clock: Clock) {
    const { id, slots } = member;
    this.member = member;
    this.#metrics = metrics;
    this.#clock = clock;
    this.breaker = new CircuitBreaker(clock, (state) => metrics.circuitBreakers.setState(id, state));
    this.slots = new Slots(slots, WAITING_MAX, (figures) => metrics.pools.setPool(id, figures));
    this.#agent = new Agent({ keepAlive: true, maxSockets: slots + 2 });
    metrics.health.setWeight(id, slots);
  }

  /** Asks the model server. Throws a BackendError. */
  async complete(prompt: string): Promise<Completion> {
    const { status, body } = await this.#call('POST', '/complete', JSON.stringify({ prompt }));
    if (status !== 200) throw new BackendError((JSON.parse(body) as { readonly error: string }).error);
    return JSON.parse(body) as Completion;
  }

  /** Notes how long a request took. */
  noteLatency(latencyMs: number): void {
    this.meanLatencyMs += SMOOTHING * (latencyMs - this.meanLatencyMs);
  }

  /** Asks how the model server is, and what it uses. */
  async check(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    const elapsed = (): number => (this.#clock.monotonicMs() - startMs) / 1000;
    try {
      const { status } = await this.#call('GET', '/health');
      this.healthy = status === 200;
      const slow = elapsed() > SLOW_CHECK_SECONDS;
      const health = this.healthy ? (slow ? 'degraded' : 'healthy') : 'unhealthy';
      this.#metrics.health.recordCheck(this.member.id, health, elapsed());
      await this.#readStats();
    } catch {
      this.healthy = false;
      this.#metrics.health.recordCheck(this.member.id, 'unhealthy', elapsed());
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #readStats(): Promise<void> {
    const stats = JSON.parse((await this.#call('GET', '/stats')).body) as ModelServerStats;
    const atMs = this.#clock.monotonicMs();
    const before = this.#stats;
    this.#stats = { cpuMs: stats.cpu_ms, atMs };
    if (before === undefined) return;
    this.#metrics.resources.setUse(this.member.id, {
      cpuPercent: (100 * (stats.cpu_ms - before.cpuMs)) / (atMs - before.atMs),
      memoryBytes: stats.memory_bytes,
      memoryPercent: (100 * stats.memory_bytes) / stats.memory_limit_bytes,
    });
  }

  async #call(method: string, path: string, body = ''): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const call = httpRequest(
        `${this.member.url}${path}`,
        { method, agent: this.#agent, timeout: TIMEOUT_MS },
        (response) => {
          text(response).then((answer) => {
            this.#metrics.resources.recordTraffic(
              this.member.id,
              Buffer.byteLength(answer),
              Buffer.byteLength(body),
            );
            resolve({ status: response.statusCode ?? 0, body: answer });
          }, reject);
        },
      );
      call.once('timeout', () => call.destroy(new BackendError('timeout')));
      call.once('error', (error) =>
        reject(error instanceof BackendError ? error : new BackendError('connection')),
      );
      call.end(body);
    });
  }
}
