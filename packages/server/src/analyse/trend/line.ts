/**
 * A line through values at equal steps, robust to outliers, with standard errors
 * that allow for autocorrelation.
 * Sources: Huber, "Robust Statistics" (1981), for the limited residuals; Newey
 * and West, Econometrica 55 (1987), for the errors; Andrews, Econometrica 59
 * (1991), for how many lags they look at; the effective sample size of a
 * first-order autoregression as in Bayley and Hammersley, Supplement to the
 * Journal of the Royal Statistical Society 8 (1946).
 */
import { mean, median } from '../forecast/numeric.ts';

/** A fitted line; steps count from the first value. */
export interface Line {
  /** Change per step, and its standard error. */
  readonly slope: number;
  readonly slopeError: number;
  /** The height at `middleStep`, and its standard error. */
  readonly middle: number;
  readonly middleStep: number;
  readonly middleError: number;
  /** How many independent values the residuals are worth. */
  readonly effectiveCount: number;
  /** Degrees of freedom for intervals; 0 when there are too few values for any. */
  readonly freedom: number;
  /** The values without their season. */
  readonly adjusted: Float64Array;
}

const leastValues = 4;
const robustPasses = 6;
/** Residuals beyond this many robust deviations are limited to it. */
const residualLimit = 2.5;
const medianToDeviation = 1.4826;
const memoryMost = 0.98;
/**
 * Below this n (1 − autocorrelation) residuals may well be a random walk, whose
 * trends are accidents (the statistic of Dickey and Fuller's test with a line,
 * Journal of the American Statistical Association 74 (1979)).
 */
const wanderingBelow = 18;

/** Fits a line to the observed values; each phase of `period` (1 for none) may have a height of its own. */
export function fitLine(values: Float64Array, observed: Uint8Array, period: number): Line {
  const steps: number[] = [];
  for (let t = 0; t < values.length; t++) if (observed[t] === 1) steps.push(t);
  let limited = Float64Array.from(steps, (t) => values[t]!);
  let fit = leastSquares(steps, limited, period);
  let widening = 1;
  for (let pass = 0; pass < robustPasses; pass++) {
    const residuals = steps.map((t) => values[t]! - fit.at(t));
    const limit = residualLimit * medianToDeviation * median(residuals.map(Math.abs));
    if (limit <= 0) break;
    limited = Float64Array.from(
      steps,
      (t, i) => fit.at(t) + Math.max(-limit, Math.min(limit, residuals[i]!)),
    );
    // Limiting hides spread: the errors are scaled by the share of residuals that count in full.
    widening = steps.length / Math.max(1, residuals.filter((residual) => Math.abs(residual) < limit).length);
    fit = leastSquares(steps, limited, period);
  }
  const residuals = Float64Array.from(steps, (t, i) => limited[i]! - fit.at(t));
  const errors = standardErrors(steps, residuals, fit.spread);
  return {
    slope: fit.slope,
    slopeError: widening * errors.slope,
    middle: fit.middle,
    middleStep: fit.middleStep,
    middleError: widening * errors.middle,
    effectiveCount: errors.effectiveCount,
    freedom: steps.length < leastValues ? 0 : Math.max(1, errors.effectiveCount - 2),
    adjusted: values.map((value, t) => value - fit.phases[t % period]!),
  };
}

interface Fit {
  readonly slope: number;
  readonly middle: number;
  readonly middleStep: number;
  /** Sum of squared distances of the steps from their phase's mean. */
  readonly spread: number;
  /** Height of each phase over the line. */
  readonly phases: Float64Array;
  at(step: number): number;
}

function leastSquares(steps: readonly number[], values: Float64Array, period: number): Fit {
  const sums = new Float64Array(period);
  const times = new Float64Array(period);
  const counts = new Float64Array(period);
  steps.forEach((t, i) => {
    sums[t % period]! += values[i]!;
    times[t % period]! += t;
    counts[t % period]!++;
  });
  let products = 0;
  let spread = 0;
  steps.forEach((t, i) => {
    const phase = t % period;
    const away = t - times[phase]! / counts[phase]!;
    products += away * (values[i]! - sums[phase]! / counts[phase]!);
    spread += away * away;
  });
  const slope = spread > 0 ? products / spread : 0;
  const middleStep = mean(steps);
  const middle = mean(values);
  const phases = sums.map((sum, phase) =>
    counts[phase]! > 0
      ? sum / counts[phase]! - middle - slope * (times[phase]! / counts[phase]! - middleStep)
      : 0,
  );
  return {
    slope,
    middle,
    middleStep,
    spread,
    phases,
    at: (step) => middle + slope * (step - middleStep) + phases[step % period]!,
  };
}

/** The largest of the standard errors of the slope: Newey and West's, a first-order autoregression's, a random walk's. */
function standardErrors(
  steps: readonly number[],
  residuals: Float64Array,
  spread: number,
): { slope: number; middle: number; effectiveCount: number } {
  const n = residuals.length;
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  if (n < leastValues || spread <= 0) return { slope: 0, middle: 0, effectiveCount: n };
  const raw = autocorrelation(residuals);
  // The line follows what it is fitted to, which hides part of the memory.
  const memory = Math.min(memoryMost, Math.max(0, raw + (2 + 4 * raw) / n));
  const variance = squares / (n - 2);
  const effectiveCount = Math.max(1, Math.min(n, (n * (1 - memory)) / (1 + memory)));
  const inflation = n / effectiveCount;
  const byMemory = Math.sqrt((variance * inflation) / spread);
  const middleStep = mean(steps);
  const scores = residuals.map((residual, i) => residual * (steps[i]! - middleStep));
  const lags = Math.min(
    n - 2,
    Math.floor(1.1447 * ((4 * memory ** 2 * n) / (1 - memory ** 2) ** 2) ** (1 / 3)),
  );
  let longRun = scores.reduce((sum, score) => sum + score ** 2, 0);
  for (let lag = 1; lag <= lags; lag++) {
    let products = 0;
    for (let i = lag; i < n; i++) products += scores[i]! * scores[i - lag]!;
    longRun += 2 * (1 - lag / (lags + 1)) * products;
  }
  const byLags = Math.sqrt((Math.max(0, longRun) * n) / (n - 2)) / spread;
  const byWandering = n * (1 - raw) < wanderingBelow ? wanderingError(residuals) : 0;
  return {
    slope: Math.max(byMemory, byLags, byWandering),
    middle: Math.sqrt((variance * inflation) / n),
    effectiveCount,
  };
}

function autocorrelation(residuals: Float64Array): number {
  let products = 0;
  let squares = 0;
  for (let i = 0; i < residuals.length; i++) {
    squares += residuals[i]! ** 2;
    if (i > 0) products += residuals[i]! * residuals[i - 1]!;
  }
  return squares > 0 ? products / squares : 0;
}

/** Standard error of the slope if the residuals are a random walk: root of 6/5 of the steps' variance over n. */
function wanderingError(residuals: Float64Array): number {
  let squares = 0;
  for (let i = 1; i < residuals.length; i++) squares += (residuals[i]! - residuals[i - 1]!) ** 2;
  return Math.sqrt((1.2 * squares) / (residuals.length - 1) / residuals.length);
}
