import { expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import { Group } from './group.ts';
import { shiftsOf } from './shifts.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 2);

it('tells once that a baseline has moved, and of new ones nothing', () => {
  const group = new Group({ model: 'm' }, ['latency_avg_ms'], MINUTE_MS);
  const random = new RandomStream(3);
  let minute = 0;
  const feed = (minutes: number, usualMs: number): void => {
    for (const end = minute + minutes; minute < end; minute += 1)
      group.observe(START_MS + minute * MINUTE_MS, () => usualMs * (0.9 + 0.2 * random.uniform()), 5);
  };
  feed(300, 1000);
  expect(shiftsOf([group], {})).toEqual({ shifts: [], levels: {} });
  feed(3000, 1000);
  const first = shiftsOf([group], {});
  expect(first.shifts).toEqual([]);
  feed(1440, 1000);
  const calm = shiftsOf([group], first.levels);
  expect(calm).toEqual({ shifts: [], levels: first.levels });
  feed(10 * 1440, 3000);
  const moved = shiftsOf([group], calm.levels);
  expect(moved.shifts).toMatchObject([{ measure: 'latency_avg_ms', labels: { model: 'm' } }]);
  expect(Math.abs((moved.shifts[0]?.from ?? 0) - 1000)).toBeLessThan(50);
  expect(moved.shifts[0]?.to).toBeGreaterThan(2400);
  expect(shiftsOf([group], moved.levels).shifts).toEqual([]);
});
