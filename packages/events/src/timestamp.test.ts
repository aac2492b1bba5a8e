import { describe, expect, it } from 'vitest';
import { epochMsOf, formatRfc3339, instantFromEpochMs, parseRfc3339 } from './timestamp.ts';

describe('parseRfc3339', () => {
  it('agrees with Date to the millisecond on every day of four centuries', () => {
    for (let ms = 0; ms < Date.UTC(2262, 0, 1); ms += 86_400_000 + 12_345_678) {
      const instant = parseRfc3339(new Date(ms).toISOString());
      expect(instant && epochMsOf(instant)).toBe(ms);
    }
  });

  it('keeps nanoseconds and cuts what is finer', () => {
    expect(parseRfc3339('2023-11-16T18:17:03.979960012Z')).toEqual({
      epochSeconds: 1_700_158_623,
      nanoseconds: 979_960_012,
    });
    expect(parseRfc3339('1970-01-01T00:00:00.1234567899Z')?.nanoseconds).toBe(123_456_789);
  });

  it('applies offsets', () => {
    expect(parseRfc3339('2026-01-01T01:30:00+01:30')).toEqual(parseRfc3339('2026-01-01T00:00:00Z'));
    expect(parseRfc3339('2025-12-31T20:00:00-04:00')).toEqual(parseRfc3339('2026-01-01T00:00:00Z'));
  });

  it('takes a leap second as the next second', () => {
    expect(parseRfc3339('2016-12-31T23:59:60Z')).toEqual(parseRfc3339('2017-01-01T00:00:00Z'));
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
    '1969-12-31T23:59:59Z',
    '2263-01-01T00:00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00+25:00',
    'now',
  ])('refuses %s', (text) => {
    expect(parseRfc3339(text)).toBeNull();
  });
});

describe('instantFromEpochMs', () => {
  it('keeps fractions as written', () => {
    expect(instantFromEpochMs(1_700_158_623_979.96)).toEqual({
      epochSeconds: 1_700_158_623,
      nanoseconds: 979_960_000,
    });
    expect(instantFromEpochMs(0.000001)).toEqual({ epochSeconds: 0, nanoseconds: 1 });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e16])('refuses %s', (ms) => {
    expect(instantFromEpochMs(ms)).toBeNull();
  });
});

it.each([
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.120Z',
  '2026-01-01T00:00:00.000001Z',
  '2026-01-01T00:00:00.000000001Z',
])('prints %s as it was read', (text) => {
  const instant = parseRfc3339(text);
  expect(instant && formatRfc3339(instant)).toBe(text);
});
