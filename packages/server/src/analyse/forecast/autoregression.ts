/**
 * Linear regression of each value on its own past (the last steps, the same
 * time a season ago) together with the phase of its seasons, shrunk by a
 * ridge. Forecasts are iterated.
 * The form follows the calibration step of Doornik, Castle and Hendry, "Card
 * forecasts for M4", International Journal of Forecasting 36 (2020).
 */
import { mean, solveRidge } from './numeric.ts';

/** What the regression looks at. */
export interface AutoregressionShape {
  /** Seasons in steps, ascending; empty for none. */
  readonly seasons: readonly number[];
  /** Lags in steps, ascending, each at least 1. */
  readonly lags: readonly number[];
  /** How strongly the lags are shrunk, in units of observations. */
  readonly lagPenalty: number;
  /** How strongly the seasonal terms are shrunk, in units of observations. */
  readonly seasonPenalty: number;
}

/** Lags that suit the seasons of a history of `n` steps: the last three steps and those around each season. */
export function lagsFor(seasons: readonly number[], n: number): number[] {
  const lags = new Set<number>([1, 2, 3]);
  seasons.forEach((period, which) => {
    for (const lag of [period - 1, period, period + 1]) lags.add(lag);
    if (which === 0) lags.add(2 * period);
  });
  return [...lags].filter((lag) => lag >= 1 && lag <= n / 3).toSorted((a, b) => a - b);
}

/** Forecasts after each of the ascending `origins`, fitted anew at each on the values known there. */
export function autoregressionForecasts(
  values: Float64Array,
  origins: readonly number[],
  horizon: number,
  shape: AutoregressionShape,
): Float64Array[] {
  const known = values.subarray(0, origins[0]);
  const centre = mean(known);
  const spread = Math.sqrt(mean(known.map((value) => (value - centre) ** 2))) || 1;
  const scaled = new Float64Array(values.length + horizon);
  values.forEach((value, t) => (scaled[t] = (value - centre) / spread));
  const terms = seasonTerms(shape.seasons);
  const size = 1 + terms.length + shape.lags.length;
  const row = new Float64Array(size);
  const fill = (source: Float64Array, t: number): void => {
    row[0] = 1;
    for (let k = 0; k < terms.length; k++) row[1 + k] = terms[k]!(t);
    for (let k = 0; k < shape.lags.length; k++) row[1 + terms.length + k] = source[t - shape.lags[k]!]!;
  };
  const penalty = Float64Array.from({ length: size }, (_, k) =>
    k === 0 ? 0.01 : k <= terms.length ? shape.seasonPenalty : shape.lagPenalty,
  );
  const products = new Float64Array(size * size);
  const right = new Float64Array(size);
  const forecasts: Float64Array[] = [];
  let t = shape.lags.at(-1) ?? 0;
  for (const origin of origins) {
    for (; t < origin; t++) {
      fill(scaled, t);
      accumulate(products, right, row, scaled[t]!);
    }
    const coefficients = solveRidge(products, right, penalty);
    const path = scaled.slice(0, origin + horizon);
    const [low, high] = limits(scaled, origin);
    for (let h = 0; h < horizon; h++) {
      fill(path, origin + h);
      let value = 0;
      for (let k = 0; k < size; k++) value += coefficients[k]! * row[k]!;
      path[origin + h] = Math.min(high, Math.max(low, value));
    }
    forecasts.push(path.slice(origin).map((value) => centre + spread * value));
  }
  return forecasts;
}

function accumulate(products: Float64Array, right: Float64Array, row: Float64Array, target: number): void {
  const size = row.length;
  for (let i = 0; i < size; i++) {
    const value = row[i]!;
    if (value === 0) continue;
    right[i]! += value * target;
    const base = i * size;
    for (let j = 0; j <= i; j++) products[base + j]! += value * row[j]!;
  }
}

/** An iterated forecast may leave the range of the history by one range at most. */
function limits(values: Float64Array, origin: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < origin; t++) {
    if (values[t]! < low) low = values[t]!;
    if (values[t]! > high) high = values[t]!;
  }
  return [low - (high - low), high + (high - low)];
}

type Term = (t: number) => number;

/** Phase indicators for a short season, waves for a long one. */
function seasonTerms(seasons: readonly number[]): Term[] {
  const terms: Term[] = [];
  seasons.forEach((period, which) => {
    if (which === 0 && period <= 60) {
      for (let phase = 0; phase < period; phase++) terms.push((t) => (t % period === phase ? 1 : 0));
      return;
    }
    const first = seasons[0]!;
    for (let k = 1; k <= Math.min(8, period / 2); k++) {
      if (which > 0 && (k * first) % period === 0) continue;
      const sine = table(period, (t) => Math.sin((2 * Math.PI * k * t) / period));
      const cosine = table(period, (t) => Math.cos((2 * Math.PI * k * t) / period));
      terms.push(
        (t) => sine[t % period]!,
        (t) => cosine[t % period]!,
      );
    }
  });
  return terms;
}

function table(period: number, wave: Term): Float64Array {
  return Float64Array.from({ length: period }, (_, t) => wave(t));
}
