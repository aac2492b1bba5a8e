import { describe, expect, it } from 'vitest';
import { RandomStream } from '../replay/random.ts';
import { extraordinaryHours, type HourlyLoad, hoursText } from './extraordinary-hours.ts';

/** 2026-10-22T00:00:00Z, a Thursday, in hours. */
const START = Date.UTC(2026, 9, 22) / 3_600_000;

/** Office hours with noise. */
function weeks(days: number, seed = 1): HourlyLoad[] {
  const random = new RandomStream(seed);
  return Array.from({ length: days * 24 }, (_, i) => {
    const [hour, weekday] = [i % 24, (Math.floor(i / 24) + 4) % 7];
    const busy = (hour >= 8 && hour < 18 ? 500 : 60) * (weekday === 0 || weekday === 6 ? 0.2 : 1);
    return { hour: START + i, requests: Math.round(busy * random.logNormal(1, 0.12)) };
  });
}

describe('extraordinary hours', () => {
  it('are those of a job that ran away, and nothing else', () => {
    const hours = weeks(30).map((load, i) =>
      i >= 26 * 24 + 13 && i < 26 * 24 + 16 ? { ...load, requests: load.requests + 800 } : load,
    );
    const found = extraordinaryHours(hours);
    expect(found).toEqual([0, 1, 2].map((i) => START + 26 * 24 + 13 + i));
    expect(hoursText(found, 3)).toBe('2026-11-17 13:00 to 16:00 (UTC)');
  });

  it('are hardly ever found in ordinary weeks', () => {
    const found = Array.from({ length: 20 }, (_, seed) => extraordinaryHours(weeks(30, seed)).length);
    expect(found.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(2);
  });

  it('are not told from a history that is too short', () => {
    const hours = weeks(3);
    expect(extraordinaryHours([...hours, { hour: START + 72, requests: 100_000 }])).toEqual([]);
    expect(extraordinaryHours([])).toEqual([]);
  });

  it('are told as stretches, the last ones by name', () => {
    expect(hoursText([START, START + 1, START + 23, START + 30], 2)).toBe(
      '1 earlier and 2026-10-22 23:00 to 2026-10-23 00:00, 2026-10-23 06:00 to 07:00 (UTC)',
    );
  });
});
