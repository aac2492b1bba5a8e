import { describe, expect, it } from 'vitest';
import type { MergeCandidate } from './merge-plan.ts';
import { planMerge } from './merge-plan.ts';
import { DAY_MS } from './test-support.ts';

const settings = { windowMs: 7 * DAY_MS, partitionMs: DAY_MS, mergeSpanMs: 90 * DAY_MS, runsMax: 16 };

function run(entryCount: number, firstDay: number, lastDay: number, fixed = false): MergeCandidate {
  return {
    header: { entryCount, firstArrivalMs: firstDay * DAY_MS, lastArrivalMs: lastDay * DAY_MS },
    fixed,
  };
}

function plan(nowDay: number, ...runs: MergeCandidate[]): number[] | null {
  const range = planMerge(runs, { ...settings, nowMs: nowDay * DAY_MS });
  return range && [range.start, range.end];
}

describe('the merge plan', () => {
  it('leaves alone what is well', () => {
    expect(plan(0)).toBe(null);
    expect(plan(1, run(100, 0, 1))).toBe(null);
    // More than three times as large as all after it.
    expect(plan(1, run(1601, 0, 0.2), run(400, 0.2, 0.3), run(100, 0.3, 0.4))).toBe(null);
  });

  it('merges a run with those after it once it is not three times as large', () => {
    expect(plan(1, run(1500, 0, 0.2), run(400, 0.2, 0.3), run(100, 0.3, 0.4))).toEqual([0, 3]);
    expect(plan(1, run(9000, 0, 0.2), run(300, 0.2, 0.3), run(100, 0.3, 0.4))).toEqual([1, 3]);
  });

  it('merges within the window only what arrived within a partition', () => {
    expect(plan(3, run(100, 0, 0.9), run(100, 0.9, 1.8), run(100, 1.8, 2.7))).toBe(null);
    expect(plan(3, run(100, 0, 0.4), run(100, 0.5, 1), run(100, 1.1, 1.2))).toEqual([0, 2]);
  });

  it('makes one run of a partition that is over, however unequal its runs are', () => {
    expect(plan(3, run(9000, 0, 0.4), run(10, 0.5, 1), run(500, 1.5, 1.9))).toEqual([0, 2]);
  });

  it('merges past the window what arrived within the merge span', () => {
    expect(plan(20, run(100, 0, 1), run(100, 1, 2), run(100, 11, 12))).toEqual([0, 3]);
    expect(plan(20, run(100, 0, 1), run(100, 1, 2), run(100, 12.5, 13))).toEqual([0, 2]);
    expect(plan(20, run(1000, 0, 1), run(100, 1, 2), run(100, 12.5, 13))).toBe(null);
    // The span is over: nothing can be added to the first two any more.
    expect(plan(200, run(1000, 0, 1), run(100, 1, 2), run(100, 95, 96))).toEqual([0, 2]);
  });

  it('does not reach across a run that must stay', () => {
    expect(plan(1, run(100, 0, 0.2), run(100, 0.2, 0.3, true), run(100, 0.3, 0.4))).toBe(null);
    expect(plan(1, run(100, 0, 0.1, true), run(100, 0.2, 0.3), run(100, 0.3, 0.4))).toEqual([1, 3]);
  });

  it('merges no more at once than it may', () => {
    const runs = Array.from({ length: 40 }, (_, index) => run(100, index / 100, index / 100));
    expect(plan(1, ...runs)).toEqual([0, 16]);
  });

  it('takes no harm from a clock that jumped', () => {
    expect(plan(1, run(100, 0, 30), run(100, 0.2, 0.3), run(100, 0.3, 0.4))).toEqual([1, 3]);
    expect(plan(Number.NEGATIVE_INFINITY, run(100, 0, 0.1), run(100, 0.2, 0.3))).toEqual([0, 2]);
  });

  it('keeps runs few and writing bounded over half a year', () => {
    const runs: MergeCandidate[] = [];
    let written = 0;
    let most = 0;
    const SEALS_PER_DAY = 8;
    for (let seal = 0; seal < 180 * SEALS_PER_DAY; seal++) {
      const day = seal / SEALS_PER_DAY;
      runs.push(run(750_000, day, day + 0.99 / SEALS_PER_DAY));
      for (let range = plan(day, ...runs); range; range = plan(day, ...runs)) {
        const [start, end] = range as [number, number];
        const merged = runs.slice(start, end).map(({ header }) => header);
        const sum = merged.reduce((total, { entryCount }) => total + entryCount, 0);
        runs.splice(start, end - start, {
          header: {
            entryCount: sum,
            firstArrivalMs: merged[0]!.firstArrivalMs,
            lastArrivalMs: merged.at(-1)!.lastArrivalMs,
          },
          fixed: false,
        });
        written += sum;
      }
      most = Math.max(most, runs.length);
    }
    // A run for each day of the window, a few of today, a few past the window.
    expect(most).toBeLessThanOrEqual(17);
    const entries = 180 * SEALS_PER_DAY * 750_000;
    expect(written / entries).toBeLessThan(12);
    expect(runs.reduce((sum, { header }) => sum + header.entryCount, 0)).toBe(entries);
  });
});
