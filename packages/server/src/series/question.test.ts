import { describe, expect, it } from 'vitest';
import { readFilters, readGrid } from './question.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 10, 17, 30);
const instant = (text: string) => ({ epochSeconds: Date.parse(text) / 1000, nanoseconds: 0 });

describe('a question for series', () => {
  it('joins filters of one dimension and operator, and takes a value to the letter', () => {
    expect(
      readFilters(['provider=openai', 'provider=azure', 'team!=a=b, "c"', 'provider!=x', 'user_id=']),
    ).toEqual([
      { dimension: 'provider', operator: '=', values: ['openai', 'azure'] },
      { dimension: 'team', operator: '!=', values: ['a=b, "c"'] },
      { dimension: 'provider', operator: '!=', values: ['x'] },
      { dimension: 'user_id', operator: '=', values: [''] },
    ]);
    expect(() => readFilters(['provider'])).toThrow(/A filter is a dimension/);
  });

  it('widens a range to whole steps', () => {
    const range = { from: instant('2026-11-20T09:01:00Z'), to: instant('2026-11-20T10:00:01Z') };
    expect(readGrid(range, '15m', NOW_MS)).toEqual({
      fromMs: Date.parse('2026-11-20T09:00:00Z'),
      toMs: Date.parse('2026-11-20T10:15:00Z'),
      stepMs: 900_000,
    });
  });

  it('takes the last day in steps of five minutes if nothing is said', () => {
    expect(readGrid({ from: null, to: null }, undefined, NOW_MS)).toEqual({
      fromMs: Date.parse('2026-11-19T10:15:00Z'),
      toMs: Date.parse('2026-11-20T10:20:00Z'),
      stepMs: 300_000,
    });
  });

  it('refuses steps that are not whole minutes', () => {
    for (const step of ['90', '0', '1x', '-1m', '1.5h'])
      expect(() => readGrid({ from: null, to: null }, step, NOW_MS)).toThrow(/whole number of minutes/);
  });
});
