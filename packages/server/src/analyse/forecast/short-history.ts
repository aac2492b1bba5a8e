/**
 * Intervals for histories of a few values, which admit how little is known. The
 * step deviation is that of the differences, together with one imagined
 * difference of half the level; it grows with the root of the distance and is
 * taken with Student's quantiles for as many degrees of freedom as there are
 * values. Up to five values nothing can be back-tested and these are the
 * intervals; up to twenty the back-tested ones are drawn towards them.
 */
import type { Bands } from './bands.ts';
import { mean } from './numeric.ts';
import { studentQuantile } from './student.ts';

/** From this many values on the back-test speaks alone. */
const ownedFrom = 20;
/** Share of the level that an unseen step may be expected to move. */
const imaginedShare = 0.5;

/** The last value repeated, without any width yet: what is forecast from one to five values. */
export function lastValueBands(values: Float64Array, horizon: number): { each: Bands; running: Bands } {
  const last = values.at(-1)!;
  const flat = (point: number[]): Bands => ({
    point,
    lower80: [...point],
    upper80: [...point],
    lower95: [...point],
    upper95: [...point],
  });
  const steps = Array.from({ length: horizon }, (_, h) => h + 1);
  return { each: flat(steps.map(() => last)), running: flat(steps.map((count) => count * last)) };
}

/** Draws the intervals of single steps towards those that so short a history allows. */
export function widenEach(bands: Bands, values: Float64Array, nonNegative: boolean): Bands {
  return widened(bands, values, nonNegative, (h) => Math.sqrt(h + 1));
}

/** As `widenEach`, for running sums. */
export function widenRunning(bands: Bands, values: Float64Array, nonNegative: boolean): Bands {
  // The sum of a random walk's first h steps has the variance h (h + 1) (2 h + 1) / 6.
  return widened(bands, values, nonNegative, (h) => Math.sqrt(((h + 1) * (h + 2) * (2 * h + 3)) / 6));
}

function widened(
  bands: Bands,
  values: Float64Array,
  nonNegative: boolean,
  spread: (h: number) => number,
): Bands {
  const n = values.length;
  if (n >= ownedFrom) return bands;
  const level = mean(values.map(Math.abs));
  let squares = (imaginedShare * (level > 0 ? level : 1)) ** 2;
  for (let t = 1; t < n; t++) squares += (values[t]! - values[t - 1]!) ** 2;
  const deviation = Math.sqrt(squares / n);
  const ownShare = n < 6 ? 0 : n / ownedFrom;
  const moved = (bounds: readonly number[], side: -1 | 1, quantile: number): number[] =>
    bounds.map((bound, h) => {
      const own = Math.abs(bound - bands.point[h]!);
      const imagined = quantile * deviation * spread(h);
      const value = bands.point[h]! + side * (ownShare * own + (1 - ownShare) * imagined);
      return nonNegative ? Math.max(0, value) : value;
    });
  const t80 = studentQuantile(0.8, n);
  const t95 = studentQuantile(0.95, n);
  return {
    point: bands.point,
    lower80: moved(bands.lower80, -1, t80),
    upper80: moved(bands.upper80, 1, t80),
    lower95: moved(bands.lower95, -1, t95),
    upper95: moved(bands.upper95, 1, t95),
  };
}
