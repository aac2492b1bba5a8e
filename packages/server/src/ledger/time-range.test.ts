import { expect, it } from 'vitest';
import { hoursBetween, rangeCondition } from './time-range.ts';

it('a range implies the hours that its two ends lie in', () => {
  expect(hoursBetween(7199, 7200)).toBe(
    "indexHint(toStartOfHour(timestamp) >= toDateTime(3600, 'UTC') AND toStartOfHour(timestamp) <= toDateTime(7200, 'UTC'))",
  );
});

it('what hours of 32 bits cannot tell is left out', () => {
  expect(hoursBetween(undefined, 2 ** 32)).toBeNull();
  expect(hoursBetween(3600, 2 ** 32)).toBe("indexHint(toStartOfHour(timestamp) >= toDateTime(3600, 'UTC'))");
});

it('only the instant of events has hours', () => {
  const range = { from: { epochSeconds: 0, nanoseconds: 5 }, to: null };
  expect(rangeCondition(range)).toEqual({
    sql: "indexHint(toStartOfHour(timestamp) >= toDateTime(0, 'UTC')) AND timestamp >= toDateTime64({from:String}, 9, 'UTC')",
    parameters: { from: '1970-01-01 00:00:00.000000005' },
  });
  expect(rangeCondition(range, 'begun').sql).toBe("begun >= toDateTime64({from:String}, 9, 'UTC')");
});
