import { describe, expect, it } from 'vitest';
import { toGrid } from './grid.ts';

const dayMs = 86_400_000;
const mondayMs = Date.UTC(2026, 0, 5);

describe('toGrid', () => {
  it('fills gaps on a line and marks them', () => {
    const grid = toGrid({ timestampsMs: [0, 10, 20, 50, 60], values: [1, 2, 3, 6, 7] });
    expect([...grid.values]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect([...grid.observed]).toEqual([1, 1, 1, 0, 0, 1, 1]);
    expect(grid.stepMs).toBe(10);
    expect(grid.timeMs(1)).toBe(70);
  });

  it('averages what falls into one step, in any order', () => {
    const grid = toGrid({ timestampsMs: [20, 0, 10, 10], values: [5, 1, 2, 4] });
    expect([...grid.values]).toEqual([1, 3, 5]);
  });

  it('takes missing values at the ends from the nearest', () => {
    const grid = toGrid({ values: [Number.NaN, 2, Number.NaN, 4, Number.NaN] });
    expect([...grid.values]).toEqual([2, 2, 3, 4, 4]);
    expect([...grid.observed]).toEqual([0, 1, 0, 1, 0]);
    expect(grid.timeMs(1)).toBeUndefined();
  });

  it('refines a step that is never met exactly, so that the grid does not slip', () => {
    const timestampsMs = Array.from({ length: 1000 }, (_, t) => t * 60_000 + ((t * 37) % 100) * 20);
    const grid = toGrid({ timestampsMs, values: timestampsMs });
    expect(grid.values).toHaveLength(1000);
    expect(grid.observed.every((flag) => flag === 1)).toBe(true);
  });

  it('does not invent most of a grid over a huge gap', () => {
    const grid = toGrid({ timestampsMs: [0, 1, 2, 3, 1e9, 1e9 + 1], values: [1, 1, 1, 1, 9, 9] });
    expect(grid.values.length).toBe(120);
    expect(grid.values.at(-1)).toBe(9);
    expect(grid.timeMs(1)).toBe(1e9 + 2);
  });

  it('counts working days where a daily series has no weekends', () => {
    const days = Array.from({ length: 40 }, (_, t) => mondayMs + t * dayMs).filter((_, t) => t % 7 < 5);
    const grid = toGrid({ timestampsMs: days, values: days.map((_, i) => i) });
    expect(grid.workingDays).toBe(true);
    expect(grid.observed.every((flag) => flag === 1)).toBe(true);
    const friday = mondayMs + 39 * dayMs;
    expect(days.at(-1)).toBe(friday);
    expect(grid.timeMs(1)).toBe(friday + 3 * dayMs);
    expect(grid.timeMs(6)).toBe(friday + 10 * dayMs);
  });

  it('counts months in the calendar and keeps to their last day', () => {
    const timestampsMs = [0, 1, 2, 4].map((month) => Date.UTC(2026, month + 1, 0));
    const grid = toGrid({ timestampsMs, values: [1, 2, 3, 5] });
    expect([...grid.values]).toEqual([1, 2, 3, 4, 5]);
    expect(new Date(grid.timeMs(1)!).toISOString()).toBe('2026-06-30T00:00:00.000Z');
    expect(new Date(grid.timeMs(9)!).toISOString()).toBe('2027-02-28T00:00:00.000Z');
  });

  it('gives positions no calendar', () => {
    const grid = toGrid({ timestampsMs: [1, 2, 4], values: [1, 2, 4], times: 'positions' });
    expect([grid.stepMs, grid.timeMs(1)]).toEqual([0, 5]);
    expect([...grid.values]).toEqual([1, 2, 3, 4]);
  });
});
