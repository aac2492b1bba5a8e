import { describe, expect, it } from 'vitest';
import {
  greatestCommonDivisor,
  mean,
  median,
  minimise,
  quantile,
  solveRidge,
  squash,
  unsquash,
} from './numeric.ts';

describe('order statistics', () => {
  it('interpolate, and leave their input alone', () => {
    const values = [4, 1, 3, 2];
    expect(quantile(values, 0)).toBe(1);
    expect(quantile(values, 0.5)).toBe(2.5);
    expect(quantile(values, 1)).toBe(4);
    expect(median([9, 1, 5])).toBe(5);
    expect(values).toEqual([4, 1, 3, 2]);
  });

  it('of nothing are 0', () => {
    expect([mean([]), median([]), quantile([], 0.9)]).toEqual([0, 0, 0]);
  });
});

describe('solveRidge', () => {
  it('solves a symmetric system', () => {
    const solution = solveRidge(Float64Array.of(4, 2, 2, 3), Float64Array.of(8, 7), new Float64Array(2));
    expect(solution[0]).toBeCloseTo(1.25, 12);
    expect(solution[1]).toBeCloseTo(1.5, 12);
  });

  it('gives a redundant unknown nothing instead of failing', () => {
    const solution = solveRidge(Float64Array.of(1, 1, 1, 1), Float64Array.of(2, 2), new Float64Array(2));
    expect([...solution]).toEqual([2, 0]);
  });

  it('shrinks by the penalty', () => {
    expect(solveRidge(Float64Array.of(1), Float64Array.of(2), Float64Array.of(3))[0]).toBe(0.5);
  });
});

describe('minimise', () => {
  it('finds the bottom of a curved valley', () => {
    const valley = ([x = 0, y = 0]: Float64Array): number => (1 - x) ** 2 + 100 * (y - x * x) ** 2;
    const [x, y] = minimise(valley, [-1, 1], 2000, 1e-14);
    expect(x).toBeCloseTo(1, 3);
    expect(y).toBeCloseTo(1, 3);
  });

  it('avoids where the cost is no number', () => {
    const [x] = minimise(([at = 0]) => (at < 0 ? Number.NaN : (at - 0.3) ** 2), [3], 200, 1e-12);
    expect(x).toBeCloseTo(0.3, 3);
  });

  it('stops at its budget', () => {
    let calls = 0;
    minimise(
      (point) => {
        calls++;
        return point[0]! ** 2 + calls * 1e-3;
      },
      [5, 5, 5],
      30,
    );
    expect(calls).toBeLessThan(40);
  });
});

describe('squash', () => {
  it('is undone by unsquash', () => {
    expect(squash(unsquash(0.3, 0.1, 0.9), 0.1, 0.9)).toBeCloseTo(0.3, 12);
    expect(squash(-1e3, 0.1, 0.9)).toBe(0.1);
  });
});

it('greatestCommonDivisor', () => {
  expect([greatestCommonDivisor(14, 24), greatestCommonDivisor(11, 24), greatestCommonDivisor(7, 1)]).toEqual(
    [2, 1, 1],
  );
});
