/** What the cache of answers saved of late. */

import { defineMetrics } from '@bellwether/metrics';
import { balancedCache } from '../../../catalogue/load-balancer/worth.ts';
import { beforeScrape } from '../../windows/before-scrape.ts';
import { SlidingGauge } from '../../windows/sliding-gauge.ts';
import { fiveMinutes, SlidingSums } from '../../windows/sliding-sums.ts';
import type { FinishedRequest, PackOptions } from '../finished-request.ts';

// The sums that are kept for hits, and then again for misses.
const REQUESTS = 0;
const MS = 1;
const TIMED = 2;
const MISSES = 3;
const FIELDS = 6;

/** Keeps the last minutes of the cache of answers. */
export class AnswersOfLate {
  readonly #sums: SlidingSums;
  readonly #hits;
  readonly #misses;

  constructor({ registry }: PackOptions) {
    const { requests, hitRate, gain } = defineMetrics(balancedCache, { registry });
    const now = (): number => registry.clock.monotonicMs();
    this.#sums = new SlidingSums(FIELDS, fiveMinutes, now());
    this.#hits = requests.labels({ result: 'hit' });
    this.#misses = requests.labels({ result: 'miss' });
    const rate = SlidingGauge.only(hitRate);
    const saved = SlidingGauge.only(gain);
    beforeScrape(registry, [hitRate, gain], () => {
      const nowMs = now();
      const sum = (field: number): number => this.#sums.sum(field, nowMs);
      rate.show((100 * sum(REQUESTS)) / (sum(REQUESTS) + sum(MISSES + REQUESTS)));
      const meanHit = sum(MS) / sum(TIMED);
      const meanMiss = sum(MISSES + MS) / sum(MISSES + TIMED);
      saved.show((100 * (meanMiss - meanHit)) / meanMiss);
    });
  }

  /** Takes a finished request in for which the cache was asked. */
  add(hit: boolean, { latencyMs }: FinishedRequest, nowMs: number): void {
    (hit ? this.#hits : this.#misses).inc();
    const { values } = this.#sums;
    const at = this.#sums.at(nowMs) + (hit ? 0 : MISSES);
    values[at + REQUESTS]! += 1;
    if (latencyMs === undefined) return;
    values[at + MS]! += latencyMs;
    values[at + TIMED]! += 1;
  }
}
