/**
 * Exponential smoothing in its additive form: a level, optionally a damped
 * slope, up to two seasons and a memory of the last error. With one season it
 * is Holt and Winters' method, with two and the error memory it is Taylor's
 * double seasonal method. On logarithms it is the multiplicative form.
 * Sources: Gardner and McKenzie, Management Science 31 (1985), for the damped
 * slope; Taylor, European Journal of Operational Research 204 (2010), for
 * several seasons with an autoregressive error.
 */
import { mean, median, minimise, squash, unsquash } from './numeric.ts';

/** Which parts a smoothing model has. */
export interface SmoothingShape {
  readonly slope: 'none' | 'damped' | 'linear';
  /** Lengths of the seasons in steps, at most two, each at least 2. */
  readonly seasons: readonly number[];
  /** Whether a share of the last error is expected again (first-order autoregression). */
  readonly errorMemory: boolean;
}

interface Weights {
  level: number;
  slope: number;
  damping: number;
  season1: number;
  season2: number;
  memory: number;
}

interface State {
  level: number;
  slope: number;
  season1: Float64Array;
  season2: Float64Array;
  lastError: number;
}

/**
 * Forecasts of the `horizon` values after each of the ascending `origins`
 * (an origin is the number of values known). The weights are fitted to the
 * values before the first origin only; the states then follow the data.
 */
export function smoothingForecasts(
  values: Float64Array,
  origins: readonly number[],
  horizon: number,
  shape: SmoothingShape,
): Float64Array[] {
  const known = values.subarray(0, origins[0]);
  const weights = fit(known, shape);
  const state = firstState(known, shape);
  const forecasts: Float64Array[] = [];
  let from = 0;
  for (const origin of origins) {
    run(values, from, origin, state, weights, Number.POSITIVE_INFINITY);
    forecasts.push(ahead(state, weights, origin, horizon));
    from = origin;
  }
  return forecasts;
}

/** Steps for which a line is followed that was seen over `count` values: half as many, then it stays level. */
export function lineReach(count: number): number {
  return Math.max(1, Math.floor(count / 2));
}

/** The values ahead of a state that has seen `origin` values. */
function ahead(state: State, weights: Weights, origin: number, horizon: number): Float64Array {
  const { season1, season2 } = state;
  let memory = state.lastError;
  let grown = 0;
  let damping = 1;
  return Float64Array.from({ length: horizon }, (_, h) => {
    memory *= weights.memory;
    damping *= weights.damping;
    if (h < lineReach(origin)) grown += damping;
    return (
      state.level +
      grown * state.slope +
      season1[(origin + h) % season1.length]! +
      season2[(origin + h) % season2.length]! +
      memory
    );
  });
}

/** Lets `state` follow values[from..to) and returns the summed loss: squares, linear beyond `limit`. */
function run(
  values: Float64Array,
  from: number,
  to: number,
  state: State,
  weights: Weights,
  limit: number,
): number {
  const { season1, season2 } = state;
  const period1 = season1.length;
  const period2 = season2.length;
  const { level: alpha, slope: beta, damping, season1: gamma1, season2: gamma2, memory } = weights;
  let { level, slope, lastError } = state;
  let phase1 = from % period1;
  let phase2 = from % period2;
  let loss = 0;
  for (let t = from; t < to; t++) {
    const trended = level + damping * slope;
    const error = values[t]! - trended - season1[phase1]! - season2[phase2]!;
    const surprise = Math.abs(error - memory * lastError);
    loss += surprise < limit ? surprise * surprise : limit * (2 * surprise - limit);
    level = trended + alpha * error;
    slope = damping * slope + beta * error;
    season1[phase1]! += gamma1 * error;
    season2[phase2]! += gamma2 * error;
    lastError = error;
    if (++phase1 === period1) phase1 = 0;
    if (++phase2 === period2) phase2 = 0;
  }
  state.level = level;
  state.slope = slope;
  state.lastError = lastError;
  return loss;
}

