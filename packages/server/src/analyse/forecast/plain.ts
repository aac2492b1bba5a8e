/**
 * The plain methods: the last value, the last season, a mean of past seasons, a
 * line, and the theta method. They are hard to beat on short or restless
 * histories and keep the combination honest on all others.
 * Source of theta: Assimakopoulos and Nikolopoulos, International Journal of
 * Forecasting 16 (2000); its form as smoothing with drift: Hyndman and Billah,
 * International Journal of Forecasting 19 (2003).
 */
import { lineReach, smoothingForecasts } from './smoothing.ts';

type Origins = readonly number[];

/** The last value, repeated. */
export function lastValue(values: Float64Array, origins: Origins, horizon: number): Float64Array[] {
  return origins.map((origin) => new Float64Array(horizon).fill(values[origin - 1]!));
}

/** The last full season, repeated. */
export function lastSeason(
  values: Float64Array,
  origins: Origins,
  horizon: number,
  period: number,
): Float64Array[] {
  return origins.map((origin) =>
    Float64Array.from({ length: horizon }, (_, h) => values[origin - period + (h % period)]!),
  );
}

/** The mean of the same phase over past seasons, each older one counting `fade` times the next. */
export function seasonMean(
  values: Float64Array,
  origins: Origins,
  horizon: number,
  period: number,
  fade: number,
): Float64Array[] {
  return origins.map((origin) =>
    Float64Array.from({ length: horizon }, (_, h) => {
      let sum = 0;
      let total = 0;
      let weight = 1;
      for (let t = origin - period + (h % period); t >= 0 && weight > 0.01; t -= period) {
        sum += weight * values[t]!;
        total += weight;
        weight *= fade;
      }
      return sum / total;
    }),
  );
}

/** The least-squares line with a value of its own for each phase, over the whole history. */
export function lineAndSeason(
  values: Float64Array,
  origins: Origins,
  horizon: number,
  period: number,
): Float64Array[] {
  return origins.map((origin) => {
    const sums = new Float64Array(period);
    const times = new Float64Array(period);
    const counts = new Float64Array(period);
    for (let t = 0; t < origin; t++) {
      sums[t % period]! += values[t]!;
      times[t % period]! += t;
      counts[t % period]!++;
    }
    let products = 0;
    let squares = 0;
    for (let t = 0; t < origin; t++) {
      const phase = t % period;
      const away = t - times[phase]! / counts[phase]!;
      products += away * (values[t]! - sums[phase]! / counts[phase]!);
      squares += away * away;
    }
    const slope = squares > 0 ? products / squares : 0;
    return Float64Array.from({ length: horizon }, (_, h) => {
      const phase = (origin + h) % period;
      const at = origin + Math.min(h, lineReach(origin) - 1);
      return sums[phase]! / counts[phase]! + slope * (at - times[phase]! / counts[phase]!);
    });
  });
}

/** Simple smoothing plus half the slope of the line through the whole history. */
export function theta(values: Float64Array, origins: Origins, horizon: number): Float64Array[] {
  const level = smoothingForecasts(values, origins, horizon, {
    slope: 'none',
    seasons: [],
    errorMemory: false,
  });
  return origins.map((origin, index) => {
    const slope = slopeOf(values, origin);
    return level[index]!.map((value, h) => value + 0.5 * slope * Math.min(h + 1, lineReach(origin)));
  });
}

/** Slope per step of the least-squares line through the first `count` values. */
function slopeOf(values: Float64Array, count: number): number {
  const middle = (count - 1) / 2;
  let products = 0;
  let squares = 0;
  for (let t = 0; t < count; t++) {
    products += (t - middle) * values[t]!;
    squares += (t - middle) ** 2;
  }
  return squares > 0 ? products / squares : 0;
}
