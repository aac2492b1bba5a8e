/**
 * The forecasts that the bench compares with: the benchmarks of the M4
 * competition, written after its published description. Where a 90 %
 * autocorrelation test finds a season, the series is adjusted by classical
 * multiplicative decomposition, forecast, and the season put back.
 * Source: Makridakis, Spiliotis, Assimakopoulos, "The M4 Competition: 100,000
 * time series and 61 forecasting methods", International Journal of
 * Forecasting 36 (2020), appendix A.
 */

/** A named forecast. */
export type Rival = 'naive' | 'snaive' | 'naive2' | 'ses' | 'holt' | 'damped' | 'theta' | 'comb';

/** Every rival's forecast of the next `horizon` values; `period` is the season, 1 for none. */
export function rivalForecasts(
  history: Float64Array,
  period: number,
  horizon: number,
): Record<Rival, Float64Array> {
  const indices = seasonalTest(history, period)
    ? seasonalIndices(history, period)
    : new Float64Array(period).fill(1);
  const n = history.length;
  const adjusted = history.map((value, t) => value / (indices[t % period] ?? 1));
  const season = (flat: Float64Array): Float64Array =>
    flat.map((value, h) => value * (indices[(n + h) % period] ?? 1));
  const last = adjusted[n - 1] ?? 0;
  const ses = smoothed(adjusted, horizon, 'level');
  const holt = smoothed(adjusted, horizon, 'trend');
  const damped = smoothed(adjusted, horizon, 'damped');
  const comb = ses.map((value, h) => (value + (holt[h] ?? 0) + (damped[h] ?? 0)) / 3);
  const repeat = (h: number, lag: number): number => history[n - lag + (h % lag)] ?? 0;
  return {
    naive: Float64Array.from({ length: horizon }, () => history[n - 1] ?? 0),
    snaive: Float64Array.from({ length: horizon }, (_, h) => repeat(h, period)),
    naive2: season(new Float64Array(horizon).fill(last)),
    ses: season(ses),
    holt: season(holt),
    damped: season(damped),
    theta: season(theta(adjusted, horizon)),
    comb: season(comb),
  };
}

/** Whether the autocorrelation at the season's lag is beyond the 90 % limit; needs three full seasons. */
function seasonalTest(values: Float64Array, period: number): boolean {
  if (period <= 1 || values.length < 3 * period) return false;
  const correlations = autocorrelations(values, period);
  let squares = 0;
  for (let lag = 1; lag < period; lag++) squares += (correlations[lag] ?? 0) ** 2;
  const limit = 1.645 * Math.sqrt((1 + 2 * squares) / values.length);
  return Math.abs(correlations[period] ?? 0) > limit;
}

function autocorrelations(values: Float64Array, lagMax: number): Float64Array {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const result = new Float64Array(lagMax + 1);
  for (let lag = 0; lag <= lagMax; lag++) {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += ((values[t] ?? 0) - mean) * ((values[t - lag] ?? 0) - mean);
    result[lag] = sum;
  }
  const variance = result[0] || 1;
  return result.map((value) => value / variance);
}

/** Indices of the classical multiplicative decomposition: means of value / centred moving average, mean 1. */
function seasonalIndices(values: Float64Array, period: number): Float64Array {
  const half = Math.floor(period / 2);
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let t = half; t < values.length - half; t++) {
    let average = 0;
    for (let k = -half; k <= half; k++) {
      const weight = period % 2 === 0 && Math.abs(k) === half ? 0.5 : 1;
      average += (weight * (values[t + k] ?? 0)) / period;
    }
    if (average === 0) continue;
    sums[t % period] = (sums[t % period] ?? 0) + (values[t] ?? 0) / average;
    counts[t % period] = (counts[t % period] ?? 0) + 1;
  }
  const raw = sums.map((sum, phase) => sum / Math.max(1, counts[phase] ?? 1));
  const mean = raw.reduce((sum, value) => sum + value, 0) / period;
  return raw.map((value) => (value > 0 && mean > 0 ? value / mean : 1));
}

