/**
 * The part of a grid that is modelled: the recent past, its gaps filled with the
 * season in mind, its seasons and the scale on which they are additive.
 */
import type { Grid } from './grid.ts';
import { withoutOutliers } from './outliers.ts';
import { calendarPeriods, findSeasons, seasonalGain } from './seasons.ts';
import { type Transform, powerTransform, suitablePower } from './transform.ts';

/** What the methods are given. */
export interface History {
  readonly values: Float64Array;
  /** 1 where the value was observed, 0 where it was filled in. */
  readonly observed: Uint8Array;
  /** The values on the scale of `transform`. */
  readonly scaled: Float64Array;
  /** The same without isolated outliers: what the methods see. */
  readonly modelled: Float64Array;
  readonly transform: Transform;
  /** Seasons in steps, ascending, at most two. */
  readonly seasons: readonly number[];
  /** Whether the shortest season is so plain that methods without one are not worth trying. */
  readonly seasonIsStrong: boolean;
  /** The lag of the seasonal naive forecast that MASE is scaled by. */
  readonly mainPeriod: number;
}

/** The longest history that is looked at, in steps. */
const lookBackMost = 30_000;
/** What suffices without a season, and cycles that suffice with one. */
const lookBackUsual = 1_500;
const cyclesUsual = 20;
/** From this share of variance explained on, methods without a season are left out. */
const strongGain = 0.3;
/** Steps per block in which the spread is compared with the level where there is no season. */
const blockUsual = 12;

/** The history of a grid; `period` is the caller's main season, tried beside the calendar's. A series that may be negative stays linear. */
export function historyOf(grid: Grid, period: number | undefined, nonNegative: boolean): History {
  const all = grid.values.subarray(-lookBackMost);
  const calendar = grid.workingDays ? [5] : calendarPeriods(grid.stepMs);
  const given = period !== undefined && period >= 2 ? [period] : [];
  const candidates = new Set(
    calendar.length > 0 ? calendar : given.flatMap((length) => [length, 7 * length]),
  );
  const seasons = withGiven(findSeasons(all, [...candidates]), given[0], all.length);
  const lookBack = Math.max(lookBackUsual, cyclesUsual * (seasons.at(-1) ?? 1));
  const observed = grid.observed.slice(-Math.min(lookBack, lookBackMost));
  const values = all.slice(-observed.length);
  if (seasons.length > 0) fillBySeason(values, observed, seasons.at(-1)!);
  const transform = powerTransform(nonNegative ? suitablePower(values, seasons[0] ?? blockUsual) : 1);
  const scaled = transform.forward(values);
  return {
    values,
    observed,
    modelled: withoutOutliers(scaled, seasons[0] ?? 1),
    scaled,
    transform,
    seasons,
    seasonIsStrong: seasons.length > 0 && seasonalGain(values, seasons[0]!) >= strongGain,
    mainPeriod: period ?? seasons[0] ?? 1,
  };
}

/** The caller's season joins those found, if the history has two cycles of it; at most two are kept. */
function withGiven(found: readonly number[], given: number | undefined, n: number): number[] {
  if (given === undefined || found.includes(given) || n < 2 * given + 1) return [...found];
  return [given, ...found.slice(-1)].toSorted((a, b) => a - b);
}

/** Replaces filled-in values by the mean of the nearest observed ones at the same phase, where there are any. */
function fillBySeason(values: Float64Array, observed: Uint8Array, period: number): void {
  const n = values.length;
  const seen = (from: number, step: number): number | undefined => {
    for (let t = from + step; t >= 0 && t < n; t += step) if (observed[t] === 1) return values[t];
    return undefined;
  };
  for (let t = 0; t < n; t++) {
    if (observed[t] === 1) continue;
    const before = seen(t, -period);
    const after = seen(t, period);
    const sides = [before, after].filter((side) => side !== undefined);
    if (sides.length > 0) values[t] = sides.reduce((sum, side) => sum + side, 0) / sides.length;
  }
}
