import { expect, it } from 'vitest';
import { seasonalNaiveError, symmetricPercentageError } from './accuracy.ts';

it('symmetricPercentageError is 0 for a hit, 200 at most, and the same both ways', () => {
  expect(symmetricPercentageError(0, 0)).toBe(0);
  expect(symmetricPercentageError(5, 0)).toBe(200);
  expect(symmetricPercentageError(1, 3)).toBe(100);
  expect(symmetricPercentageError(3, 1)).toBe(100);
});

it('seasonalNaiveError is the mean distance of values a period apart', () => {
  expect(seasonalNaiveError([1, 2, 4, 8], 1)).toBeCloseTo(7 / 3, 12);
  expect(seasonalNaiveError([1, 2, 4, 8], 2)).toBe(4.5);
  expect(seasonalNaiveError([1], 1)).toBe(0);
});
