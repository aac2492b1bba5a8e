/**
 * The measures of forecast error that are reported: those of the M4 competition.
 * Source: Makridakis, Spiliotis, Assimakopoulos, International Journal of
 * Forecasting 36 (2020).
 */

/** How far a forecast was off in back-tests; `null` where the measure has no meaning. */
export interface BacktestError {
  /** Symmetric mean absolute percentage error, 0..200. */
  readonly smape: number | null;
  /** Mean absolute error over the in-sample error of the seasonal naive forecast; below 1 is better than it. */
  readonly mase: number | null;
}

/** 200 |a − f| / (|a| + |f|), 0 where both are 0. */
export function symmetricPercentageError(actual: number, forecast: number): number {
  const size = Math.abs(actual) + Math.abs(forecast);
  return size > 0 ? (200 * Math.abs(actual - forecast)) / size : 0;
}

/** Mean absolute difference of values `period` steps apart: the yardstick of MASE; 0 if there are none. */
export function seasonalNaiveError(values: ArrayLike<number>, period: number): number {
  const count = values.length - period;
  if (count <= 0) return 0;
  let sum = 0;
  for (let t = period; t < values.length; t++) sum += Math.abs(values[t]! - values[t - period]!);
  return sum / count;
}
