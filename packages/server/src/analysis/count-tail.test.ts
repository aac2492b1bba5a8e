import { describe, expect, it } from 'vitest';
import { countDecades, logGamma } from './count-tail.ts';

describe('the tail of a count', () => {
  it('has the logarithm of the factorials and of the half', () => {
    let factorial = 0;
    for (let n = 1; n <= 170; n += 1) {
      factorial += Math.log(n);
      expect(logGamma(n + 1)).toBeCloseTo(factorial, 9);
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 11);
  });

  it('is Poisson’s where the spread is that of chance', () => {
    // P(N >= 5) for a mean of 1: 1 - e^-1 (1 + 1 + 1/2 + 1/6 + 1/24).
    const p = 1 - Math.exp(-1) * (1 + 1 + 1 / 2 + 1 / 6 + 1 / 24);
    expect(countDecades(5, 1, 1.0001)).toBeCloseTo(-Math.log10(p), 3);
  });

  it('is geometric where mean and spread say so', () => {
    // A mean of 1 and a spread of 2 is a geometric distribution: P(N >= k) = 2^-k.
    for (const k of [2, 5, 20, 60]) expect(countDecades(k, 1, 2)).toBeCloseTo(k * Math.log10(2), 5);
  });

  it('is nothing where there is no excess', () => {
    expect(countDecades(1, 1, 1.5)).toBe(0);
    expect(countDecades(0, 3, 1.5)).toBe(0);
  });
});
