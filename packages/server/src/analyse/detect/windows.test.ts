import { describe, expect, it } from 'vitest';
import { seededNormal } from './test-series.ts';
import { Windows } from './windows.ts';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('trailing windows', () => {
  it('agree with sums made by hand, beside the mean of everything older', () => {
    const normal = seededNormal(1);
    const windows = new Windows([3, 10], 16, 1e9, 5);
    const values: number[] = [];
    for (let row = 0; row < 100; row += 1) {
      values.push(normal());
      windows.push(values.at(-1)!);
      [3, 10].forEach((width, index) => {
        expect(windows.ready(index)).toBe(row + 1 - width > 5);
        if (!windows.ready(index)) return;
        expect(windows.mean(index)).toBeCloseTo(mean(values.slice(-width)), 12);
        expect(windows.olderMean(index)).toBeCloseTo(mean(values.slice(0, -width)), 12);
      });
    }
  });

  it('gather no rounding errors', () => {
    const windows = new Windows([4], 8, 100, 0);
    for (let row = 0; row < 1000; row += 1) windows.push(row % 2 === 0 ? 1e15 : 0.1);
    for (let row = 0; row < 16; row += 1) windows.push(0.1);
    expect(windows.mean(0)).toBeCloseTo(0.1, 15);
  });

  it('go on from their state exactly', () => {
    const normal = seededNormal(2);
    const windows = new Windows([3, 10], 16, 50, 5);
    for (let row = 0; row < 77; row += 1) windows.push(normal());
    const again = new Windows([3, 10], 16, 50, 5);
    again.restore(JSON.parse(JSON.stringify(windows.state())));
    for (let row = 0; row < 40; row += 1) {
      const value = normal();
      windows.push(value);
      again.push(value);
      expect([again.mean(0), again.mean(1), again.olderMean(1)]).toEqual([
        windows.mean(0),
        windows.mean(1),
        windows.olderMean(1),
      ]);
    }
  });
});
