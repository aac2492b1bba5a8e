/**
 * The scoring rule of the Numenta Anomaly Benchmark (Lavin and Ahmad, "Evaluating
 * Real-time Anomaly Detection Algorithms", ICMLA 2015), written from its statement.
 *
 * The first min(15 %, 750) rows of a series are not scored. A row is a detection at
 * or above one threshold for all series. In a window only the best detection counts
 * and earns between 0 and 1, the more the earlier; a window without one costs. A
 * detection outside costs, little just after a window and in full elsewhere. The
 * result is 0 for no detections at all and 100 for one in the first row of each
 * window and none elsewhere.
 */

import type { LabelledSeries, Profile } from './nab-data.ts';

const PROBATION_SHARE = 0.15;
const PROBATION_ROWS_MAX = 750;

/** One scored detection: at `score` it appears, and changes the sum by so much. */
interface Step {
  readonly score: number;
  /** Gained in its window beyond what a higher score gained there. */
  readonly gain: number;
  /** 1 if it is the first in its window. */
  readonly found: number;
  /** From 0 to 1: the part of a false alarm's cost. */
  readonly alarm: number;
}

/** The best threshold of a sweep and the result there. */
export interface SweepResult {
  readonly threshold: number;
  readonly result: number;
}

/** The scores of one series, prepared for any threshold and profile. */
export interface ScoredSeries {
  readonly windows: number;
  readonly steps: readonly Step[];
}

/** From 1 long before through 0 at 0 to -1 long after. */
function sigmoid(x: number): number {
  return 2 / (1 + Math.exp(5 * x)) - 1;
}

/** How many rows at the beginning are not scored. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(PROBATION_SHARE * rows), PROBATION_ROWS_MAX);
}

/** Prepares the scores of a series; each row's is compared with the threshold. */
export function scoreSeries(series: LabelledSeries, scores: ArrayLike<number>): ScoredSeries {
  const rows = series.values.length;
  const candidates: { score: number; window: number; worth: number }[] = [];
  let window = 0;
  for (let row = 0; row < rows; row += 1) {
    while (window < series.windows.length && row > series.windows[window]!.last) window += 1;
    const score = scores[row]!;
    if (row < probationRows(rows) || score <= 0) continue;
    const current = series.windows[window];
    const inside = current !== undefined && row >= current.first;
    const worth = inside ? earned(current, row) : cost(series.windows[window - 1], row);
    candidates.push({ score, window: inside ? window : -1, worth });
  }
  candidates.sort((a, b) => b.score - a.score);
  const best = new Map<number, number>();
  const steps = candidates.map(({ score, window, worth }): Step => {
    if (window < 0) return { score, gain: 0, found: 0, alarm: worth };
    const before = best.get(window);
    best.set(window, Math.max(before ?? worth, worth));
    return {
      score,
      gain: Math.max(0, worth - (before ?? 0)),
      found: before === undefined ? 1 : 0,
      alarm: 0,
    };
  });
  return { windows: series.windows.length, steps };
}

function earned({ first, last }: { first: number; last: number }, row: number): number {
  const width = last - first + 1;
  return sigmoid(-(last - row + 1) / width) / sigmoid(-1);
}

function cost(previous: { first: number; last: number } | undefined, row: number): number {
  if (previous === undefined) return 1;
  const x = (row - previous.last) / (previous.last - previous.first);
  return x > 3 ? 1 : -sigmoid(x);
}

/** The sum of one series at a threshold: gains less missed windows and false alarms. */
export function rawAt({ windows, steps }: ScoredSeries, threshold: number, profile: Profile): number {
  let raw = -profile.missed * windows;
  for (const { score, gain, found, alarm } of steps) {
    if (score < threshold) break;
    raw += gain + profile.missed * found - profile.falseAlarm * alarm;
  }
  return raw;
}

/** The result over series at one threshold, on the scale of 0 to 100. */
export function resultAt(all: readonly ScoredSeries[], threshold: number, profile: Profile): number {
  return normalise(
    all.reduce((sum, series) => sum + rawAt(series, threshold, profile), 0),
    all,
    profile,
  );
}

/** Tries every threshold that makes a difference. */
export function sweep(all: readonly ScoredSeries[], profile: Profile): SweepResult {
  const steps = all.flatMap((series) => series.steps).toSorted((a, b) => b.score - a.score);
  let raw = -profile.missed * windowsOf(all);
  let best = { threshold: Number.POSITIVE_INFINITY, raw };
  steps.forEach(({ score, gain, found, alarm }, index) => {
    raw += gain + profile.missed * found - profile.falseAlarm * alarm;
    if (steps[index + 1]?.score !== score && raw > best.raw) best = { threshold: score, raw };
  });
  return { threshold: best.threshold, result: normalise(best.raw, all, profile) };
}

/** Each series scored at the threshold that is best for all the others. */
export function leaveOneOut(all: readonly ScoredSeries[], profile: Profile): number {
  const raw = all.reduce((sum, series) => {
    const { threshold } = sweep(
      all.filter((other) => other !== series),
      profile,
    );
    return sum + rawAt(series, threshold, profile);
  }, 0);
  return normalise(raw, all, profile);
}

/** From the sum without detections, 0, to the sum of a perfect detector, 100. */
function normalise(raw: number, all: readonly ScoredSeries[], profile: Profile): number {
  const windows = windowsOf(all);
  const none = -profile.missed * windows;
  return (100 * (raw - none)) / (windows - none);
}

function windowsOf(all: readonly ScoredSeries[]): number {
  return all.reduce((sum, series) => sum + series.windows, 0);
}
