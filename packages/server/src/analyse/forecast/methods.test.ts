import { describe, expect, it } from 'vitest';
import { autoregressionForecasts, lagsFor } from './autoregression.ts';
import { decompose } from './decomposition.ts';
import { lastSeason, lastValue, lineAndSeason, seasonMean, theta } from './plain.ts';
import { methodsFor } from './pool.ts';
import { smoothingForecasts } from './smoothing.ts';
import { seeded } from './test-random.ts';

const wave = (period: number, t: number): number => Math.sin((2 * Math.PI * t) / period);

describe('plain methods', () => {
  const values = Float64Array.of(1, 2, 3, 5, 6, 7);

  it('forecast from each origin with what was known there', () => {
    expect(lastValue(values, [2, 6], 2).map((path) => [...path])).toEqual([
      [2, 2],
      [7, 7],
    ]);
    expect(lastSeason(values, [3, 6], 4, 3).map((path) => [...path])).toEqual([
      [1, 2, 3, 1],
      [5, 6, 7, 5],
    ]);
  });

  it('seasonMean weighs older seasons less', () => {
    expect(seasonMean(values, [6], 1, 3, 0.5)[0]![0]).toBeCloseTo((5 + 0.5 * 1) / 1.5, 12);
  });

  it('lineAndSeason continues a line with phases exactly', () => {
    const both = Float64Array.from({ length: 30 }, (_, t) => 2 * t + [4, 0, 9][t % 3]!);
    const [path] = lineAndSeason(both, [30], 6, 3);
    path!.forEach((value, h) => expect(value).toBeCloseTo(2 * (30 + h) + [4, 0, 9][(30 + h) % 3]!, 9));
  });

  it('theta adds half the slope of the whole', () => {
    const line = Float64Array.from({ length: 40 }, (_, t) => t);
    const [path] = theta(line, [40], 2);
    expect(path![1]! - path![0]!).toBeCloseTo(0.5, 9);
  });
});

describe('smoothing', () => {
  it('of noise about a level comes near the mean', () => {
    const random = seeded(1);
    const values = Float64Array.from({ length: 400 }, () => 10 + random.normal());
    const [path] = smoothingForecasts(values, [400], 3, { slope: 'none', seasons: [], errorMemory: false });
    expect(path![2]).toBeCloseTo(10, 0);
  });

  it('fits weights on what the first origin knows only', () => {
    const random = seeded(2);
    const values = Float64Array.from({ length: 120 }, () => random.normal());
    const other = values.map((value, t) => (t < 80 ? value : value + 50));
    const shape = { slope: 'damped', seasons: [], errorMemory: false } as const;
    expect(smoothingForecasts(values, [80, 120], 4, shape)[0]).toEqual(
      smoothingForecasts(other, [80, 120], 4, shape)[0],
    );
  });

  it('follows two seasons at once', () => {
    const value = (t: number): number => 5 * wave(12, t) + 3 * wave(84, t);
    const values = Float64Array.from({ length: 500 }, (_, t) => value(t));
    const [path] = smoothingForecasts(values, [500], 40, {
      slope: 'none',
      seasons: [12, 84],
      errorMemory: true,
    });
    path!.forEach((predicted, h) => expect(Math.abs(predicted - value(500 + h))).toBeLessThan(0.2));
  });
});

describe('autoregression', () => {
  it('recovers the memory of a first-order process', () => {
    const random = seeded(3);
    let state = 0;
    const values = Float64Array.from({ length: 4000 }, () => (state = 0.8 * state + random.normal()));
    const shape = { seasons: [], lags: [1], lagPenalty: 0, seasonPenalty: 0 };
    const [path] = autoregressionForecasts(values, [4000], 2, shape);
    expect(path![1]! / path![0]!).toBeCloseTo(0.8, 1);
  });

  it('never runs away', () => {
    const values = Float64Array.from({ length: 60 }, (_, t) => 1.3 ** t);
    const shape = { seasons: [], lags: [1, 2], lagPenalty: 0, seasonPenalty: 0 };
    const [path] = autoregressionForecasts(values, [60], 50, shape);
    expect(Math.max(...path!)).toBeLessThanOrEqual(2 * 1.3 ** 59);
  });

  it('looks at lags that the history has room for', () => {
    expect(lagsFor([24, 168], 700)).toEqual([1, 2, 3, 23, 24, 25, 48, 167, 168, 169]);
    expect(lagsFor([24], 80)).toEqual([1, 2, 3, 23, 24, 25]);
  });
});

describe('decomposition', () => {
  it('takes a trend and two seasons apart', () => {
    const values = Float64Array.from({ length: 480 }, (_, t) => 0.05 * t + 5 * wave(8, t) + 3 * wave(56, t));
    const { adjusted, trend, cycles } = decompose(values, [8, 56]);
    expect(cycles.map((cycle) => cycle.length)).toEqual([8, 56]);
    for (let t = 60; t < 420; t++) {
      expect(Math.abs(trend[t]! - 0.05 * t)).toBeLessThan(0.3);
      expect(Math.abs(adjusted[t]! - 0.05 * t)).toBeLessThan(0.5);
    }
  });

  it('is not led astray by an outlier', () => {
    const clean = Float64Array.from({ length: 200 }, (_, t) => 5 * wave(10, t));
    const spiked = clean.slice();
    spiked[155] = 500;
    const [cycle] = decompose(spiked, [10]).cycles;
    cycle!.forEach((value, phase) => expect(Math.abs(value - 5 * wave(10, phase))).toBeLessThan(0.5));
  });
});

describe('the pool', () => {
  it('grows with the history and leaves seasonless methods out where the season is plain', () => {
    const names = (seasons: number[], first: number, strong: boolean): string[] =>
      methodsFor(seasons, first, strong).map(({ name }) => name);
    expect(names([], 3, false)).toEqual(['naive']);
    expect(names([], 8, false)).toEqual(['naive', 'ses', 'holt', 'damped', 'theta']);
    expect(names([24], 100, true)).not.toContain('naive');
    expect(names([24], 100, false)).toContain('naive');
    expect(names([24, 168], 400, true)).toContain('double-seasonal-memory');
  });

  it('has distinct names, and every method answers every origin with numbers', () => {
    const random = seeded(7);
    const values = Float64Array.from({ length: 420 }, (_, t) => 20 + 5 * wave(24, t) + random.normal());
    const methods = methodsFor([24, 168], 340, false);
    expect(new Set(methods.map(({ name }) => name)).size).toBe(methods.length);
    for (const { run } of methods) {
      const paths = run(values, [340, 377, 420], 30);
      expect(paths.map((path) => path.length)).toEqual([30, 30, 30]);
      expect(paths.every((path) => path.every(Number.isFinite))).toBe(true);
    }
  });

  it('has no method that sees beyond its origin', () => {
    const random = seeded(8);
    const values = Float64Array.from({ length: 420 }, (_, t) => 20 + 5 * wave(24, t) + random.normal());
    const changed = values.map((value, t) => (t < 360 ? value : -value));
    for (const { name, run } of methodsFor([24, 168], 340, false)) {
      const [first, second] = run(values, [340, 360], 12);
      expect([name, first, second]).toEqual([name, ...run(changed, [340, 360], 12)]);
    }
  });
});
