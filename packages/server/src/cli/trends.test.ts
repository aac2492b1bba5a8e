import { expect, it } from 'vitest';
import { trendFigure } from './trends.ts';

it('shows three digits of a slope, however small', () => {
  expect([12_345.6, 805.4, -0.000_412_3, -0, 0, null].map(trendFigure)).toEqual([
    '12,300',
    '805',
    '-0.000412',
    '0',
    '0',
    '?',
  ]);
});
