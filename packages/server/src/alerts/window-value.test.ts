import { describe, expect, it } from 'vitest';
import { readAlertRules, type SeriesSubject } from '../config/index.ts';
import { needsRequests, windowValue } from './window-value.ts';

const MINUTE_MS = 60_000;

function subjectOf(rule: object): SeriesSubject {
  const rules = readAlertRules([{ id: 'r', above: 1, ...rule }]);
  if (typeof rules === 'string') throw new Error(rules);
  const subject = rules[0]?.subject;
  if (subject?.kind !== 'series') throw new Error('no series');
  return subject;
}

/** A value for each of the last minutes before 10:00. */
const series = (...values: number[]) => ({ timestampsMs: values.map((_value, n) => n * MINUTE_MS), values });

describe('the value of a window', () => {
  it.each([
    ['a share by the requests', { measure: 'error_ratio' }, [1, 0.1, Number.NaN], [1, 99, 0], 0.109],
    [
      'the worst step where the rule says so',
      { measure: 'error_ratio', reduce: 'max' },
      [1, 0.1, 0],
      [1, 99, 1],
      1,
    ],
    ['a total by adding up', { measure: 'requests' }, [3, 4, 5], [3, 4, 5], 12],
    [
      'a mean of totals where the rule says so',
      { measure: 'requests', reduce: 'mean' },
      [3, 4, 5],
      [3, 4, 5],
      4,
    ],
  ])('makes %s', (_name, rule, values, counts, expected) => {
    const subject = subjectOf({ window: `${values.length}m`, step: '1m', ...rule });
    expect(windowValue(subject, series(...values), series(...counts), 0)).toBeCloseTo(expected, 12);
  });

  it('is none where no step has one', () => {
    const subject = subjectOf({ measure: 'error_ratio', window: '2m' });
    expect(windowValue(subject, series(Number.NaN, Number.NaN), series(0, 0), 0)).toBeNaN();
  });

  it('leaves out what lies before it', () => {
    const subject = subjectOf({ measure: 'requests', window: '2m' });
    expect(windowValue(subject, series(100, 1, 2), null, MINUTE_MS)).toBe(3);
  });

  it('is none where too few requests came', () => {
    const subject = subjectOf({ measure: 'error_ratio', window: '2m', min_requests: 10 });
    expect(windowValue(subject, series(1, 1), series(4, 5), 0)).toBeNaN();
    expect(windowValue(subject, series(1, 1), null, 0)).toBeNaN();
    expect(windowValue(subject, series(1, 1), series(4, 6), 0)).toBe(1);
  });
});

it.each([
  ['1m', 1],
  ['5m', 1],
  ['15m', 3],
  ['1h', 5],
  ['1d', 120],
  ['7m', 1],
  ['13m', 13],
])('looks at a window of %s in steps of %i minutes', (window, minutes) => {
  expect(subjectOf({ measure: 'requests', window }).stepMs).toBe(minutes * MINUTE_MS);
});

it('asks for requests only where they matter', () => {
  expect(needsRequests(subjectOf({ measure: 'error_ratio' }))).toBe(true);
  expect(needsRequests(subjectOf({ measure: 'error_ratio', step: '5m' }))).toBe(false);
  expect(needsRequests(subjectOf({ measure: 'cost_usd' }))).toBe(false);
  expect(needsRequests(subjectOf({ measure: 'cost_usd', min_requests: 1 }))).toBe(true);
});
