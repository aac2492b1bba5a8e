import { describe, expect, it } from 'vitest';
import { type Forecast, forecast } from './forecast.ts';
import type { Bands } from './bands.ts';
import { seeded } from './test-random.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2026, 0, 5);

function at(
  stepMs: number,
  values: readonly number[],
): { timestampsMs: number[]; values: readonly number[] } {
  return { timestampsMs: values.map((_, t) => startMs + t * stepMs), values };
}

function series(length: number, value: (t: number) => number): number[] {
  return Array.from({ length }, (_, t) => value(t));
}

/** Daily wave, weekly wave, memory and noise about a level of 100. */
function busy(seed: number, length: number): number[] {
  const random = seeded(seed);
  let memory = 0;
  return series(length, (t) => {
    memory = 0.7 * memory + random.normal();
    return 100 + 20 * Math.sin((2 * Math.PI * t) / 24) + 8 * Math.sin((2 * Math.PI * t) / 168) + 2 * memory;
  });
}

function walk(seed: number, length: number, drift = 0): number[] {
  const random = seeded(seed);
  let level = 1000;
  return series(length, () => (level += drift + random.normal()));
}

function expectOrdered(bands: Bands): void {
  bands.point.forEach((point, h) => {
    const ladder = [bands.lower95[h]!, bands.lower80[h]!, point, bands.upper80[h]!, bands.upper95[h]!];
    expect(ladder.every(Number.isFinite)).toBe(true);
    expect(ladder).toEqual(ladder.toSorted((a, b) => a - b));
  });
}

function shareWithin(forecasts: readonly Forecast[], futures: readonly number[][], level: 80 | 95): number {
  let within = 0;
  let total = 0;
  forecasts.forEach((made, index) => {
    const lower = level === 80 ? made.lower80 : made.lower95;
    const upper = level === 80 ? made.upper80 : made.upper95;
    futures[index]!.forEach((actual, h) => {
      total++;
      if (actual >= lower[h]! && actual <= upper[h]!) within++;
    });
  });
  return within / total;
}

describe('forecast of what has no noise', () => {
  it.each([
    ['a line', dayMs, (t: number) => 5 + 0.25 * t],
    ['a falling line that crosses 0', dayMs, (t: number) => 10 - 0.4 * t],
    ['a daily season', hourMs, (t: number) => 50 + 10 * Math.sin((2 * Math.PI * t) / 24)],
    [
      'a trend with a daily season of any shape',
      hourMs,
      (t: number) => 0.03 * t + [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8][(t % 24) >> 1]!,
    ],
    ['a weekly season in days', dayMs, (t: number) => [10, 12, 11, 13, 15, 4, 3][t % 7]!],
  ])('continues %s', (_, stepMs, value) => {
    const { point } = forecast(at(stepMs, series(400, value)), { horizon: 30 });
    point.forEach((predicted, h) => expect(predicted).toBeCloseTo(value(400 + h), 5));
  });

  it('continues a season that grows with the level to within one percent', () => {
    const value = (t: number): number => (100 + 0.2 * t) * (1 + 0.5 * Math.sin((2 * Math.PI * t) / 24));
    const { point } = forecast(at(hourMs, series(720, value)), { horizon: 48 });
    point.forEach((predicted, h) => expect(Math.abs(predicted / value(720 + h) - 1)).toBeLessThan(0.01));
  });

  it('follows a line for half as long as it was seen, then stays level', () => {
    const { point } = forecast({ values: series(20, (t) => 3 * t) }, { horizon: 30 });
    expect(point[9]).toBeCloseTo(87, 0);
    expect(point[29]).toBe(point[12]);
  });

  it('finds constants and zeros without any width once there are twenty', () => {
    for (const constant of [7.5, 0, -3]) {
      const made = forecast({ values: series(40, () => constant) }, { horizon: 5 });
      for (const name of ['point', 'lower80', 'upper80', 'lower95', 'upper95'] as const) {
        expect(made[name]).toEqual(
          [constant, constant, constant, constant, constant].map((value) => value + 0),
        );
      }
      expect(made.backtest.smape).toBe(0);
    }
  });
});

describe('forecast of few values', () => {
  it.each([1, 2, 3, 5, 6, 8, 13])('is ordered, and wider the further ahead, for %i', (count) => {
    const made = forecast({ values: walk(3, count) }, { horizon: 6 });
    expectOrdered(made);
    expectOrdered(made.cumulative);
    expect(made.upper95[5]! - made.lower95[5]!).toBeGreaterThan(made.upper95[0]! - made.lower95[0]!);
  });

  it('is the last value, and wide, for one to five', () => {
    const made = forecast({ values: [4, 8] }, { horizon: 2 });
    expect(made.point).toEqual([8, 8]);
    expect(made.lower95).toEqual([0, 0]);
    expect(made.upper95[0]).toBeGreaterThan(16);
    expect(made.backtest).toEqual({ smape: null, mase: null });
    expect(made.seasons).toEqual([]);
  });

  it('is narrower the more is known', () => {
    const width = (count: number): number => {
      const made = forecast({ values: series(count, (t) => 10 + (t % 2)) }, { horizon: 1 });
      return made.upper95[0]! - made.lower95[0]!;
    };
    expect([1, 2, 4, 8, 16].map(width)).toEqual([1, 2, 4, 8, 16].map(width).toSorted((a, b) => b - a));
  });
});

