import { describe, expect, it } from 'vitest';
import { PeriodCalendar, type PeriodUnit } from './periods.ts';

const at = (text: string): number => Date.parse(text);
const span = (unit: PeriodUnit, zone: string, instant: string, weekStart?: number): string[] => {
  const { startMs, endMs } = new PeriodCalendar(unit, zone, weekStart).at(at(instant));
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
};

describe('periods', () => {
  it.each<[string, PeriodUnit, string, string, string, string]>([
    [
      'a month of 31 days',
      'month',
      'UTC',
      '2026-01-31T23:59:59.999Z',
      '2026-01-01T00:00Z',
      '2026-02-01T00:00Z',
    ],
    ['a leap February', 'month', 'UTC', '2028-02-29T12:00Z', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
    ['a plain February', 'month', 'UTC', '2100-02-28T12:00Z', '2100-02-01T00:00Z', '2100-03-01T00:00Z'],
    [
      'a month of which spring takes an hour',
      'month',
      'Europe/Berlin',
      '2026-03-31T21:59:59Z',
      '2026-02-28T23:00Z',
      '2026-03-31T22:00Z',
    ],
    [
      'a day of 23 hours',
      'day',
      'America/New_York',
      '2026-03-08T12:00Z',
      '2026-03-08T05:00Z',
      '2026-03-09T04:00Z',
    ],
    [
      'a day of 25 hours',
      'day',
      'America/New_York',
      '2026-11-01T12:00Z',
      '2026-11-01T04:00Z',
      '2026-11-02T05:00Z',
    ],
    [
      'a day that begins at one',
      'day',
      'Africa/Cairo',
      '2023-04-28T12:00Z',
      '2023-04-27T22:00Z',
      '2023-04-28T21:00Z',
    ],
    [
      'an offset of 45 minutes',
      'day',
      'Asia/Kathmandu',
      '2026-06-01T00:00Z',
      '2026-05-31T18:15Z',
      '2026-06-01T18:15Z',
    ],
    [
      'a clock moved by half an hour',
      'day',
      'Australia/Lord_Howe',
      '2026-04-04T20:00Z',
      '2026-04-04T13:00Z',
      '2026-04-05T13:30Z',
    ],
    [
      'the day before the one that Samoa skipped',
      'day',
      'Pacific/Apia',
      '2011-12-30T09:59:59Z',
      '2011-12-29T10:00Z',
      '2011-12-30T10:00Z',
    ],
    [
      'the day after it',
      'day',
      'Pacific/Apia',
      '2011-12-30T10:00Z',
      '2011-12-30T10:00Z',
      '2011-12-31T10:00Z',
    ],
    [
      'midnight that comes twice',
      'day',
      'America/St_Johns',
      '2010-11-07T03:00Z',
      '2010-11-07T02:30Z',
      '2010-11-08T03:30Z',
    ],
  ])('know %s', (_, unit, zone, instant, from, to) => {
    expect(span(unit, zone, instant)).toEqual([new Date(from).toISOString(), new Date(to).toISOString()]);
  });

  it('begin weeks on the day that is asked for', () => {
    expect(span('week', 'UTC', '2026-11-22T10:00Z')[0]).toBe('2026-11-16T00:00:00.000Z');
    expect(span('week', 'UTC', '2026-11-22T10:00Z', 0)[0]).toBe('2026-11-22T00:00:00.000Z');
    expect(span('week', 'Asia/Tehran', '2026-11-22T10:00Z', 6)[0]).toBe('2026-11-20T20:30:00.000Z');
  });

  it('never give a month of 30 days a second reset', () => {
    const calendar = new PeriodCalendar('month', 'UTC');
    const resets = new Set<number>();
    for (let ms = at('2026-01-01T00:00Z'); ms < at('2027-01-01T00:00Z'); ms += 3_600_000) {
      resets.add(calendar.at(ms).startMs);
    }
    expect(resets.size).toBe(12);
  });

  const zones = [
    'Africa/Casablanca',
    'America/Havana',
    'America/Sao_Paulo',
    'America/St_Johns',
    'Antarctica/Troll',
    'Asia/Beirut',
    'Australia/Lord_Howe',
    'Europe/London',
    'Pacific/Apia',
    'Pacific/Chatham',
  ];

  it.each(zones)('agree with a walk through %s, quarter of an hour by quarter', (zone) => {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
    const calendar = new PeriodCalendar('day', zone);
    let latest = format.format(at('2009-12-20T00:00Z'));
    const starts: number[] = [];
    for (let ms = at('2009-12-20T00:00Z'); ms < at('2012-01-10T00:00Z'); ms += 900_000) {
      const date = format.format(ms);
      // A date that comes for the first time begins a day; one that comes back does not.
      if (date > latest) {
        latest = date;
        starts.push(ms);
      }
    }
    for (const [n, start] of starts.entries()) {
      const next = starts[n + 1];
      if (next === undefined) break;
      // Some clocks change at one minute past midnight: a walk in quarters sees that to the quarter.
      const period = calendar.at(start + 3_600_000);
      expect(Math.abs(period.startMs - start)).toBeLessThan(900_000);
      expect(Math.abs(period.endMs - next)).toBeLessThan(900_000);
      expect(calendar.at(period.endMs).startMs).toBe(period.endMs);
      expect(calendar.at(period.endMs - 1)).toEqual(period);
    }
  });
});
