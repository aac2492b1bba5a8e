/**
 * Random numbers from a published summary of a distribution: mean, median, four
 * upper quantiles. Between the quantiles the values are taken as evenly spread;
 * the least value, which is not published, is chosen so that the mean comes out.
 */

import type { RandomStream } from './random.ts';

/** The summary, as the files have it. */
export interface QuantileSummary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** A distribution to draw from: values at cumulative probabilities. */
export class QuantileDistribution {
  readonly #values: readonly number[];

  constructor(summary: QuantileSummary) {
    const { mean, p50, p90, p95, p99, max } = summary;
    // Half of the values lie between the least and the median, so they contribute (least + median) / 4.
    const upper =
      0.4 * middle(p50, p90) + 0.05 * middle(p90, p95) + 0.04 * middle(p95, p99) + 0.01 * middle(p99, max);
    const least = Math.min(p50, Math.max(Math.min(1, p50), 4 * (mean - upper) - p50));
    this.#values = [least, p50, p90, p95, p99, max];
  }

  /** One value, to the nearest integer. */
  draw(random: RandomStream): number {
    const point = random.uniform();
    let segment = 0;
    while (segment < probabilities.length - 2 && point >= (probabilities[segment + 1] ?? 1)) segment += 1;
    const [low = 0, high = 0] = this.#values.slice(segment, segment + 2);
    const [from = 0, to = 1] = probabilities.slice(segment, segment + 2);
    return Math.round(low + ((high - low) * (point - from)) / (to - from));
  }
}

const probabilities: readonly number[] = [0, 0.5, 0.9, 0.95, 0.99, 1];

function middle(low: number, high: number): number {
  return (low + high) / 2;
}
