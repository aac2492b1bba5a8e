/**
 * Ranks that say no more than the figures do. Of two whose intervals overlap neither
 * is taken to be the better one, so a rank is a range. Source: Goldstein and
 * Spiegelhalter, "League tables and their limitations", JRSS A 159 (1996).
 */

import type { Estimate } from './intervals.ts';

/** What backends are ranked by, each with whether more of it is better. */
export const measures = { success: 'more', latency: 'less', cost: 'less' } as const;
export type Measure = keyof typeof measures;

/** The names of the measures. */
export const measureNames = Object.keys(measures) as readonly Measure[];

/** The places that one can have: so many are surely better, and so many surely worse. The best place is 1. */
export interface Rank {
  readonly best: number;
  readonly worst: number;
}

/** The rank of each; null where an interval is missing, which counts for nobody else. */
export function rank(measure: Measure, estimates: readonly Estimate[]): (Rank | null)[] {
  const bounds = estimates.map((estimate) => boundsOf(measure, estimate));
  const known = bounds.filter((bound) => bound !== null);
  return bounds.map((own) => {
    if (own === null) return null;
    const better = known.filter((other) => other.bad > own.good).length;
    const worse = known.filter((other) => other.good < own.bad).length;
    return { best: 1 + better, worst: known.length - worse };
  });
}

/**
 * Orders two by the worse end of their intervals, the better one first: who has few requests has a wide interval
 * and is not put first by luck. Those without an interval come last.
 */
export function compare(measure: Measure, a: Estimate, b: Estimate): number {
  const [one, other] = [boundsOf(measure, a), boundsOf(measure, b)];
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return other.bad - one.bad;
}

/** Both ends of an interval, turned so that more is better. */
function boundsOf(measure: Measure, { low, high }: Estimate): { good: number; bad: number } | null {
  if (low === null || high === null) return null;
  return measures[measure] === 'more' ? { good: high, bad: low } : { good: -low, bad: -high };
}
