import { describe, expect, it } from 'vitest';
import { planBacktest } from './backtest.ts';
import { toGrid } from './grid.ts';
import { historyOf } from './history.ts';
import { withoutOutliers } from './outliers.ts';
import { seeded } from './test-random.ts';
import { powerTransform, suitablePower } from './transform.ts';

describe('the scale', () => {
  const random = seeded(1);
  const growing = Float64Array.from({ length: 480 }, (_, t) =>
    Math.exp(t / 100 + 0.3 * Math.sin(t / 2) + 0.02 * random.normal()),
  );

  it('is the logarithm where swings grow with the level, and linear where they do not', () => {
    expect(suitablePower(growing, 24)).toBe(0);
    expect(
      suitablePower(
        Float64Array.from({ length: 480 }, (_, t) => 100 + t + 9 * Math.sin(t / 2)),
        24,
      ),
    ).toBe(1);
  });

  it('is a root at most where values come near 0, and linear where they are negative', () => {
    expect(
      suitablePower(
        growing.map((value, t) => (t === 5 ? 0 : value)),
        24,
      ),
    ).toBe(0.5);
    expect(
      suitablePower(
        growing.map((value) => value - 2),
        24,
      ),
    ).toBe(1);
  });

  it.each([0, 0.5, 1])('power %d is undone by its inverse', (power) => {
    const { forward, backward } = powerTransform(power);
    const values = Float64Array.of(0.25, 1, 9);
    backward(forward(values)).forEach((value, t) => expect(value).toBeCloseTo(values[t]!, 12));
  });
});

describe('withoutOutliers', () => {
  const random = seeded(2);
  const calm = Float64Array.from({ length: 300 }, (_, t) => 10 * (t % 2) + random.normal());

  it('limits one or two odd values and keeps a change of three and more', () => {
    const odd = calm.map((value, t) => (t === 100 || t === 101 ? 1e4 : t >= 200 && t < 203 ? 1e3 : value));
    const cleaned = withoutOutliers(odd, 2);
    expect(Math.max(cleaned[100]!, cleaned[101]!)).toBeLessThan(40);
    expect(Array.from(cleaned.subarray(200, 203))).toEqual([1e3, 1e3, 1e3]);
  });

  it('leaves usual values as they are', () => {
    expect(withoutOutliers(calm, 2)).toEqual(calm);
  });
});

describe('historyOf', () => {
  it('fills gaps from the same phase', () => {
    const values = Array.from({ length: 240 }, (_, t) =>
      t >= 100 && t < 110 ? Number.NaN : [1, 8, 3, 9][t % 4]!,
    );
    const history = historyOf(toGrid({ values }), 4, true);
    expect(history.seasons).toContain(4);
    expect(Array.from(history.values.subarray(100, 104))).toEqual([1, 8, 3, 9]);
    expect(history.observed[104]).toBe(0);
  });

  it('looks back as far as is useful', () => {
    const walk = Array.from({ length: 9000 }, (_, t) => Math.sin(t * t) + t);
    expect(historyOf(toGrid({ values: walk }), undefined, true).values).toHaveLength(1500);
  });
});

describe('planBacktest', () => {
  it('ends a full horizon before the last value and leaves two seasons to learn from', () => {
    const plan = planBacktest(700, 48, [24, 168])!;
    expect(plan.origins.at(-1)).toBe(652);
    expect(plan.origins[0]).toBeGreaterThanOrEqual(337);
    expect(plan.origins).toHaveLength(24);
    expect(plan.ahead).toBe(48);
  });

  it('starts at different phases of the season', () => {
    const { origins } = planBacktest(700, 48, [24])!;
    expect(new Set(origins.map((origin) => origin % 24)).size).toBe(24);
  });

  it('shortens with the history, down to none', () => {
    expect(planBacktest(5, 10, [])).toBeUndefined();
    const plan = planBacktest(10, 48, [])!;
    expect(plan.ahead).toBe(3);
    expect(plan.origins.at(-1)).toBe(7);
  });
});
