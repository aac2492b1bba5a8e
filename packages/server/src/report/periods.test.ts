import { describe, expect, it } from 'vitest';
import { before, periodOf, periodText } from './periods.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 0, 500);

describe('a period', () => {
  it('goes on to the next second, from so many hours back, where it has no ends', () => {
    expect(periodText(periodOf({ from: null, to: null }, NOW_MS, 24))).toEqual({
      from: '2026-11-20T12:00:01Z',
      to: '2026-11-21T12:00:01Z',
    });
  });

  it('is refused when nothing lies in it', () => {
    const from = { epochSeconds: NOW_MS / 1000 + 60, nanoseconds: 0 };
    expect(() => periodOf({ from, to: null }, NOW_MS, 24)).toThrow(/from must be before to/);
    expect(() => periodOf({ from, to: from }, NOW_MS, 24)).toThrow(/from must be before to/);
  });

  it.each([
    ['2026-11-20T00:00:00Z', [0, 0], [86_400, 0], [-86_400, 0]],
    ['nanoseconds', [10, 1], [11, 0], [9, 2]],
    ['nanoseconds', [10, 600_000_000], [11, 200_000_001], [9, 999_999_999]],
  ])(
    'is as long as the one before: %s',
    (_, [fromSeconds = 0, fromNanos = 0], [toSeconds = 0, toNanos = 0], [seconds, nanoseconds]) => {
      const offset = 1_000_000;
      const instant = (s: number, n: number) => ({ epochSeconds: s + offset, nanoseconds: n });
      const earlier = before({ from: instant(fromSeconds, fromNanos), to: instant(toSeconds, toNanos) });
      expect(earlier?.from).toEqual({ epochSeconds: (seconds ?? 0) + offset, nanoseconds });
      expect(earlier?.to).toEqual(instant(fromSeconds, fromNanos));
    },
  );

  it('has none before it in 1970', () => {
    const instant = (epochSeconds: number) => ({ epochSeconds, nanoseconds: 0 });
    expect(before({ from: instant(10), to: instant(21) })).toBeNull();
  });
});
