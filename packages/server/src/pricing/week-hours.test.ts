import { describe, expect, it } from 'vitest';
import { SECONDS_PER_DAY, secondOfWeek } from './timeline.ts';
import { weekWindowsOf, windowsHold } from './week-hours.ts';

/** Whether the hours hold at an instant. */
function holds(hours: string, instant: string): boolean {
  return windowsHold(weekWindowsOf(hours) ?? [], secondOfWeek(Date.parse(instant) / 1000));
}

describe('hours of the week', () => {
  it('begin with their first second and end before their last', () => {
    expect(holds('09:00-17:00', '2026-11-20T08:59:59Z')).toBe(false);
    expect(holds('09:00-17:00', '2026-11-20T09:00:00Z')).toBe(true);
    expect(holds('09:00-17:00', '2026-11-20T16:59:59Z')).toBe(true);
    expect(holds('09:00-17:00', '2026-11-20T17:00:00Z')).toBe(false);
  });

  it('are of the days that they name', () => {
    // 20 November 2026 is a Friday.
    expect(holds('mon-fri 09:00-17:00', '2026-11-20T12:00:00Z')).toBe(true);
    expect(holds('mon-fri 09:00-17:00', '2026-11-21T12:00:00Z')).toBe(false);
    expect(holds('sat 09:00-17:00', '2026-11-21T12:00:00Z')).toBe(true);
    expect(holds('fri-mon 09:00-17:00', '2026-11-22T12:00:00Z')).toBe(true);
    expect(holds('fri-mon 09:00-17:00', '2026-11-24T12:00:00Z')).toBe(false);
  });

  it('may run over midnight, and over the end of the week', () => {
    expect(holds('fri 22:00-06:00', '2026-11-21T05:59:59Z')).toBe(true);
    expect(holds('fri 22:00-06:00', '2026-11-20T05:00:00Z')).toBe(false);
    expect(holds('sat 22:00-02:00', '2026-11-22T01:00:00Z')).toBe(true);
    expect(holds('sat 22:00-02:00', '2026-11-22T02:00:00Z')).toBe(false);
    expect(holds('00:00-24:00', '2026-11-22T23:59:59Z')).toBe(true);
  });

  it.each([
    '',
    '9-17',
    '09:00',
    'mo 09:00-17:00',
    '25:00-26:00',
    '24:30-01:00',
    '09:00-09:00',
    'mon,tue 1:00-2:00',
  ])('are not %s', (text) => {
    expect(weekWindowsOf(text)).toBeNull();
  });

  it('count from Sunday', () => {
    expect(secondOfWeek(Date.parse('2026-11-22T00:00:00Z') / 1000)).toBe(0);
    expect(secondOfWeek(Date.parse('1969-12-31T00:00:00Z') / 1000)).toBe(3 * SECONDS_PER_DAY);
  });
});
