/** How sure figures of a sample are: 95 % intervals of shares and of means. */

import { studentQuantile } from '../analyse/forecast/student.ts';

/** An estimate with its interval; null where there is nothing to estimate from. */
export interface Estimate {
  readonly value: number | null;
  /** The 95 % interval; null where one observation or none says how far values vary. */
  readonly low: number | null;
  readonly high: number | null;
  /** How many requests it rests on. */
  readonly requests: number;
}

/** What is known of the values of a sample. */
export interface Moments {
  readonly n: number;
  readonly mean: number | null;
  /** With n - 1 as the divisor; null below two values. */
  readonly variance: number | null;
}

const CONFIDENCE = 0.95;
/** How many deviations of the normal distribution hold 95 %. */
const Z = 1.959963984540054;

/**
 * A share with the score interval of Wilson ("Probable inference, the law of succession, and statistical
 * inference", JASA 22, 1927), which stays within 0 and 1 and is right for few requests and for shares near 1 too.
 */
export function estimateShare(part: number, whole: number): Estimate {
  if (whole === 0) return { value: null, low: null, high: null, requests: 0 };
  const share = part / whole;
  const shrunk = 1 + Z ** 2 / whole;
  const centre = (share + Z ** 2 / (2 * whole)) / shrunk;
  const half = (Z / shrunk) * Math.sqrt((share * (1 - share)) / whole + Z ** 2 / (4 * whole ** 2));
  return {
    value: share,
    // The formula gives exactly 0 and 1 at the ends, but for rounding.
    low: part === 0 ? 0 : centre - half,
    high: part === whole ? 1 : centre + half,
    requests: whole,
  };
}

/**
 * A mean of what is never negative, with the interval of Student's t (NIST/SEMATECH e-Handbook of Statistical
 * Methods, 1.3.5.2).
 */
export function estimateMean({ n, mean, variance }: Moments): Estimate {
  if (mean === null || variance === null || n < 2) return { value: mean, low: null, high: null, requests: n };
  const half = studentQuantile(CONFIDENCE, n - 1) * Math.sqrt(variance / n);
  return { value: mean, low: Math.max(0, mean - half), high: mean + half, requests: n };
}
