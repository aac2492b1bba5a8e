import { expect, it } from 'vitest';
import { normalQuantile, studentQuantile } from './student.ts';

it.each([
  [0.95, 1, 12.7062],
  [0.95, 2, 4.3027],
  [0.8, 3, 1.6377],
  [0.95, 5, 2.5706],
  [0.99, 7, 3.4995],
  [0.95, 30, 2.0423],
  [0.8, 1000, 1.2824],
])('Student: %d of |t| at %d degrees of freedom lies below %d', (confidence, freedom, expected) => {
  expect(Math.abs(studentQuantile(confidence, freedom) - expected)).toBeLessThan(6e-4);
});

it.each([
  [0.025, -1.959964],
  [0.1, -1.2815516],
  [0.001, -3.0902323],
])('normal: the lower quantile of %d is %d', (tail, expected) => {
  expect(normalQuantile(tail)).toBeCloseTo(expected, 6);
});
