/**
 * Divides what the machines of self-hosted models cost among the requests they
 * served, hour by hour once an hour is over. Hours to which late events come are
 * divided anew; one whose figures are the same is left alone.
 */

import type { Clock, ClockTimer } from '../clock.ts';
import type { SelfHostedDefinition } from '../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerRow } from '../ledger/row.ts';
import type { Log } from '../log.ts';
import { firstRequestMs, ownsModel, readGroups, readStored, storeHour } from './allocation-store.ts';
import { divideHour, fingerprintOf } from './hour.ts';
import type { PrometheusQueries, Readings } from '../series/prometheus.ts';

const HOUR_MS = 3_600_000;
/** How often it is looked whether an hour is over or late events have come. */
const LOOK_MS = 60_000;
/** How far back hours are divided when the server starts. */
const BACK_HOURS = 31 * 24;
/** How far back every look goes, for samples that Prometheus gets late. */
const RECENT_HOURS = 3;
/** Minutes of an hour that must have a value, or the hour counts as not measured. */
const MINUTES_MIN = 30;
/** Hours to which late events came that are remembered; beyond that all are divided anew. */
const LATE_HOURS_MAX = 1000;

/** A resource of a pool, and the share of it that is in use. */
export interface Utilization {
  readonly backend: string;
  readonly resource: 'gpu' | 'cpu' | 'memory';
  readonly ratio: number;
}

export interface AllocatorOptions {
  readonly pools: readonly SelfHostedDefinition[];
  /** `null` where there is no Prometheus to ask. */
  readonly prometheus: PrometheusQueries | null;
  readonly clock: Clock;
  readonly log: Log;
}

export class Allocator {
  readonly #options: AllocatorOptions;
  readonly #late = new Set<number>();
  #ledger: Ledger | null = null;
  #utilization: readonly Utilization[] = [];
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  #backHours = BACK_HOURS;
  #failed = false;

  constructor(options: AllocatorOptions) {
    this.#options = options;
  }

  /** The use of resources as Prometheus last told it. */
  get utilization(): readonly Utilization[] {
    return this.#utilization;
  }

