/** Recorders of what a configuration service stands on: caches, storage, ciphers, the process, HTTP. */

import { defineMetrics } from '@bellwether/metrics';
import {
  cachePack,
  cryptoPack,
  httpPack,
  storagePack,
  systemPack,
} from '../../../catalogue/platform/services.ts';
import { beforeScrape } from '../../windows/before-scrape.ts';
import { Accounts } from '../../windows/accounts.ts';
import { safely } from '../failures.ts';
import type { Recording } from '../recording.ts';
import { timed } from '../timed-work.ts';

/** Records the tiers of a cache. */
export class CacheRecorder {
  readonly #families;
  readonly #tiers: Accounts<{ readonly tier: string; hits: number; misses: number }>;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(cachePack, { registry }), failures.of('cache'));
    this.#tiers = new Accounts(registry.limits.seriesMax, (tier) => ({ tier, hits: 0, misses: 0 }));
    beforeScrape(registry, [cachePack.hitRatio], () => {
      for (const { tier, hits, misses } of this.#tiers.all) {
        this.#families.hitRatio.set({ tier }, hits / (hits + misses));
      }
    });
  }

  /**
   * Counts a look-up that the tier answered.
   *
   * @example metrics.cache.recordHit('l1')
   */
  recordHit(tier: string): void {
    this.#families.hits.inc({ tier });
    this.#tiers.of(tier).hits += 1;
  }

  /** Counts a look-up that the tier could not answer. */
  recordMiss(tier: string): void {
    this.#families.misses.inc({ tier });
    this.#tiers.of(tier).misses += 1;
  }

  /** Counts entries that the tier gave up to make room. */
  recordEviction(tier: string, entries = 1): void {
    this.#families.evictions.inc({ tier }, entries);
  }

  /** Tells how many entries the tier has. */
  setSize(tier: string, entries: number): void {
    this.#families.size.set({ tier }, entries);
  }

  /** Tells how long an operation on the tier took: `get`, `set`, … */
  observeDuration(tier: string, operation: string, seconds: number): void {
    this.#families.duration.observe({ tier, operation }, seconds);
  }

  /** The share of look-ups since the start that the tier answered, 0 to 1; NaN if there were none. */
  hitRate(tier: string): number {
    const { hits, misses } = this.#tiers.of(tier);
    return hits / (hits + misses);
  }
}

/** Records the storage. */
export class StorageRecorder {
  readonly #families;
  readonly #clock;

  constructor({ registry, clock, failures }: Recording) {
    this.#families = safely(defineMetrics(storagePack, { registry }), failures.of('storage'));
    this.#clock = clock;
  }

  /** Counts an operation: `read`, `write`, `delete`, … */
  recordOperation(operation: string): void {
    this.#families.operations.inc({ operation });
  }

  /** Tells how long an operation took. */
  observeDuration(operation: string, seconds: number): void {
    this.#families.duration.observe({ operation }, seconds);
  }

  /** Counts an operation that failed. */
  recordError(operation: string): void {
    this.#families.errors.inc({ operation });
  }

  /** Tells how much is stored. */
  setSize(bytes: number): void {
    this.#families.size.set(bytes);
  }

  /** Does an operation and records it. */
  track<T>(operation: string, work: () => T): T {
    return timed(this.#clock, work, (seconds, error) => {
      this.recordOperation(operation);
      this.observeDuration(operation, seconds);
      if (error !== undefined) this.recordError(operation);
    });
  }
}

/** Records ciphers and their keys. */
export class CryptoRecorder {
  readonly #families;
  readonly #clock;

  constructor({ registry, clock, failures }: Recording) {
    this.#families = safely(defineMetrics(cryptoPack, { registry }), failures.of('crypto'));
    this.#clock = clock;
  }

  /** Counts an operation: `encrypt`, `decrypt`, `sign`, … */
  recordOperation(operation: string): void {
    this.#families.operations.inc({ operation });
  }

  /** Tells how long an operation took. */
  observeDuration(operation: string, seconds: number): void {
    this.#families.duration.observe({ operation }, seconds);
  }

  /** Counts a key that was replaced by a new one. */
  recordKeyRotation(): void {
    this.#families.rotations.inc();
  }

  /** Counts an operation that failed. */
  recordError(operation: string): void {
    this.#families.errors.inc({ operation });
  }

  /** Does an operation and records it. */
  track<T>(operation: string, work: () => T): T {
    return timed(this.#clock, work, (seconds, error) => {
      this.recordOperation(operation);
      this.observeDuration(operation, seconds);
      if (error !== undefined) this.recordError(operation);
    });
  }
}

/** Records HTTP requests. */
export class HttpRecorder {
  readonly #families;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(httpPack, { registry }), failures.of('http'));
  }

  /**
   * Records an answered request.
   *
   * @param path that of the route, such as `/users/:id`: there must not be one for each request.
   */
  recordRequest(method: string, path: string, status: number, seconds: number): void {
    this.#families.requests.inc({ method, path, status });
    this.#families.duration.observe({ method, path }, seconds);
  }
}

/** What the process tells of itself. */
export interface SystemFigures {
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
}

/** Shows what the process tells of itself, asked at each scrape. */
export function showSystem({ registry, failures }: Recording, read: () => SystemFigures): void {
  const note = failures.of('system');
  const families = safely(defineMetrics(systemPack, { registry }), note);
  beforeScrape(registry, Object.values(systemPack), () => {
    try {
      const { uptimeSeconds, memoryBytes } = read();
      families.uptime.set(uptimeSeconds);
      families.memory.set(memoryBytes);
    } catch (error) {
      note(error);
    }
  });
}
