/**
 * Point forecasts with their intervals, for single steps and for running sums.
 * Errors of neighbouring steps go together, so the interval of a sum is not the
 * sum of intervals: it is taken from the sums of errors in the back-test.
 */
import type { BacktestOutcome } from './backtest.ts';
import type { History } from './history.ts';
import { halfWidths } from './intervals.ts';
import { mean } from './numeric.ts';
import { type Transform, powerTransform } from './transform.ts';

/** Steps after which a step's size counts half in how restless the series is. */
const paceHalfLife = 20;

/** Stretches of back-test that count as one of the opinion that sums are those of the medians. */
const stretchesPrior = 2;

/** Point forecasts and intervals per step, lower95 <= lower80 <= point <= upper80 <= upper95. */
export interface Bands {
  readonly point: number[];
  readonly lower80: number[];
  readonly upper80: number[];
  readonly lower95: number[];
  readonly upper95: number[];
}

/** Intervals of the single steps, from errors on the scale of the model. */
export function stepBands(
  history: History,
  outcome: BacktestOutcome,
  horizon: number,
  nonNegative: boolean,
): Bands {
  const { transform, scaled, values } = history;
  const pace = paceOf(history);
  const errors = outcome.past.map((path, index) => {
    const origin = outcome.origins[index]!;
    const expected = transform.forward(path);
    const unit = pace[origin]!;
    return expected.map((value, h) =>
      history.observed[origin + h] === 1 ? (scaled[origin + h]! - value) / unit : Number.NaN,
    );
  });
  const period = history.seasons[0] ?? 1;
  const widths = halfWidths(errors, outcome.origins, values.length, horizon, period, outcome.stretches);
  const now = pace[values.length]!;
  return around(
    outcome.point,
    widths.within80.map((width) => width * now),
    widths.within95.map((width) => width * now),
    transform,
    nonNegative,
  );
}

/**
 * How restless the series was at each number of values known: the root of a
 * moving mean of step sizes over their mean. Calm and restless spells follow
 * each other in series without a season, so their errors are compared on it;
 * with a season it stays 1, as the phase tells more.
 */
function paceOf(history: History): Float64Array {
  const { modelled, seasons } = history;
  const pace = new Float64Array(modelled.length + 1).fill(1);
  const sizes = new Float64Array(Math.max(0, modelled.length - 1));
  for (let t = 0; t < sizes.length; t++) sizes[t] = Math.abs(modelled[t + 1]! - modelled[t]!);
  const usual = mean(sizes);
  if (seasons.length > 0 || usual <= 0) return pace;
  const fade = 0.5 ** (1 / paceHalfLife);
  let current = usual;
  sizes.forEach((size, t) => {
    current = fade * current + (1 - fade) * size;
    pace[t + 2] = Math.sqrt(0.2 + (0.8 * current) / usual);
  });
  return pace;
}

/** Intervals of the sums of the first 1, 2, … steps. */
export function cumulativeBands(
  history: History,
  outcome: BacktestOutcome,
  horizon: number,
  nonNegative: boolean,
): Bands {
  const { values } = history;
  const actual = outcome.origins.map((origin) => runningSum(values.subarray(origin, origin + outcome.ahead)));
  const expected = outcome.past.map(runningSum);
  const share = nonNegative ? sumPerMedian(actual, expected, outcome.stretches) : 1;
  const point = runningSum(outcome.point).map((sum) => share * sum);
  const positive = [...expected, ...actual, point].every((path) => path.every((sum) => sum > 0));
  const transform = powerTransform(positive && nonNegative ? 0 : 1);
  // Errors are those before the correction by `share`, which was learnt from them and would make them look smaller.
  const errors = expected.map((path, index) => {
    const scaled = transform.forward(path);
    return transform.forward(actual[index]!).map((sum, h) => sum - scaled[h]!);
  });
  const widths = halfWidths(errors, outcome.origins, values.length, horizon, 1, outcome.stretches);
  const bands = around(point, widths.within80, widths.within95, transform, nonNegative);
  return nonNegative ? { ...bands, lower80: rising(bands.lower80), lower95: rising(bands.lower95) } : bands;
}

/**
 * What sums came to in the back-test, relative to the sums of point forecasts.
 * Those are medians, and the sum of medians falls short where values are skewed
 * (bursts, rare large days). Drawn towards 1 while stretches are few.
 */
function sumPerMedian(
  actual: readonly Float64Array[],
  medians: readonly Float64Array[],
  stretches: number,
): number {
  const total = (paths: readonly Float64Array[]): number => mean(paths.map((path) => path.at(-1)!));
  const ratio = total(actual) / total(medians);
  return ratio > 0 && Number.isFinite(ratio) ? ratio ** (stretches / (stretches + stretchesPrior)) : 1;
}

/** The running sums of a path. */
export function runningSum(path: Float64Array): Float64Array {
  let sum = 0;
  return path.map((value) => (sum += value));
}

/** A sum of values that cannot be negative never falls. */
function rising(bounds: readonly number[]): number[] {
  let most = Number.NEGATIVE_INFINITY;
  return bounds.map((bound) => (most = Math.max(most, bound)));
}

/** Bands around `point` whose half-widths are on the scale of `transform`. */
export function around(
  point: Float64Array,
  within80: Float64Array,
  within95: Float64Array,
  transform: Transform,
  nonNegative: boolean,
): Bands {
  const centre = transform.forward(point);
  const bound = (widths: Float64Array, side: -1 | 1): number[] => {
    const moved = transform.backward(centre.map((value, h) => value + side * widths[h]!));
    return Array.from(moved, (value, h) => {
      const limited = Math.min(Number.MAX_VALUE, Math.max(nonNegative ? 0 : -Number.MAX_VALUE, value));
      return side < 0 ? Math.min(limited, point[h]!) : Math.max(limited, point[h]!);
    });
  };
  return {
    point: [...point],
    lower80: bound(within80, -1),
    upper80: bound(within80, 1),
    lower95: bound(within95, -1),
    upper95: bound(within95, 1),
  };
}
