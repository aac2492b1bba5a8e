/** One tier of a cache: the least recently used entry makes room. */

import type { PlatformRecorders } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';

/** A tier. */
export class CacheTier<V> {
  readonly #tier: string;
  readonly #entriesMax: number;
  readonly #metrics: Pick<PlatformRecorders, 'cache'>;
  readonly #clock: Clock;
  /** The least recently used first. */
  readonly #entries = new Map<string, V>();

  constructor(tier: string, entriesMax: number, metrics: Pick<PlatformRecorders, 'cache'>, clock: Clock) {
    this.#tier = tier;
    this.#entriesMax = entriesMax;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** The value of a key, which becomes the most recently used; undefined if the tier does not have it. */
  get(key: string): V | undefined {
    return this.#timed('get', () => {
      const value = this.#entries.get(key);
      if (value === undefined) {
        this.#metrics.cache.recordMiss(this.#tier);
        return undefined;
      }
      this.#metrics.cache.recordHit(this.#tier);
      this.#entries.delete(key);
      this.#entries.set(key, value);
      return value;
    });
  }

  /** Keeps a value. */
  set(key: string, value: V): void {
    this.#timed('set', () => {
      this.#entries.delete(key);
      this.#entries.set(key, value);
      const [oldest] = this.#entries.keys();
      if (this.#entries.size > this.#entriesMax && oldest !== undefined) {
        this.#entries.delete(oldest);
        this.#metrics.cache.recordEviction(this.#tier);
      }
      this.#metrics.cache.setSize(this.#tier, this.#entries.size);
    });
  }

  /** Forgets a key. */
  delete(key: string): void {
    this.#timed('delete', () => {
      this.#entries.delete(key);
      this.#metrics.cache.setSize(this.#tier, this.#entries.size);
    });
  }

  #timed<T>(operation: string, act: () => T): T {
    const startMs = this.#clock.monotonicMs();
    const result = act();
    this.#metrics.cache.observeDuration(this.#tier, operation, (this.#clock.monotonicMs() - startMs) / 1000);
    return result;
  }
}