describe('intervals', () => {
  it('cover the future of noisy seasonal series', () => {
    const all = Array.from({ length: 40 }, (_, seed) => busy(100 + seed, 648));
    const made = all.map((values) => forecast(at(hourMs, values.slice(0, 600)), { horizon: 48 }));
    const futures = all.map((values) => values.slice(600));
    expect(shareWithin(made, futures, 80)).toBeGreaterThan(0.74);
    expect(shareWithin(made, futures, 80)).toBeLessThan(0.92);
    expect(shareWithin(made, futures, 95)).toBeGreaterThan(0.92);
    expect(shareWithin(made, futures, 95)).toBeLessThan(0.99);
  });

  it('cover the future of random walks, step by step and summed', () => {
    const all = Array.from({ length: 120 }, (_, seed) => walk(500 + seed, 314));
    const made = all.map((values) => forecast(at(dayMs, values.slice(0, 300)), { horizon: 14 }));
    const futures = all.map((values) => values.slice(300));
    expect(shareWithin(made, futures, 80)).toBeGreaterThan(0.74);
    expect(shareWithin(made, futures, 80)).toBeLessThan(0.9);
    expect(shareWithin(made, futures, 95)).toBeGreaterThan(0.92);
    expect(shareWithin(made, futures, 95)).toBeLessThan(0.985);
    let sum = 0;
    const within = made.filter(({ cumulative }, index) => {
      sum = futures[index]!.reduce((total, value) => total + value, 0);
      return sum >= cumulative.lower95[13]! && sum <= cumulative.upper95[13]!;
    });
    expect(within.length / made.length).toBeGreaterThan(0.9);
  });

  it('of sums are not the sums of intervals', () => {
    const made = forecast(at(dayMs, busy(4, 400)), { horizon: 30 });
    const steps = made.upper95.reduce((sum, value, h) => sum + value - made.point[h]!, 0);
    expect(made.cumulative.upper95[29]! - made.cumulative.point[29]!).toBeLessThan(0.8 * steps);
  });

  it('are ordered, and never narrower further ahead where there is no season', () => {
    const made = forecast({ values: walk(9, 500).map((value) => value - 1000) }, { horizon: 40 });
    expectOrdered(made);
    const widths = made.upper80.map((upper, h) => upper - made.lower80[h]!);
    widths.slice(1).forEach((width, h) => expect(width).toBeGreaterThanOrEqual(widths[h]! - 1e-9));
  });

  it('stay at 0 or above for what was never negative, unless told otherwise', () => {
    const random = seeded(8);
    const values = series(300, () => random.poisson(0.7));
    const bounded = forecast({ values }, { horizon: 10 });
    expect(Math.min(...bounded.lower95, ...bounded.point)).toBe(0);
    const free = forecast({ values }, { horizon: 10, nonNegative: false });
    expect(Math.min(...free.lower95)).toBeLessThan(0);
    expectOrdered(bounded);
    expectOrdered(free);
  });

  it('may reach below 0 where the history does', () => {
    const values = walk(2, 200).map((value) => value - 1000);
    expect(Math.min(...forecast({ values }, { horizon: 20 }).lower95)).toBeLessThan(0);
  });
});

describe('equivariance', () => {
  it('to scale: exact for powers of two, to rounding for others', () => {
    const values = busy(1, 500);
    const plain = forecast(at(hourMs, values), { horizon: 24 });
    for (const factor of [2 ** -40, 2 ** 30]) {
      const scaled = forecast(
        at(
          hourMs,
          values.map((value) => value * factor),
        ),
        { horizon: 24 },
      );
      expect(scaled.point).toEqual(plain.point.map((value) => value * factor));
      expect(scaled.lower95).toEqual(plain.lower95.map((value) => value * factor));
    }
    const scaled = forecast(
      at(
        hourMs,
        values.map((value) => value * 1.37),
      ),
      { horizon: 24 },
    );
    scaled.point.forEach((value, h) => expect(value / 1.37).toBeCloseTo(plain.point[h]!, 1));
  });

  it('to shift, but for the part that relative errors have in the weights', () => {
    const values = walk(6, 400).map((value) => value - 1000);
    const plain = forecast({ values }, { horizon: 10, nonNegative: false });
    const shifted = forecast(
      { values: values.map((value) => value - 500) },
      { horizon: 10, nonNegative: false },
    );
    shifted.point.forEach((value, h) => {
      const half = plain.upper80[h]! - plain.point[h]!;
      expect(Math.abs(value + 500 - plain.point[h]!)).toBeLessThan(0.2 * half);
    });
  });

  it('to the time at which a series begins', () => {
    const values = busy(3, 400);
    const here = forecast(at(hourMs, values), { horizon: 12 });
    const later = forecast(
      { timestampsMs: values.map((_, t) => startMs + (t + 13) * hourMs), values },
      { horizon: 12 },
    );
    expect(later.point).toEqual(here.point);
  });
});

