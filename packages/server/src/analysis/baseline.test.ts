import { describe, expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import { Baseline } from './baseline.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const START_MS = Date.UTC(2026, 10, 2);

/** A day that rises from noon to midnight, weekends at half. */
function usual(atMs: number): number {
  const hour = (atMs % DAY_MS) / HOUR_MS;
  const weekend = ((Math.floor(atMs / DAY_MS) + 4) % 7) % 6 === 0;
  return (weekend ? 0.5 : 1) * (100 + 40 * Math.sin(((hour - 9) / 24) * 2 * Math.PI));
}

/** A baseline after so many days of that with noise of this size. */
function learnt(days: number, noise: number): { baseline: Baseline; endMs: number } {
  const random = new RandomStream(7);
  const baseline = new Baseline();
  const endMs = START_MS + days * DAY_MS;
  for (let atMs = START_MS; atMs < endMs; atMs += MINUTE_MS)
    baseline.learn(atMs, usual(atMs) + noise * (random.uniform() * 2 - 1));
  return { baseline, endMs };
}

describe('a baseline', () => {
  it('knows the hour of the day and of the week', () => {
    const { baseline, endMs } = learnt(28, 5);
    for (const hours of [1, 9, 15, 21, 5 * 24 + 15, 6 * 24 + 9]) {
      const atMs = endMs + hours * HOUR_MS + 30 * MINUTE_MS;
      expect(Math.abs(baseline.usual(atMs) - usual(atMs))).toBeLessThan(15);
    }
  });

  it('gives the spread of values about it', () => {
    // Evenly spread noise of ±5 has a mean distance of 2.5, which is a normal deviation of 3.1.
    const { baseline } = learnt(14, 5);
    expect(baseline.spread).toBeGreaterThan(2.8);
    expect(baseline.spread).toBeLessThan(3.8);
  });

  it('does not take an incident of an hour for a habit', () => {
    const { baseline, endMs } = learnt(14, 5);
    const before = baseline.usual(endMs + 2 * HOUR_MS);
    for (let atMs = endMs; atMs < endMs + HOUR_MS; atMs += MINUTE_MS) baseline.learn(atMs, usual(atMs) * 20);
    expect(Math.abs(baseline.usual(endMs + 2 * HOUR_MS) - before)).toBeLessThan(3);
  });

  it('comes to a new level in some days', () => {
    const { baseline, endMs } = learnt(14, 5);
    for (let atMs = endMs; atMs < endMs + 7 * DAY_MS; atMs += MINUTE_MS)
      baseline.learn(atMs, usual(atMs) + 60);
    const atMs = endMs + 7 * DAY_MS + 15 * HOUR_MS;
    expect(Math.abs(baseline.usual(atMs) - usual(atMs) - 60)).toBeLessThan(15);
  });

  it('goes on from a kept state as if nothing had happened', () => {
    const { baseline, endMs } = learnt(10, 5);
    const other = new Baseline();
    other.restore(JSON.parse(JSON.stringify(baseline.state())));
    for (let atMs = endMs; atMs < endMs + 3 * HOUR_MS; atMs += MINUTE_MS) {
      expect(other.expected(atMs)).toBeCloseTo(baseline.expected(atMs), 4);
      baseline.learn(atMs, 90);
      other.learn(atMs, 90);
    }
  });

  it('is moved little by minutes that were judged before their events came', () => {
    const random = new RandomStream(7);
    const [whole, late] = [new Baseline(), new Baseline()];
    const endMs = START_MS + 14 * DAY_MS;
    // Of one hour of the last day nothing was there when it was judged.
    const missed = endMs - 12 * HOUR_MS;
    for (let atMs = START_MS; atMs < endMs; atMs += MINUTE_MS) {
      const value = usual(atMs) + 10 * (random.uniform() * 2 - 1);
      whole.learn(atMs, value);
      late.learn(atMs, atMs >= missed && atMs < missed + HOUR_MS ? 0 : value);
    }
    const spreads = (atMs: number): number => Math.abs(late.usual(atMs) - whole.usual(atMs)) / whole.spread;
    const hours = Array.from({ length: 7 * 24 }, (_none, hour) => endMs + (hour + 0.5) * HOUR_MS);
    const sameHour = hours.filter((atMs) => Math.abs(((atMs - missed) % DAY_MS) / HOUR_MS - 0.5) <= 1);
    const others = hours.filter((atMs) => !sameHour.includes(atMs));
    expect(Math.max(...others.map(spreads))).toBeLessThan(0.5);
    // Less than what is odd, and that at the worst: the hour has been seen on two such days.
    expect(Math.max(...sameHour.map(spreads))).toBeLessThan(3);
  });
});
