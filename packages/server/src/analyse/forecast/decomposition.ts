/**
 * Decomposition of a series into a trend, seasons and a remainder, after STL
 * and its extension to several seasons. Each season's value at a phase is a
 * local mean over neighbouring cycles; the trend is a local line; a second pass
 * gives outliers less weight.
 * Sources: Cleveland et al., Journal of Official Statistics 6 (1990); Bandara,
 * Hyndman and Bergmeir, MSTL, arXiv 2107.13462.
 */
import { median } from './numeric.ts';

/** The parts; at every step values = adjusted + sum of seasons. */
export interface Decomposition {
  /** The values without their seasons. */
  readonly adjusted: Float64Array;
  readonly trend: Float64Array;
  /** For each season the latest full cycle; index is step modulo the season's length. */
  readonly cycles: readonly Float64Array[];
}

/** Cycles on either side that take part in a phase's local mean. */
const cyclesReach = 7;
const passes = 2;

/** Decomposes values by seasons (ascending lengths, each with two cycles at least). */
export function decompose(values: Float64Array, seasons: readonly number[]): Decomposition {
  const n = values.length;
  const parts: Float64Array[] = seasons.map(() => new Float64Array(n));
  const longest = seasons.at(-1) ?? 1;
  let trend = localLine(values, Math.min(n, 2 * longest + 1), undefined);
  let trust: Float64Array | undefined;
  for (let robust = 0; robust < 2; robust++) {
    for (let pass = 0; pass < passes; pass++) {
      seasons.forEach((period, which) => {
        const rest = values.map((value, t) => {
          let other = trend[t]!;
          for (let k = 0; k < parts.length; k++) if (k !== which) other += parts[k]![t]!;
          return value - other;
        });
        parts[which] = seasonOf(rest, period, trust);
      });
      const adjusted = without(values, parts);
      trend = localLine(adjusted, Math.min(n, Math.round(1.3 * longest) + 1), trust);
    }
    trust = trustOf(without(values, parts), trend);
  }
  return {
    adjusted: without(values, parts),
    trend,
    cycles: seasons.map((period, which) => lastCycle(parts[which]!, period)),
  };
}

function without(values: Float64Array, parts: readonly Float64Array[]): Float64Array {
  return values.map((value, t) => {
    let rest = value;
    for (const part of parts) rest -= part[t]!;
    return rest;
  });
}

function lastCycle(part: Float64Array, period: number): Float64Array {
  const cycle = new Float64Array(period);
  for (let t = Math.max(0, part.length - period); t < part.length; t++) cycle[t % period] = part[t]!;
  return cycle;
}

/** The season: at each step the tricube-weighted mean of its phase over nearby cycles, summing to 0 over a cycle. */
function seasonOf(rest: Float64Array, period: number, trust: Float64Array | undefined): Float64Array {
  const n = rest.length;
  const season = new Float64Array(n);
  const kernel = Float64Array.from(
    { length: cyclesReach + 1 },
    (_, k) => (1 - (k / (cyclesReach + 1)) ** 3) ** 3,
  );
  for (let t = 0; t < n; t++) {
    let sum = 0;
    let total = 0;
    for (let k = -cyclesReach; k <= cyclesReach; k++) {
      const at = t + k * period;
      if (at < 0 || at >= n) continue;
      const weight = kernel[Math.abs(k)]! * (trust === undefined ? 1 : trust[at]!);
      sum += weight * rest[at]!;
      total += weight;
    }
    season[t] = total > 0 ? sum / total : 0;
  }
  return centred(season, period);
}

/** Takes the moving mean over one cycle away, so that no level hides in the season. */
function centred(season: Float64Array, period: number): Float64Array {
  const n = season.length;
  const sums = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) sums[t + 1] = sums[t]! + season[t]!;
  return season.map((value, t) => {
    const from = Math.max(0, Math.min(t - Math.floor(period / 2), n - period));
    const to = Math.min(n, from + period);
    return value - (sums[to]! - sums[from]!) / (to - from);
  });
}

/** A line fitted by tricube weights around every few steps, joined in between. */
function localLine(values: Float64Array, window: number, trust: Float64Array | undefined): Float64Array {
  const n = values.length;
  const stride = Math.max(1, Math.floor(window / 10));
  const knots: number[] = [];
  for (let t = 0; t < n - 1; t += stride) knots.push(t);
  knots.push(n - 1);
  const heights = knots.map((centre) => lineAt(values, centre, window, trust));
  const line = new Float64Array(n);
  for (let k = 0; k + 1 < knots.length; k++) {
    const from = knots[k]!;
    const to = knots[k + 1]!;
    for (let t = from; t <= to; t++) {
      line[t] = heights[k]! + ((t - from) / (to - from)) * (heights[k + 1]! - heights[k]!);
    }
  }
  if (knots.length === 1) line[0] = heights[0]!;
  return line;
}

function lineAt(
  values: Float64Array,
  centre: number,
  window: number,
  trust: Float64Array | undefined,
): number {
  const n = values.length;
  const from = Math.max(0, Math.min(centre - Math.floor(window / 2), n - window));
  const to = Math.min(n, from + window);
  const reach = Math.max(centre - from, to - 1 - centre) + 1;
  let weights = 0;
  let times = 0;
  let squares = 0;
  let sum = 0;
  let products = 0;
  for (let t = from; t < to; t++) {
    const away = t - centre;
    const share = Math.abs(away) / reach;
    const tricube = (1 - share * share * share) ** 3;
    const weight = tricube * (trust === undefined ? 1 : Math.max(1e-6, trust[t]!));
    weights += weight;
    times += weight * away;
    squares += weight * away * away;
    sum += weight * values[t]!;
    products += weight * away * values[t]!;
  }
  const spread = weights * squares - times * times;
  if (spread <= 1e-9 * weights * squares || to - from < 3) return sum / weights;
  return (squares * sum - times * products) / spread;
}

/** Bisquare weights of the remainder: 1 near the trend, 0 beyond six median deviations. */
function trustOf(adjusted: Float64Array, trend: Float64Array): Float64Array {
  const away = adjusted.map((value, t) => Math.abs(value - trend[t]!));
  const limit = 6 * median(away);
  if (limit <= 0) return away.fill(1);
  return away.map((distance) => (distance < limit ? (1 - (distance / limit) ** 2) ** 2 : 0));
}
