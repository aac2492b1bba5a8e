/** When a difference between shares is more than chance. */

/** Deviations beyond which two shares are taken to differ: chance alone is beyond them once in 370 times. */
const DEVIATIONS = 3;

/** A share: how many of how many. */
export interface Share {
  readonly part: number;
  readonly whole: number;
}

/**
 * Whether the first share is larger than the second by more than chance: the z test of two
 * proportions with pooled variance (NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3).
 */
export function isLarger(a: Share, b: Share): boolean {
  if (a.whole === 0 || b.whole === 0) return false;
  const pooled = (a.part + b.part) / (a.whole + b.whole);
  const variance = pooled * (1 - pooled) * (1 / a.whole + 1 / b.whole);
  return variance > 0 && (a.part / a.whole - b.part / b.whole) / Math.sqrt(variance) > DEVIATIONS;
}