  /** Begins to divide hours. Does nothing where no models are self-hosted. */
  open(ledger: Ledger): void {
    this.#ledger = ledger;
    if (this.#options.pools.length > 0) void ledger.ready.then(() => this.#tick());
  }

  /** Takes note of the hours of rows that have come to be in the ledger. */
  loaded(rows: readonly LedgerRow[]): void {
    const { pools, clock } = this.#options;
    if (pools.length === 0) return;
    const providers = new Set(pools.map(({ provider }) => provider));
    const recentMs = hourOf(clock.nowMs()) - RECENT_HOURS * HOUR_MS;
    for (const { provider, timestamp } of rows) {
      if (typeof provider !== 'string' || !providers.has(provider)) continue;
      const hourMs = Date.parse(
        `${String(timestamp).slice(0, 10)}T${String(timestamp).slice(11, 13)}:00:00Z`,
      );
      if (hourMs >= recentMs) continue;
      if (this.#late.size >= LATE_HOURS_MAX) this.#backHours = BACK_HOURS;
      else this.#late.add(hourMs);
    }
  }

  /** Divides the hours that are due now. */
  async look(): Promise<void> {
    this.#running = this.#running.then(() => this.#lookOnce());
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#running;
  }

  async #tick(): Promise<void> {
    if (this.#closed) return;
    await this.look();
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#tick(), LOOK_MS).unref();
  }

  async #lookOnce(): Promise<void> {
    const { pools, log, clock } = this.#options;
    const ledger = this.#ledger;
    if (this.#closed || ledger === null || ledger.loader === null) return;
    const untilMs = hourOf(clock.nowMs());
    const late = [...this.#late];
    this.#late.clear();
    const backHours = this.#backHours;
    const spans = [
      [untilMs - backHours * HOUR_MS, untilMs],
      ...late.map((hourMs) => [hourMs, hourMs + HOUR_MS]),
    ];
    try {
      await ledger.settle(LOOK_MS);
      for (const pool of pools) {
        for (const [fromMs = 0, toMs = 0] of spans) await this.#divide(ledger, pool, fromMs, toMs);
      }
      this.#utilization = await this.#readUtilization(clock.nowMs());
      this.#backHours = RECENT_HOURS;
      this.#failed = false;
    } catch (error) {
      for (const hourMs of late) this.#late.add(hourMs);
      this.#backHours = Math.max(this.#backHours, backHours);
      const problem = error instanceof Error ? error.message : String(error);
      // Every minute the same line would hide the others.
      if (!this.#failed)
        log.warn({ problem }, 'the cost of self-hosted models could not be divided; trying again');
      this.#failed = true;
    }
  }

  /** Divides the hours of a span, from the first with a request of the pool's provider on. */
  async #divide(ledger: Ledger, pool: SelfHostedDefinition, spanFromMs: number, toMs: number): Promise<void> {
    const { pools, clock } = this.#options;
    const { connection } = ledger;
    const firstMs = await firstRequestMs(connection, pool.provider, clock.nowMs() - BACK_HOURS * HOUR_MS);
    const fromMs = Math.max(spanFromMs, Math.min(firstMs ?? toMs, toMs));
    if (fromMs >= toMs) return;
    const groups = await readGroups(connection, pool.provider, fromMs, toMs);
    const stored = await readStored(connection, pool.id, fromMs, toMs);
    const measured = await this.#readHours(pool, fromMs, toMs);
    for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
      const before = stored.get(hourMs);
      const own = (groups.get(hourMs) ?? []).filter(({ model }) => ownsModel(pools, pool, model));
      // What Prometheus no longer keeps was measured when it was stored.
      const kept = before?.basis === 'measured' ? before.used : null;
      const hour = divideHour(pool, own, measured.get((hourMs + HOUR_MS) / 1000) ?? kept);
      if (before?.fingerprint === fingerprintOf(hour)) continue;
      await storeHour(connection, pool, hourMs, clock.nowMs(), hour);
    }
  }

  /** The mean share in use of each hour, by the instant (epoch seconds) at which the hour ends. */
  async #readHours(pool: SelfHostedDefinition, fromMs: number, toMs: number): Promise<Readings> {
    const { prometheus } = this.#options;
    const query = pool.gpuQuery || pool.cpuQuery;
    if (prometheus === null || query === '') return new Map();
    // A second before the end, the window has the minutes of this hour and not the first of the next.
    const [first, last] = [(fromMs + HOUR_MS) / 1000 - 1, toMs / 1000 - 1];
    const minutes = `(${query})[1h:1m]`;
    const expression = `avg_over_time(${minutes}) and count_over_time(${minutes}) >= ${MINUTES_MIN}`;
    const readings = await prometheus.range(expression, first, last, 3600);
    return new Map([...readings].map(([at, value]) => [at + 1, shareOf(pool, value)]));
  }

  async #readUtilization(nowMs: number): Promise<Utilization[]> {
    const { prometheus, pools } = this.#options;
    if (prometheus === null) return [];
    const found: Utilization[] = [];
    const at = Math.floor(nowMs / 1000);
    for (const pool of pools) {
      const queries = { gpu: pool.gpuQuery, cpu: pool.cpuQuery, memory: pool.memoryQuery };
      for (const resource of ['gpu', 'cpu', 'memory'] as const) {
        if (queries[resource] === '') continue;
        const [value] = (await prometheus.range(queries[resource], at, at, 60)).values();
        if (value !== undefined) found.push({ backend: pool.id, resource, ratio: shareOf(pool, value) });
      }
    }
    return found;
  }
}

function hourOf(instantMs: number): number {
  return Math.floor(instantMs / HOUR_MS) * HOUR_MS;
}

function shareOf({ percent }: SelfHostedDefinition, value: number): number {
  return percent ? value / 100 : value;
}
