import { describe, expect, it } from 'vitest';
import { seeded } from '../forecast/test-random.ts';
import { medianSlope } from './median-slope.ts';
import { trend } from './trend.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 5);

function remembering(seed: number, length: number, memory: number, slope = 0): number[] {
  const random = seeded(seed);
  let state = 0;
  return Array.from({ length }, (_, t) => 100 + slope * t + (state = memory * state + random.normal()));
}

const hourly = (values: readonly number[]): { timestampsMs: number[]; values: readonly number[] } => ({
  timestampsMs: values.map((_, t) => startMs + t * hourMs),
  values,
});

describe('trend', () => {
  it('of a line is that line, per day, whichever way is good', () => {
    const line = hourly(Array.from({ length: 96 }, (_, t) => 50 + 0.5 * t));
    const up = trend(line, { goodWhen: 'up' });
    expect(up.verdict).toBe('improving');
    expect(up.slope).toBeCloseTo(12, 9);
    expect(up.slopeLow).toBeCloseTo(12, 9);
    expect(up.medianSlope).toBeCloseTo(12, 9);
    expect(trend(line, { goodWhen: 'down' }).verdict).toBe('degrading');
    expect(up.project(1).expected).toBeCloseTo(50 + 0.5 * (95 + 24), 9);
  });

  it('falling response times are improving, rising cost is degrading', () => {
    expect(trend({ values: remembering(1, 200, 0.3, -0.1) }, { goodWhen: 'down' }).verdict).toBe('improving');
    expect(trend({ values: remembering(2, 200, 0.3, 0.1) }, { goodWhen: 'down' }).verdict).toBe('degrading');
  });

  it.each([
    [0, 0.08],
    [0.5, 0.1],
    [0.8, 0.11],
    [0.95, 0.11],
  ])('is seldom called where there is none, at memory %d', (memory, most) => {
    const runs = 200;
    let called = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { verdict } = trend(
        { values: remembering(seed, 150, memory) },
        { goodWhen: 'up', changeShareLeast: 0 },
      );
      if (verdict !== 'stable') called++;
    }
    expect(called / runs).toBeLessThan(most);
  });

  it('has an interval that holds the true slope', () => {
    const runs = 200;
    let within = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { slopeLow, slopeHigh } = trend(
        { values: remembering(seed, 150, 0.6, 0.05) },
        { goodWhen: 'up' },
      );
      if (slopeLow <= 0.05 && slopeHigh >= 0.05) within++;
    }
    expect(within / runs).toBeGreaterThan(0.9);
    expect(within / runs).toBeLessThan(0.99);
  });

  it('is worth fewer values the more they remember', () => {
    const worth = (memory: number): number =>
      trend({ values: remembering(5, 300, memory) }, { goodWhen: 'up' }).effectiveCount;
    expect(worth(0)).toBeGreaterThan(200);
    expect(worth(0.9)).toBeLessThan(60);
  });

  it('does not follow outliers', () => {
    const values = remembering(3, 200, 0.2).map((value, t) => (t > 190 && t % 3 === 0 ? 5000 : value));
    expect(trend({ values }, { goodWhen: 'up' }).verdict).toBe('stable');
  });

  it('does not take part of a day for a trend', () => {
    const values = Array.from({ length: 24 * 6 + 8 }, (_, t) => 100 + 30 * Math.sin((2 * Math.PI * t) / 24));
    const { slope, verdict } = trend(hourly(values), { goodWhen: 'up' });
    expect(Math.abs(slope)).toBeLessThan(0.5);
    expect(verdict).toBe('stable');
  });

  it('is stable where the change does not matter', () => {
    const values = Array.from({ length: 100 }, (_, t) => 1000 + 0.01 * t);
    expect(trend({ values }, { goodWhen: 'up' }).verdict).toBe('stable');
    expect(trend({ values }, { goodWhen: 'up', changeShareLeast: 1e-4 }).verdict).toBe('improving');
  });

  it('admits how little a few values say', () => {
    const three = trend({ values: [1, 2, 3] }, { goodWhen: 'up' });
    expect(three.verdict).toBe('stable');
    expect([three.slopeLow, three.slopeHigh]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(trend({ values: [5, 5, 5, 5, 5, 5] }, { goodWhen: 'up' }).slope).toBe(0);
    expect(trend({ values: [0, 0, 0, 0, 0] }, { goodWhen: 'up' }).changeShare).toBeNull();
  });

  it('projects wider the further away', () => {
    const { project } = trend({ values: remembering(4, 100, 0.4, 0.1) }, { goodWhen: 'up' });
    const width = (ahead: number): number => project(ahead).high - project(ahead).low;
    expect(width(50)).toBeGreaterThan(width(1));
  });

  it('skips gaps', () => {
    const values = Array.from({ length: 60 }, (_, t) => (t % 5 === 2 ? Number.NaN : 3 * t));
    expect(trend({ values }, { goodWhen: 'up' }).slope).toBeCloseTo(3, 9);
  });

  it('refuses no values and an odd confidence', () => {
    expect(() => trend({ values: [] }, { goodWhen: 'up' })).toThrow(RangeError);
    expect(() => trend({ values: [1] }, { goodWhen: 'up', confidence: 1 })).toThrow(RangeError);
  });
});

describe('medianSlope', () => {
  it('is the middle of all pairs and ignores an outlier', () => {
    const all = Uint8Array.of(1, 1, 1, 1, 1);
    expect(medianSlope(Float64Array.of(0, 1, 2, 3, 100), all)).toBe(1);
    expect(medianSlope(Float64Array.of(4), Uint8Array.of(1))).toBe(0);
  });
});