describe('gaps and odd times', () => {
  it('are filled with the season in mind', () => {
    const random = seeded(12);
    const values = busy(21, 600);
    const whole = forecast(at(hourMs, values), { horizon: 24 });
    const kept = values.map((_, t) => t).filter((t) => !random.chance(0.15) && !(t > 300 && t < 330));
    const broken = forecast(
      { timestampsMs: kept.map((t) => startMs + t * hourMs), values: kept.map((t) => values[t]!) },
      { horizon: 24 },
    );
    expect(broken.seasons).toEqual(whole.seasons);
    expect(broken.timestampsMs).toEqual(whole.timestampsMs);
    const apart = broken.point.map((value, h) => Math.abs(value - whole.point[h]!));
    expect(Math.max(...apart)).toBeLessThan(4);
  });

  it('NaN is a gap, order and doublets do not matter', () => {
    const values = busy(22, 300);
    const plain = forecast(at(hourMs, values), { horizon: 6 });
    const { timestampsMs } = at(hourMs, values);
    const mixed = [...values.keys()].toReversed();
    const shuffled = forecast(
      {
        timestampsMs: [...mixed.map((t) => timestampsMs[t]!), timestampsMs[7]!],
        values: [...mixed.map((t) => values[t]!), values[7]!],
      },
      { horizon: 6 },
    );
    expect(shuffled).toEqual(plain);
    const holed = forecast(
      { timestampsMs, values: values.map((value, t) => (t === 250 ? Number.NaN : value)) },
      { horizon: 6 },
    );
    holed.point.forEach((value, h) => expect(Math.abs(value - plain.point[h]!)).toBeLessThan(3));
  });

  it('times that jitter make the same grid', () => {
    const random = seeded(5);
    const values = busy(23, 400);
    const jittered = forecast(
      { timestampsMs: values.map((_, t) => startMs + t * hourMs + random.between(-6e4, 6e4)), values },
      { horizon: 24 },
    );
    expect(jittered.seasons[0]).toBe(24);
    expect(jittered.timestampsMs![0]! - (startMs + 400 * hourMs)).toBeLessThan(3e5);
  });
});

describe('seasons', () => {
  it('come from the calendar where the step is known', () => {
    expect(forecast(at(hourMs, busy(2, 700)), { horizon: 2 }).seasons).toEqual([24, 168]);
  });

  it('come from the data where it is not', () => {
    expect(forecast({ values: busy(2, 700) }, { horizon: 2 }).seasons[0]).toBe(24);
    expect(forecast({ values: walk(2, 700) }, { horizon: 2 }).seasons).toEqual([]);
  });

  it('come from the caller, as far as two cycles are there', () => {
    const values = series(120, (t) => 10 + [5, 1, 0, 2, 8][t % 5]!);
    expect(forecast({ values }, { horizon: 2, period: 5 }).seasons).toContain(5);
    expect(forecast({ values: walk(1, 30) }, { horizon: 2, period: 20 }).seasons).toEqual([]);
  });

  it('of the calendar are still found when the caller names none', () => {
    const values = series(140, (t) => [10, 12, 11, 13, 15, 4, 3][t % 7]!);
    expect(forecast(at(dayMs, values), { horizon: 2, period: 1 }).seasons).toEqual([7]);
  });
});

describe('limits', () => {
  it.each([1e300, 1e-300])('values around %d stay finite and ordered', (size) => {
    const made = forecast(
      at(
        hourMs,
        busy(7, 200).map((value) => value * size),
      ),
      { horizon: 12 },
    );
    expectOrdered(made);
    expect(made.point[0]! / size).toBeGreaterThan(50);
  });

  it('survives a single spike', () => {
    const values = busy(8, 500).map((value, t) => (t === 480 ? value * 1e6 : value));
    const { point } = forecast(at(hourMs, values), { horizon: 24 });
    point.forEach((value) => expect(value).toBeLessThan(200));
  });

  it('is the same every time and leaves its input alone', () => {
    const values = Object.freeze(busy(9, 400));
    const once = forecast(at(hourMs, values), { horizon: 24 });
    expect(forecast(at(hourMs, values), { horizon: 24 })).toEqual(once);
    expect(values).toEqual(busy(9, 400));
  });

  it.each([0, -1, 1.5, 10_001, Number.NaN])('refuses a horizon of %d', (horizon) => {
    expect(() => forecast({ values: [1, 2] }, { horizon })).toThrow(RangeError);
  });

  it('refuses a wrong period, no values, and times that do not match', () => {
    expect(() => forecast({ values: [1, 2] }, { horizon: 1, period: 0 })).toThrow(RangeError);
    expect(() => forecast({ values: [] }, { horizon: 1 })).toThrow('no values');
    expect(() => forecast({ values: [Number.NaN] }, { horizon: 1 })).toThrow('no values');
    expect(() => forecast({ timestampsMs: [1], values: [1, 2] }, { horizon: 1 })).toThrow(RangeError);
  });
});
