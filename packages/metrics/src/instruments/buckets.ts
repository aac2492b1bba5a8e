/** The bounds of histogram buckets: the defaults, the generators, and their check. */
import { MetricsError } from '../errors.ts';

/** Bounds for the latency of web requests, in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** `count` bounds from `start` on, each `width` above the last. Throws BUCKET_GENERATOR unless `count` is positive. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (!(count >= 1))
    throw new MetricsError('BUCKET_GENERATOR', { detail: 'Linear buckets needs a positive count' });
  return Array.from({ length: count }, (_none, index) => start + index * width);
}

/**
 * `count` bounds from `start` on, each `factor` times the last. Throws
 * BUCKET_GENERATOR unless start and count are positive and the factor is above 1.
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  const detail = !(start > 0)
    ? 'Exponential buckets needs a positive start'
    : !(count >= 1)
      ? 'Exponential buckets needs a positive count'
      : !(factor > 1)
        ? 'Exponential buckets needs a factor greater than 1'
        : undefined;
  if (detail !== undefined) throw new MetricsError('BUCKET_GENERATOR', { detail });
  const buckets: number[] = [];
  let bound = start;
  for (let index = 0; index < count; index++) {
    buckets.push(bound);
    bound *= factor;
  }
  return buckets;
}

/** The finite bounds of a histogram. A last bound of +Inf is dropped, since it is always there. */
export function requireBounds(name: string, buckets: readonly number[]): Float64Array {
  const bounds = buckets.at(-1) === Infinity ? buckets.slice(0, -1) : buckets;
  bounds.forEach((bound, index) => {
    const previous = bounds[index - 1] ?? -Infinity;
    if (!Number.isFinite(bound) || bound <= previous) {
      throw new MetricsError('BUCKETS_INVALID', { name, detail: `got ${bounds.join(', ')}` });
    }
  });
  return Float64Array.from(bounds);
}
