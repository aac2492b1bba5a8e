/**
 * The combination: methods weigh by a power of their inverse loss in the
 * back-test, and the outer parts of a step's weighted forecasts are cut off
 * before the rest is averaged. With a season, methods differ much and the rule
 * is sharp and nearly a median, which one method gone astray cannot move;
 * without one they differ little and are nearly averaged, since choosing between
 * forecasts of near random walks adds more error than it takes away.
 * Sources: Petropoulos and Svetunkov, International Journal of Forecasting 36
 * (2020), for the median; Timmermann, "Forecast Combinations" (2006), for why
 * estimated weights should stay close to equal ones.
 */
import { symmetricPercentageError } from './accuracy.ts';

/** How forecasts are put together. */
export interface CombinationRule {
  /** Exponent of the inverse loss. */
  readonly sharpness: number;
  /** Share of the weight cut off at each end of a step's forecasts, below 1/2. */
  readonly trim: number;
}

/** The rule for histories with a season or with many zeros, and for the others. */
export const decisiveRule: CombinationRule = { sharpness: 5, trim: 0.4 };
export const blendingRule: CombinationRule = { sharpness: 3, trim: 0.15 };

/** With fewer independent stretches of back-test the weights are more alike. */
const stretchesForFullSharpness = 4;
/** Loss of a method that is wrong where the best is exact, in units of the best. */
const worstShare = 1e6;

/** What the methods said in the back-test, and what came. */
export interface BacktestRecord {
  /** forecasts[method][origin][step]. */
  readonly forecasts: readonly (readonly Float64Array[])[];
  readonly origins: readonly number[];
  readonly values: Float64Array;
  /** 1 where a value was observed. */
  readonly observed: Uint8Array;
  /** How many times the forecasts' length the back-test covers. */
  readonly stretches: number;
}

/** Weights of the methods, summing to 1. The loss is half absolute, half relative error. */
export function weightsOf(record: BacktestRecord, rule: CombinationRule): Float64Array {
  const { forecasts, origins, values, observed, stretches } = record;
  const absolute = new Float64Array(forecasts.length);
  const relative = new Float64Array(forecasts.length);
  forecasts.forEach((paths, method) => {
    origins.forEach((origin, index) => {
      const path = paths[index]!;
      for (let h = 0; h < path.length; h++) {
        if (observed[origin + h] !== 1) continue;
        const actual = values[origin + h]!;
        absolute[method]! += Math.abs(actual - path[h]!);
        relative[method]! += symmetricPercentageError(actual, path[h]!);
      }
    });
  });
  const absoluteBest = Math.min(...absolute);
  const relativeBest = Math.min(...relative);
  const exponent = rule.sharpness * Math.min(1, stretches / stretchesForFullSharpness);
  const raw = absolute.map((sum, method) => {
    const loss = share(sum, absoluteBest) + share(relative[method]!, relativeBest);
    return (2 / loss) ** exponent;
  });
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return raw.map((weight) => weight / total);
}

function share(loss: number, best: number): number {
  if (best > 0) return Math.min(worstShare, loss / best);
  return loss > 0 ? worstShare : 1;
}

/** The trimmed weighted mean of the methods' forecasts at each step: paths[method][step]. */
export function combined(
  paths: readonly Float64Array[],
  weights: Float64Array,
  rule: CombinationRule,
): Float64Array {
  const order = paths.map((_, method) => method);
  return Float64Array.from({ length: paths[0]!.length }, (_, h) => {
    order.sort((a, b) => paths[a]![h]! - paths[b]![h]!);
    // Distances from one of them are averaged, so that equal forecasts give exactly themselves.
    const base = paths[order[order.length >> 1]!]![h]!;
    let passed = 0;
    let sum = 0;
    let total = 0;
    for (const method of order) {
      const from = Math.max(passed, rule.trim);
      passed += weights[method]!;
      const within = Math.min(passed, 1 - rule.trim) - from;
      if (within <= 0) continue;
      sum += within * (paths[method]![h]! - base);
      total += within;
    }
    const least = paths[order[0]!]![h]!;
    const most = paths[order.at(-1)!]![h]!;
    return Math.min(most, Math.max(least, base + sum / total));
  });
}
