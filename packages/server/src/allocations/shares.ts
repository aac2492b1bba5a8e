/** Divides an amount by weights so that the parts sum to it exactly. */

import type { PicoUsd } from '@bellwether/events';

/**
 * Divides by the method of the largest remainder (Hamilton): each part is its exact
 * share rounded down, and the units that are left go to the largest remainders, the
 * first of equal ones first.
 *
 * @param amount at least 0.
 * @param weights at least 0, and not all 0 unless there are none.
 * @example divideByWeights(10n, [1n, 1n, 1n]) // [4n, 3n, 3n]
 */
export function divideByWeights(amount: PicoUsd, weights: readonly bigint[]): PicoUsd[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (weights.length === 0) return [];
  if (total <= 0n) throw new RangeError('the weights must not all be 0');
  const parts = weights.map((weight) => (amount * weight) / total);
  const left = Number(amount - parts.reduce((sum, part) => sum + part, 0n));
  const order = weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % total }))
    .toSorted((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  for (const { index } of order.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}
