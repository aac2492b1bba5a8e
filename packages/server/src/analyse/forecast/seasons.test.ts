import { describe, expect, it } from 'vitest';
import { calendarPeriods, findSeasons, seasonalGain } from './seasons.ts';
import { seeded } from './test-random.ts';

const hourMs = 3_600_000;

function noisy(seed: number, length: number, value: (t: number) => number): Float64Array {
  const random = seeded(seed);
  return Float64Array.from({ length }, (_, t) => value(t) + random.normal());
}

function walk(seed: number, length: number): Float64Array {
  const random = seeded(seed);
  let level = 0;
  return Float64Array.from({ length }, () => (level += random.normal()));
}

describe('calendarPeriods', () => {
  it.each([
    [60_000, [1440, 10_080]],
    [300_000, [288, 2016]],
    [hourMs, [24, 168]],
    [6 * hourMs, [4, 28]],
    [24 * hourMs, [7]],
    [168 * hourMs, [52]],
    [30 * 24 * hourMs, [12]],
    [91 * 24 * hourMs, [4]],
    [365 * 24 * hourMs, []],
    [10_000, [6, 360, 8640]],
    [0, []],
  ])('of a step of %d ms are %j', (stepMs, expected) => {
    expect(calendarPeriods(stepMs)).toEqual(expected);
  });
});

describe('findSeasons', () => {
  it('accepts a day and a week that are there', () => {
    const both = noisy(
      1,
      700,
      (t) => 4 * Math.sin((2 * Math.PI * t) / 24) + 3 * Math.sin((2 * Math.PI * t) / 168),
    );
    expect(findSeasons(both, [24, 168])).toEqual([24, 168]);
  });

  it('does not take the day for a week', () => {
    expect(
      findSeasons(
        noisy(2, 700, (t) => 4 * Math.sin((2 * Math.PI * t) / 24)),
        [24, 168],
      ),
    ).toEqual([24]);
  });

  it('is seldom fooled by random walks', () => {
    const found = Array.from({ length: 100 }, (_, seed) => findSeasons(walk(seed, 400), [7, 52]).length > 0);
    expect(found.filter(Boolean).length).toBeLessThan(10);
  });

  it('finds a season of unknown length', () => {
    const values = noisy(3, 500, (t) => 5 * [0, 2, 1, 7, 3, 0, 0, 4, 1][t % 9]!);
    expect(findSeasons(values, [])).toEqual([9]);
    expect(
      findSeasons(
        noisy(4, 500, () => 0),
        [],
      ),
    ).toEqual([]);
  });

  it('needs two cycles', () => {
    expect(
      findSeasons(
        noisy(5, 40, (t) => 9 * Math.sin((2 * Math.PI * t) / 24)),
        [24],
      ),
    ).toEqual([]);
  });
});

describe('seasonalGain', () => {
  it('is 1 for a pure season, about 0 for noise, and one spike does not hide a season', () => {
    const pure = Float64Array.from({ length: 240 }, (_, t) => [1, 5, 2, 8][t % 4]!);
    expect(seasonalGain(pure, 4)).toBeCloseTo(1, 9);
    expect(
      Math.abs(
        seasonalGain(
          noisy(6, 400, () => 0),
          4,
        ),
      ),
    ).toBeLessThan(0.05);
    const spiked = pure.slice();
    spiked[100] = 1e6;
    expect(seasonalGain(spiked, 4)).toBeGreaterThan(0.5);
  });
});
