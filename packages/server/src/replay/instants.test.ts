import { formatRfc3339 } from '@bellwether/events';
import { describe, expect, it } from 'vitest';
import { fractionalEpochMs, nanosecondsBetween, parseStart, shiftInstant } from './instants.ts';
import { RandomStream } from './random.ts';

describe('shiftInstant', () => {
  it('undoes nanosecondsBetween exactly, also across the zero of the epoch', () => {
    const random = new RandomStream(1);
    const draw = (): { epochSeconds: number; nanoseconds: number } => ({
      epochSeconds: Math.floor(random.uniform() * 9e9),
      nanoseconds: Math.floor(random.uniform() * 1e9),
    });
    for (let trial = 0; trial < 2000; trial += 1) {
      const [from, to] = [draw(), draw()];
      expect(shiftInstant(from, nanosecondsBetween(from, to))).toEqual(to);
      expect(nanosecondsBetween(from, to)).toBe(-nanosecondsBetween(to, from));
    }
    expect(shiftInstant({ epochSeconds: 0, nanoseconds: 0 }, -1n)).toEqual({
      epochSeconds: -1,
      nanoseconds: 999_999_999,
    });
  });
});

describe('parseStart', () => {
  const nowMs = Date.UTC(2026, 10, 20, 12, 0, 0, 5);
  it.each([
    ['now', '2026-11-20T12:00:00.005Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01T10:00:00.000000001+02:00', '2026-11-01T08:00:00.000000001Z'],
  ])('reads %s', (text, wanted) => {
    const start = parseStart(text, nowMs);
    expect(start && formatRfc3339(start)).toBe(wanted);
  });

  it.each(['', 'tomorrow', '2026-11', '2026-02-30', '1700000000000', '10:00'])('refuses %j', (text) => {
    expect(parseStart(text, nowMs)).toBeNull();
  });
});

describe('fractionalEpochMs', () => {
  it('keeps the part below a millisecond', () => {
    expect(fractionalEpochMs({ epochSeconds: 1_700_000_000, nanoseconds: 250_500_000 })).toBe(
      1_700_000_000_250.5,
    );
  });
});
