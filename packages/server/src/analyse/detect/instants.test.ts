import { describe, expect, it } from 'vitest';
import { formatInstantLike, parseInstant } from './instants.ts';
import { seededRandom } from './test-series.ts';

const NOON_MS = Date.UTC(2026, 10, 20, 12, 34, 56);

describe('instants', () => {
  it.each([
    ['2026-11-20 12:34:56', NOON_MS],
    ['2026-11-20T12:34:56', NOON_MS],
    ['2026-11-20T12:34:56Z', NOON_MS],
    ['2026-11-20t12:34:56z', NOON_MS],
    ['2026-11-20T12:34:56.789Z', NOON_MS + 789],
    ['2026-11-20 12:34:56.789999', NOON_MS + 789],
    ['2026-11-20 12:34:56,5', NOON_MS + 500],
    ['2026-11-20T14:34:56+02:00', NOON_MS],
    ['2026-11-20T05:04:56-0730', NOON_MS],
    ['2026-11-20 12:34', NOON_MS - 56_000],
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['2024-02-29 00:00:00', Date.UTC(2024, 1, 29)],
    ['2016-12-31 23:59:60', Date.UTC(2017, 0, 1)],
    ['1969-12-31 23:59:59', -1000],
    ['0001-01-01', -62_135_596_800_000],
    ['1795178096', 1_795_178_096_000],
    ['1795178096.25', 1_795_178_096_250],
    ['1795178096789', 1_795_178_096_789],
    ['0', 0],
    ['-1', -1000],
  ])('%s', (text, instantMs) => {
    expect(parseInstant(text)).toBe(instantMs);
  });

  it.each(
    [
      '',
      'timestamp',
      '2026-11-31 00:00:00',
      '2023-02-29 00:00:00',
      '1900-02-29',
      '2026-13-01 00:00:00',
      '2026-00-10',
      '2026-11-20 24:00:00',
      '2026-11-20 12:60:00',
      '2026-11-20 12:00:61',
      '2026-11-2012:00:00',
      '2026/11/20 12:00:00',
      '1e9',
      'NaN',
      'Infinity',
      '99999999999999999',
      '2026-11-20 12:34:56 CET',
    ].filter((text) => text !== '20261120'),
  )('%j is none', (text) => {
    expect(parseInstant(text)).toBeNaN();
  });

  it('are the same as the platform reads them', () => {
    const random = seededRandom(1);
    for (let index = 0; index < 2000; index += 1) {
      const instantMs = Math.floor((random() - 0.2) * 4e12);
      const text = new Date(instantMs).toISOString();
      expect(parseInstant(text)).toBe(instantMs);
      expect(parseInstant(text.slice(0, 19).replace('T', ' '))).toBe(Math.floor(instantMs / 1000) * 1000);
    }
  });

  it.each([
    '2026-11-20 12:34:56',
    '2026-11-20T12:34:56Z',
    '2026-11-20T12:34:56.789Z',
    '2026-11-20T14:34:56+02:00',
    '2026-11-20T05:04:56-07:30',
    '2026-11-20',
    '1795178096',
    '1795178096.25',
    '1795178096789',
  ])('%s is written as it is spelt', (text) => {
    expect(formatInstantLike(parseInstant(text), text)).toBe(text);
  });

  it('gives a bare date its time where it has one', () => {
    expect(formatInstantLike(NOON_MS, '2026-11-21')).toBe('2026-11-20 12:34:56');
  });
});
