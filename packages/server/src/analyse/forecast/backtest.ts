/**
 * Rolling-origin back-tests: which points of the history the methods are asked
 * to forecast from, what came of it, and what the same combination says ahead.
 */
import { type BacktestError, seasonalNaiveError, symmetricPercentageError } from './accuracy.ts';
import { blendingRule, combined, decisiveRule, weightsOf } from './combine.ts';
import type { History } from './history.ts';
import { greatestCommonDivisor } from './numeric.ts';
import { type NamedMethod, methodsFor } from './pool.ts';

/** Where the back-test stands. */
export interface BacktestPlan {
  /** Numbers of values known, ascending. */
  readonly origins: readonly number[];
  /** Steps forecast from each origin. */
  readonly ahead: number;
  /** How many stretches of that length, end to end, the back-test covers: what its errors are worth. */
  readonly stretches: number;
}

/** What the combination did in the past, and its point forecast. */
export interface BacktestOutcome extends BacktestPlan {
  readonly methods: readonly NamedMethod[];
  /** One per method, summing to 1. */
  readonly weights: Float64Array;
  /** The combination's forecasts in the past, per origin. */
  readonly past: readonly Float64Array[];
  /** The combination's forecast of the steps after the history. */
  readonly point: Float64Array;
  readonly error: BacktestError;
}

const originsMost = 24;
const shortestHistory = 6;
const zerosShareLeast = 0.05;
/** What is below this, where the largest value is about 1, is rounding and stands for 0. */
const negligible = 1e-9;

/**
 * Up to 24 origins in the latter part of `n` values, the last of them a full
 * back-test horizon before the end. The earliest leaves `firstLeast` values to
 * learn from where that is possible. Undefined when the history is too short.
 */
export function planBacktest(
  n: number,
  horizon: number,
  seasons: readonly number[],
): BacktestPlan | undefined {
  if (n < shortestHistory) return undefined;
  const ahead = Math.max(1, Math.min(horizon, Math.floor(0.3 * n)));
  const last = n - ahead;
  const firstLeast = Math.max(3, 2 * (seasons.at(-1) ?? 1) + 1, Math.ceil(0.4 * n));
  const room = last - Math.min(last, firstLeast);
  const period = seasons[0] ?? 1;
  const spacing = spacingOf(Math.min(Math.ceil(0.8 * ahead), Math.floor(room / (originsMost - 1))), period);
  const count = Math.min(originsMost, 1 + Math.floor(room / spacing));
  const origins = Array.from({ length: count }, (_, k) => last - (count - 1 - k) * spacing);
  return { origins, ahead, stretches: (n - origins[0]!) / ahead };
}

/** The largest spacing up to `most` at which origins fall on different phases of the season. */
function spacingOf(most: number, period: number): number {
  let spacing = Math.max(1, most);
  while (spacing > 1 && greatestCommonDivisor(spacing, period) !== 1) spacing--;
  return spacing;
}

/** Back-tests every method on `history`, weighs them and forecasts `horizon` steps; undefined if too short. */
export function backtest(
  history: History,
  horizon: number,
  nonNegative: boolean,
): BacktestOutcome | undefined {
  const { values, modelled, transform } = history;
  const n = values.length;
  const plan = planBacktest(n, horizon, history.seasons);
  if (plan === undefined) return undefined;
  const { origins, ahead } = plan;
  const back = (path: Float64Array): Float64Array => {
    const plain = transform.backward(path);
    return nonNegative ? plain.map((value) => (value > negligible ? value : 0)) : plain;
  };
  const methods: NamedMethod[] = [];
  const pasts: Float64Array[][] = [];
  const futures: Float64Array[] = [];
  for (const method of methodsFor(history.seasons, origins[0]!, history.seasonIsStrong)) {
    const past = method.run(modelled, origins, ahead).map(back);
    const future = back(method.run(modelled, [n], horizon)[0]!);
    if (!future.every(Number.isFinite) || !past.every((path) => path.every(Number.isFinite))) continue;
    methods.push(method);
    pasts.push(past);
    futures.push(future);
  }
  const rule = history.seasons.length > 0 || isIntermittent(values) ? decisiveRule : blendingRule;
  const record = { forecasts: pasts, origins, values, observed: history.observed, stretches: plan.stretches };
  const weights = weightsOf(record, rule);
  const past = origins.map((_, index) =>
    combined(
      pasts.map((paths) => paths[index]!),
      weights,
      rule,
    ),
  );
  const error = errorOf(past, plan, history);
  return { ...plan, methods, weights, past, point: combined(futures, weights, rule), error };
}

/** Whether zeros are frequent: then means of forecasts are neither zero nor what comes instead. */
function isIntermittent(values: Float64Array): boolean {
  let zeros = 0;
  for (const value of values) if (value === 0) zeros++;
  return zeros > zerosShareLeast * values.length;
}

function errorOf(past: readonly Float64Array[], plan: BacktestPlan, history: History): BacktestError {
  let absolute = 0;
  let relative = 0;
  let count = 0;
  plan.origins.forEach((origin, index) => {
    past[index]!.forEach((value, h) => {
      if (history.observed[origin + h] !== 1) return;
      absolute += Math.abs(history.values[origin + h]! - value);
      relative += symmetricPercentageError(history.values[origin + h]!, value);
      count++;
    });
  });
  if (count === 0) return { smape: null, mase: null };
  const yardstick = seasonalNaiveError(history.values, history.mainPeriod);
  return { smape: relative / count, mase: yardstick > 0 ? absolute / count / yardstick : null };
}
