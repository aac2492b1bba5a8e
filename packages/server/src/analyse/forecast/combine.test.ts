import { describe, expect, it } from 'vitest';
import { blendingRule, combined, decisiveRule, weightsOf } from './combine.ts';

const path = (...values: number[]): Float64Array => Float64Array.from(values);

describe('weightsOf', () => {
  const values = path(1, 2, 3, 4, 5, 6);
  const observed = Uint8Array.of(1, 1, 1, 1, 1, 1);

  it('gives a method that is exact everything', () => {
    const forecasts = [[path(4, 5)], [path(9, 9)]];
    const weights = weightsOf({ forecasts, origins: [3], values, observed, stretches: 8 }, decisiveRule);
    expect(weights[0]).toBeGreaterThan(1 - 1e-12);
    expect(weights[0]! + weights[1]!).toBeCloseTo(1, 12);
  });

  it('gives equal methods equal weights, and better ones more', () => {
    const forecasts = [[path(5, 6)], [path(5, 6)], [path(6, 7)]];
    const [a, b, c] = weightsOf({ forecasts, origins: [3], values, observed, stretches: 8 }, blendingRule);
    expect(a).toBe(b);
    expect(a).toBeGreaterThan(c!);
  });

  it('is more even where the back-test is short', () => {
    const forecasts = [[path(5, 6)], [path(6, 7)]];
    const weights = (stretches: number): number =>
      weightsOf({ forecasts, origins: [3], values, observed, stretches }, decisiveRule)[0]!;
    expect(weights(1)).toBeLessThan(weights(4));
    expect(weights(4)).toBe(weights(40));
  });

  it('does not judge by values that were filled in', () => {
    const forecasts = [[path(4, 0)], [path(5, 5)]];
    const masked = Uint8Array.of(1, 1, 1, 1, 0, 1);
    const weights = weightsOf(
      { forecasts, origins: [3], values, observed: masked, stretches: 8 },
      decisiveRule,
    );
    expect(weights[0]).toBeGreaterThan(0.99);
  });
});

describe('combined', () => {
  it('is not moved by one method gone astray', () => {
    const paths = [path(10), path(11), path(12), path(1e9)];
    const even = Float64Array.of(0.25, 0.25, 0.25, 0.25);
    expect(combined(paths, even, decisiveRule)[0]).toBe(11.5);
  });

  it('averages the middle by weight', () => {
    const paths = [path(0), path(10)];
    expect(combined(paths, Float64Array.of(0.5, 0.5), blendingRule)[0]).toBe(5);
    expect(combined(paths, Float64Array.of(0.9, 0.1), blendingRule)[0]).toBe(0);
  });

  it('of equal forecasts is exactly that', () => {
    const third = Float64Array.of(1 / 3, 1 / 3, 1 / 3);
    expect(combined([path(0.1), path(0.1), path(0.1)], third, decisiveRule)[0]).toBe(0.1);
  });
});