/** States before the first value, estimated from the first few cycles. */
function firstState(values: Float64Array, shape: SmoothingShape): State {
  const [period1 = 1, period2 = 1] = shape.seasons;
  const longest = Math.max(period1, period2);
  const n = values.length;
  const window = Math.min(
    n,
    longest === 1 ? 10 : longest * Math.max(1, Math.min(3, Math.floor(n / longest))),
  );
  const level = longest === 1 ? median(values.subarray(0, Math.min(5, n))) : mean(values.subarray(0, window));
  const season1 = phaseMeans(values, window, period1, (t) => level * (t < 0 ? 0 : 1));
  const season2 = phaseMeans(values, window, period2, (t) => level + season1[t % period1]!);
  const span = Math.min(n - 1, longest === 1 ? 9 : window - 1);
  const slope = shape.slope === 'none' || longest > 1 || span < 1 ? 0 : (values[span]! - values[0]!) / span;
  return { level, slope, season1, season2, lastError: 0 };
}

function phaseMeans(
  values: Float64Array,
  window: number,
  period: number,
  expected: (t: number) => number,
): Float64Array {
  const sums = new Float64Array(period);
  if (period === 1) return sums;
  const counts = new Float64Array(period);
  for (let t = 0; t < window; t++) {
    sums[t % period]! += values[t]! - expected(t);
    counts[t % period]!++;
  }
  return sums.map((sum, phase) => (counts[phase]! > 0 ? sum / counts[phase]! : 0));
}

/** Fits the weights by the simplex search; outliers count linearly beyond four typical errors. */
function fit(values: Float64Array, shape: SmoothingShape): Weights {
  const [period1 = 1, period2 = 1] = shape.seasons;
  const first = firstState(values, shape);
  const decode = (p: Float64Array): Weights => {
    let k = 0;
    const level = squash(p[k++]!, 0.001, 0.999);
    const slope = shape.slope === 'none' ? 0 : level * squash(p[k++]!, 0.0001, 0.5);
    const damping = shape.slope === 'damped' ? squash(p[k++]!, 0.8, 0.99) : 1;
    const season1 = period1 > 1 ? squash(p[k++]!, 0.001, 0.6) : 0;
    const season2 = period2 > 1 ? squash(p[k++]!, 0.001, 0.6) : 0;
    const memory = shape.errorMemory ? squash(p[k++]!, -0.2, 0.98) : 0;
    return { level, slope, damping: shape.slope === 'none' ? 1 : damping, season1, season2, memory };
  };
  const start = [unsquash(longestOf(shape) > 1 ? 0.1 : 0.5, 0.001, 0.999)];
  if (shape.slope !== 'none') start.push(unsquash(0.05, 0.0001, 0.5));
  if (shape.slope === 'damped') start.push(unsquash(0.95, 0.8, 0.99));
  if (period1 > 1) start.push(unsquash(0.1, 0.001, 0.6));
  if (period2 > 1) start.push(unsquash(0.1, 0.001, 0.6));
  if (shape.errorMemory) start.push(unsquash(0.5, -0.2, 0.98));
  const attempt = (weights: Weights, limit: number): number => {
    const state = { ...first, season1: first.season1.slice(), season2: first.season2.slice() };
    return run(values, 0, values.length, state, weights, limit);
  };
  const typical = typicalError(values, longestOf(shape));
  const limit = typical > 0 ? 4 * typical : Number.POSITIVE_INFINITY;
  return decode(minimise((p) => attempt(decode(p), limit), start, 60 * start.length));
}

function longestOf(shape: SmoothingShape): number {
  return Math.max(1, ...shape.seasons);
}

/** The median absolute difference at the season's lag: a yardstick that outliers do not move. */
function typicalError(values: Float64Array, lag: number): number {
  const size = Math.max(0, values.length - lag);
  return median(Float64Array.from({ length: size }, (_, t) => Math.abs(values[t + lag]! - values[t]!)));
}
