import { describe, expect, it } from 'vitest';
import { Expectation } from './expectation.ts';
import { seededNormal } from './test-series.ts';

const HOUR_MS = 3_600_000;
const MONDAY_MS = Date.UTC(2026, 10, 16);

/** The mean distance of the best forecast over the last rows of an hourly series. */
function errorOf(valueAt: (hour: number) => number, hours: number): number {
  const expectation = new Expectation();
  let sum = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    expectation.look(MONDAY_MS + hour * HOUR_MS, 50, 10);
    if (hour >= hours - 168) sum += Math.abs(expectation.best - valueAt(hour)) / 168;
    expectation.learn(valueAt(hour));
  }
  return sum;
}

describe('what is expected', () => {
  it('is the long-run mean before anything is known', () => {
    const expectation = new Expectation();
    expectation.look(MONDAY_MS, 42, 1);
    expect([expectation.best, expectation.daily, expectation.weekly]).toEqual([42, 42, 42]);
    expect(expectation.knowsDay).toBe(false);
  });

  it('follows the hour of the day', () => {
    expect(errorOf((hour) => (hour % 24 === 9 ? 100 : 10), 24 * 21)).toBeLessThan(0.1);
  });

  it('follows the hour of the week where days differ', () => {
    const valueAt = (hour: number): number => {
      const day = Math.floor(hour / 24) % 7;
      return day >= 5 ? 20 : 20 + 80 * ((hour * 7) % 24 > 11 ? 1 : 0);
    };
    expect(errorOf(valueAt, 24 * 7 * 8)).toBeLessThan(3);
  });

  it('follows the recent level where hours mean nothing', () => {
    let level = 0;
    const normal = seededNormal(1);
    const values = Array.from({ length: 24 * 60 }, () => (level += normal()));
    expect(errorOf((hour) => values[hour]!, values.length)).toBeLessThan(2.5);
  });

  it('puts an instant before 1970 into its hour', () => {
    const expectation = new Expectation();
    for (let day = -30; day < 0; day += 1) {
      expectation.look(day * 24 * HOUR_MS + 5 * HOUR_MS, 0, 1);
      expectation.learn(7);
    }
    expectation.look(5 * HOUR_MS, 0, 1);
    expect(expectation.daily).toBeCloseTo(7, 12);
    expectation.look(6 * HOUR_MS, 0, 1);
    expect(expectation.daily).toBe(0);
  });
});
