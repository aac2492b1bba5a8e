/**
 * Which seasons a series has. A candidate length is accepted when the mean
 * profile of the other cycles explains a cycle: an out-of-sample share of the
 * variance, which a random walk does not fool as an in-sample test would be.
 * Candidates come from the calendar where the step is known, from the
 * autocorrelation otherwise.
 */
import { quantile } from './numeric.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Below this share of variance explained across cycles a season is not worth modelling. */
const gainLeast = 0.05;
/** The longest season that is looked for, in steps: a week of minutes. */
const periodMost = 10_080;

/** Lengths in steps of the calendar's seasons at a step of `stepMs`, ascending; empty if the step is unknown. */
export function calendarPeriods(stepMs: number): number[] {
  if (!(stepMs > 0)) return [];
  const near = (unit: number, tolerance: number): boolean => Math.abs(stepMs / unit - 1) <= tolerance;
  if (near(365.25 * dayMs, 0.02)) return [];
  if (near(91.3 * dayMs, 0.04)) return [4];
  if (near(30.44 * dayMs, 0.09)) return [12];
  if (near(7 * dayMs, 0.02)) return [52];
  const cycles =
    stepMs < minuteMs ? [minuteMs, hourMs, dayMs] : stepMs < dayMs ? [dayMs, 7 * dayMs] : [7 * dayMs];
  return cycles
    .map((cycle) => Math.round(cycle / stepMs))
    .filter((period) => period >= 2 && period <= periodMost);
}

/**
 * The seasons of `values`, ascending, at most two. `candidates` are tried in
 * order; without any, the autocorrelation proposes one, and seven times its
 * length (the week of a day) is tried as the second.
 */
export function findSeasons(values: Float64Array, candidates: readonly number[]): number[] {
  let tried = candidates;
  if (candidates.length === 0) {
    const proposed = autocorrelationPeak(values);
    if (proposed === undefined || seasonalGain(values, proposed) < 2 * gainLeast) return [];
    tried = [proposed, 7 * proposed];
  }
  const accepted: number[] = [];
  for (const period of tried) {
    if (values.length < 2 * period + 1 || accepted.length === 2) continue;
    if (seasonalGain(values, period, accepted[0]) >= gainLeast) accepted.push(period);
  }
  return accepted;
}

/**
 * The share of the variance about a moving mean over `period` steps that the
 * mean profile of all other cycles explains; negative if it misleads. With a
 * `shorter` season its profile is taken away first.
 */
export function seasonalGain(values: Float64Array, period: number, shorter?: number): number {
  const rest = aboutMovingMean(values, period);
  const n = rest.length;
  if (n < period + 1) return 0;
  limitOutliers(rest);
  if (shorter !== undefined) withoutProfile(rest, shorter);
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let t = 0; t < n; t++) {
    sums[t % period]! += rest[t]!;
    counts[t % period]!++;
  }
  const reach = Math.round(period / 50);
  let missed = 0;
  let total = 0;
  for (let t = 0; t < n; t++) {
    let sum = 0;
    let count = 0;
    for (let k = -reach; k <= reach; k++) {
      const phase = (t + k + period) % period;
      sum += sums[phase]!;
      count += counts[phase]!;
      const at = t + k;
      if (at >= 0 && at < n) {
        sum -= rest[at]!;
        count--;
      }
    }
    const profile = count > 0 ? sum / count : 0;
    missed += (rest[t]! - profile) ** 2;
    total += rest[t]! ** 2;
  }
  return total > 0 ? 1 - missed / total : 0;
}

/** Brings values beyond twice the 90 % quantile of their size to it, in place: a season is judged by usual days. */
function limitOutliers(rest: Float64Array): void {
  const limit = 2 * quantile(rest.map(Math.abs), 0.9);
  if (limit <= 0) return;
  for (let t = 0; t < rest.length; t++) rest[t] = Math.min(limit, Math.max(-limit, rest[t]!));
}

/** Takes the mean of each phase away, in place. */
function withoutProfile(rest: Float64Array, period: number): void {
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let t = 0; t < rest.length; t++) {
    sums[t % period]! += rest[t]!;
    counts[t % period]!++;
  }
  for (let t = 0; t < rest.length; t++) rest[t]! -= sums[t % period]! / counts[t % period]!;
}

/** What is left after a centred moving mean over `window` steps is taken away; the ends, where it is not whole, are cut. */
function aboutMovingMean(values: Float64Array, window: number): Float64Array {
  const n = values.length;
  const half = Math.floor(window / 2);
  const even = window % 2 === 0;
  const sums = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) sums[t + 1] = sums[t]! + values[t]!;
  const rest = new Float64Array(Math.max(0, n - 2 * half));
  for (let t = half; t + half < n; t++) {
    const whole = sums[t + half + 1]! - sums[t - half]!;
    const mean = even ? (whole - 0.5 * (values[t - half]! + values[t + half]!)) / window : whole / window;
    rest[t - half] = values[t]! - mean;
  }
  return rest;
}

/** The lag of the highest peak of the autocorrelation of the differences, if it stands out. */
function autocorrelationPeak(values: Float64Array): number | undefined {
  const n = Math.min(values.length, 4000);
  const recent = values.subarray(values.length - n);
  const lagMost = Math.min(Math.floor(n / 3), 800);
  if (lagMost < 3) return undefined;
  const smooth = aboutMovingMean(recent, Math.min(n - 1, 2 * lagMost) | 1);
  const source = smooth.length > 3 * lagMost ? smooth : recent.map((value, t) => value - lineOf(recent, t));
  const correlation = autocorrelation(source, lagMost);
  let best: number | undefined;
  for (let lag = 2; lag < lagMost; lag++) {
    const here = correlation[lag]!;
    if (here < 0.2 || here <= correlation[lag - 1]! || here < correlation[lag + 1]!) continue;
    if (best === undefined || here > correlation[best]! + 0.05) best = lag;
  }
  return best;
}

function lineOf(values: Float64Array, t: number): number {
  const first = values[0]!;
  const last = values.at(-1)!;
  return first + ((last - first) * t) / Math.max(1, values.length - 1);
}

function autocorrelation(values: Float64Array, lagMost: number): Float64Array {
  const n = values.length;
  let mean = 0;
  for (let t = 0; t < n; t++) mean += values[t]! / n;
  const result = new Float64Array(lagMost + 1);
  for (let lag = 0; lag <= lagMost; lag++) {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += (values[t]! - mean) * (values[t - lag]! - mean);
    result[lag] = sum;
  }
  const variance = result[0]!;
  return variance > 0 ? result.map((value) => value / variance) : result;
}
