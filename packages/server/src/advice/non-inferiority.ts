/**
 * Whether one model answers as well as another, from scores of work that both did: a
 * test of non-inferiority (G. Piaggio et al., CONSORT statement for non-inferiority
 * trials, JAMA 2012) on means that are compared within each application and then
 * weighted by the requests that would move, so that another mix of work is no
 * difference of quality.
 */

/** Scores of one model in one application. */
export interface Scores {
  readonly n: number;
  readonly mean: number;
  /** The variance of a score. */
  readonly variance: number;
}

/** Both models in an application that both served. */
export interface Stratum {
  /** Requests that would move. */
  readonly weight: number;
  readonly present: Scores;
  readonly target: Scores;
}

/** What the test found. */
export interface NonInferiority {
  /** The target's mean less the present one's. */
  readonly difference: number;
  readonly standardError: number;
  /** The one-sided 95 % lower bound of the difference. */
  readonly lower: number;
  /** Whether that bound is above the margin. */
  readonly shown: boolean;
}

/** How much worse a score of 0 to 1 may be and still count as equal. */
export const QUALITY_MARGIN = 0.02;
/** The 95th percentile of the normal distribution. */
const Z = 1.6448536269514722;

/** Tests it. @param strata not empty, each with two scores at least on both sides. */
export function testNonInferiority(strata: readonly Stratum[], margin: number): NonInferiority {
  const whole = strata.reduce((sum, { weight }) => sum + weight, 0);
  let difference = 0;
  let variance = 0;
  for (const { weight, present, target } of strata) {
    const share = weight / whole;
    difference += share * (target.mean - present.mean);
    variance += share ** 2 * (present.variance / present.n + target.variance / target.n);
  }
  const standardError = Math.sqrt(variance);
  const lower = difference - Z * standardError;
  return { difference, standardError, lower, shown: lower > -margin };
}