/** Theta of Assimakopoulos and Nikolopoulos: smoothing of the doubled line, averaged with the trend line. */
function theta(values: Float64Array, horizon: number): Float64Array {
  const n = values.length;
  const meanTime = (n - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let products = 0;
  let squares = 0;
  for (let t = 0; t < n; t++) {
    products += (t - meanTime) * ((values[t] ?? 0) - mean);
    squares += (t - meanTime) ** 2;
  }
  const slope = squares > 0 ? products / squares : 0;
  const line = (t: number): number => mean + slope * (t - meanTime);
  const doubled = values.map((value, t) => 2 * value - line(t));
  return smoothed(doubled, horizon, 'level').map((value, h) => 0.5 * value + 0.5 * line(n + h));
}

/** Exponential smoothing by least squares over its parameters and first states. */
function smoothed(values: Float64Array, horizon: number, kind: 'level' | 'trend' | 'damped'): Float64Array {
  const n = values.length;
  const firstSlope = slopeOfFirst(values, Math.min(10, n));
  const scale = Math.abs(values[0] ?? 0) + Math.abs(firstSlope) + 1e-9;
  const run = (p: readonly number[]): { error: number; level: number; slope: number; damping: number } => {
    const alpha = squash(p[0] ?? 0, 0.0001, 0.9999);
    const beta = kind === 'level' ? 0 : squash(p[2] ?? 0, 0.0001, 0.9999) * alpha;
    const damping = kind === 'damped' ? squash(p[4] ?? 0, 0.8, 0.98) : 1;
    let level = (values[0] ?? 0) + (p[1] ?? 0) * 0.1 * scale;
    let slope = kind === 'level' ? 0 : firstSlope + (p[3] ?? 0) * 0.1 * Math.abs(firstSlope);
    let error = 0;
    for (const value of values) {
      const predicted = level + damping * slope;
      const miss = value - predicted;
      error += miss * miss;
      level = predicted + alpha * miss;
      slope = damping * slope + beta * miss;
    }
    return { error, level, slope, damping };
  };
  const size = kind === 'level' ? 2 : kind === 'trend' ? 4 : 5;
  const best = run(
    simplex(
      (p) => run(p).error,
      Array.from({ length: size }, () => 0),
      400,
    ),
  );
  let grown = 0;
  let factor = 1;
  return Float64Array.from({ length: horizon }, () => {
    factor *= best.damping;
    grown += factor;
    return best.level + grown * best.slope;
  });
}

function slopeOfFirst(values: Float64Array, count: number): number {
  let products = 0;
  let squares = 0;
  const middle = (count - 1) / 2;
  for (let t = 0; t < count; t++) {
    products += (t - middle) * (values[t] ?? 0);
    squares += (t - middle) ** 2;
  }
  return squares > 0 ? products / squares : 0;
}

function squash(free: number, low: number, high: number): number {
  return low + (high - low) / (1 + Math.exp(-free));
}

/** Nelder and Mead's simplex search from `start`. */
function simplex(
  cost: (point: readonly number[]) => number,
  start: readonly number[],
  evaluationsMax: number,
): number[] {
  const size = start.length;
  let corners = Array.from({ length: size + 1 }, (_, i) => {
    const point = start.map((value, k) => (k === i - 1 ? value + 1.5 : value));
    return { point, value: cost(point) };
  });
  for (let evaluations = size + 1; evaluations < evaluationsMax; ) {
    corners.sort((a, b) => a.value - b.value);
    const worst = corners[size];
    const best = corners[0];
    if (!worst || !best || Math.abs(worst.value - best.value) < 1e-10 * (Math.abs(best.value) + 1e-30)) break;
    const centre = start.map(
      (_, k) => corners.slice(0, size).reduce((sum, c) => sum + (c.point[k] ?? 0), 0) / size,
    );
    const at = (step: number): { point: number[]; value: number } => {
      const point = centre.map((value, k) => value + step * ((worst.point[k] ?? 0) - value));
      evaluations++;
      return { point, value: cost(point) };
    };
    const reflected = at(-1);
    let next = reflected;
    if (reflected.value < best.value) {
      const stretched = at(-2);
      if (stretched.value < reflected.value) next = stretched;
    } else if (reflected.value >= (corners[size - 1]?.value ?? 0)) {
      next = at(reflected.value < worst.value ? -0.5 : 0.5);
      if (next.value >= Math.min(worst.value, reflected.value)) {
        corners = corners.map((corner) => {
          const point = corner.point.map((value, k) => ((best.point[k] ?? 0) + value) / 2);
          return { point, value: cost(point) };
        });
        evaluations += size;
        continue;
      }
    }
    corners[size] = next;
  }
  corners.sort((a, b) => a.value - b.value);
  return corners[0]?.point ?? [...start];
}
