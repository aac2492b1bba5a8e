import { describe, expect, it } from 'vitest';
import { halfWidths } from './intervals.ts';
import { seeded } from './test-random.ts';

/** Errors of a walk from many origins. */
function walkErrors(origins: number, horizon: number): Float64Array[] {
  const random = seeded(4);
  return Array.from({ length: origins }, () => {
    let sum = 0;
    return Float64Array.from({ length: horizon }, () => (sum += random.normal()));
  });
}

describe('halfWidths', () => {
  const origins = Array.from({ length: 400 }, (_, k) => 100 + k);

  it('are those of the errors, and grow as they do', () => {
    const { within80, within95 } = halfWidths(walkErrors(400, 16), origins, 600, 16, 1, 400);
    expect(within95[0]).toBeGreaterThan(1.8);
    expect(within95[0]).toBeLessThan(2.4);
    expect(within95[15]! / within95[0]!).toBeGreaterThan(3.3);
    expect(within95[15]! / within95[0]!).toBeLessThan(4.7);
    within80.forEach((width, h) => expect(width).toBeLessThan(within95[h]!));
  });

  it('never shrink with distance, and grow with the root beyond the back-test', () => {
    const { within80 } = halfWidths([Float64Array.of(3, 1, 2, 2)], [10], 20, 16, 1, 1);
    within80.slice(1).forEach((width, h) => expect(width).toBeGreaterThanOrEqual(within80[h]!));
    expect(within80[15]! / within80[3]!).toBeCloseTo(2, 9);
  });

  it('are wider the fewer stretches they come from', () => {
    const errors = walkErrors(400, 4);
    const width = (stretches: number): number =>
      halfWidths(errors, origins, 600, 4, 1, stretches).within95[0]!;
    expect(width(2)).toBeGreaterThan(width(5));
    expect(width(5)).toBeGreaterThan(width(50));
  });

  it('follow the phase of the season', () => {
    const random = seeded(6);
    const errors = origins.map((origin) =>
      Float64Array.from({ length: 4 }, (_, h) => ((origin + h) % 2 === 0 ? 5 : 1) * random.normal()),
    );
    const { within80 } = halfWidths(errors, origins, 600, 2, 2, 100);
    expect(within80[0]! / within80[1]!).toBeGreaterThan(3.5);
  });

  it('skip what was not observed, and are 0 where there was no error', () => {
    const { within95 } = halfWidths([Float64Array.of(0, Number.NaN, 0)], [5], 9, 3, 1, 1);
    expect([...within95]).toEqual([0, 0, 0]);
  });
});
