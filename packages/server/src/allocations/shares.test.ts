import { describe, expect, it } from 'vitest';
import { divideByWeights } from './shares.ts';

describe('shares', () => {
  it('give what is left to the largest remainders, the first of equals first', () => {
    expect(divideByWeights(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
    expect(divideByWeights(10n, [1n, 2n, 3n])).toEqual([2n, 3n, 5n]);
    expect(divideByWeights(1n, [1n, 2n])).toEqual([0n, 1n]);
    expect(divideByWeights(7n, [0n, 5n])).toEqual([0n, 7n]);
    expect(divideByWeights(7n, [])).toEqual([]);
  });

  it('sum to the amount whatever the weights, each within one of its exact share', () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let round = 0; round < 500; round++) {
      const amount = BigInt(Math.floor(random() * 1e15));
      const weights = Array.from({ length: 1 + Math.floor(random() * 50) }, () =>
        BigInt(Math.floor(random() * 1e9)),
      );
      weights.push(1n);
      const parts = divideByWeights(amount, weights);
      const total = weights.reduce((sum, weight) => sum + weight, 0n);
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
      for (const [index, part] of parts.entries()) {
        const exact = amount * (weights[index] ?? 0n);
        expect(part * total > exact - total && part * total < exact + total).toBe(true);
      }
    }
  });
});
