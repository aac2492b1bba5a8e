/** How well each balancing algorithm chose of late. */

import { defineMetrics } from '@bellwether/metrics';
import { balancedAlgorithms } from '../../../catalogue/load-balancer/worth.ts';
import { Accounts } from '../../windows/accounts.ts';
import { beforeScrape } from '../../windows/before-scrape.ts';
import { SlidingGauge } from '../../windows/sliding-gauge.ts';
import { fiveMinutes, SlidingSums } from '../../windows/sliding-sums.ts';
import type { FinishedRequest, PackOptions } from '../finished-request.ts';

/** Algorithms that are kept apart. */
const ALGORITHMS_MAX = 100;

const REQUESTS = 0;
const SUCCESSES = 1;
const QUALITY = 2;
const RATED = 3;
const FIELDS = 4;

/** Keeps the last minutes of every algorithm. */
export class AlgorithmsOfLate {
  readonly #accounts: Accounts<{ readonly sums: SlidingSums; readonly gauge: SlidingGauge }>;

  constructor({ registry }: PackOptions) {
    const { effectiveness } = defineMetrics(
      { effectiveness: balancedAlgorithms.effectiveness },
      { registry },
    );
    const now = (): number => registry.clock.monotonicMs();
    this.#accounts = new Accounts(Math.min(ALGORITHMS_MAX, registry.limits.seriesMax), (algorithm) => ({
      sums: new SlidingSums(FIELDS, fiveMinutes, now()),
      gauge: SlidingGauge.of(effectiveness, { algorithm }),
    }));
    beforeScrape(registry, [effectiveness], () => {
      const nowMs = now();
      for (const { sums, gauge } of this.#accounts.all) gauge.show(effectivenessOf(sums, nowMs));
    });
  }

  /** Takes a finished request in that the algorithm placed. */
  add(algorithm: string, { status, quality }: FinishedRequest, nowMs: number): void {
    const { sums } = this.#accounts.of(algorithm);
    const { values } = sums;
    const at = sums.at(nowMs);
    values[at + REQUESTS]! += 1;
    if (status === 'success') values[at + SUCCESSES]! += 1;
    if (quality === undefined) return;
    values[at + QUALITY]! += quality;
    values[at + RATED]! += 1;
  }
}

/** The share that succeeded, times the mean quality if there is one. */
function effectivenessOf(sums: SlidingSums, nowMs: number): number {
  const succeeded = sums.sum(SUCCESSES, nowMs) / sums.sum(REQUESTS, nowMs);
  const rated = sums.sum(RATED, nowMs);
  return rated === 0 ? succeeded : (succeeded * sums.sum(QUALITY, nowMs)) / rated;
}
