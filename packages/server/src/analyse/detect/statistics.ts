/**
 * Computes the statistics of {@link STATISTICS} row by row, in one pass and with
 * fixed memory. A row is compared with what was learnt before it, then learnt.
 */

import { ADJUSTED_ROWS, SHIFT_ROWS, SPREAD_ROWS, STATISTICS, VARIATION_ROWS } from './definitions.ts';
import { Expectation, type ExpectationState } from './expectation.ts';
import { RunningMean, type RunningMeanState } from './running-mean.ts';
import { Windows, type WindowsState } from './windows.ts';

/** Where the statistics are that are computed in groups. */
const SHIFTS = STATISTICS.findIndex(({ kind }) => kind === 'level');
const ADJUSTED = SHIFTS + SHIFT_ROWS.length;
const VARIATIONS = ADJUSTED + ADJUSTED_ROWS.length;
const SPREAD = VARIATIONS + VARIATION_ROWS.length;
/** The statistic of missing data, which is also asked for when there is no value. */
export const GAP: number = SPREAD + 1;
const ZEROS = SPREAD + 2;

/** How many rows long-run means remember. */
const MEMORY_ROWS = 2000;
const SLOW_ROWS = 50;
/** A window is compared once there are more than so many rows before it. */
const OLDER_MIN = 20;
/** A time step counts as a gap beyond so many usual steps. */
const GAP_STEPS = 2.5;
/** Logarithms of ratios are held within this, so that a flat line is rare but finite. */
const LOG_RATIO_MAX = Math.log(1e4);
/** Differences below this share of the usual spread are rounding. */
const ROUNDING = 1e-9;

/** What {@link Statistics} know, as plain JSON. */
export interface StatisticsState {
  readonly origin: number;
  readonly last: number;
  readonly lastMs: number | null;
  readonly stepMs: number;
  readonly zeros: number;
  readonly zerosInRow: number;
  readonly rows: number;
  readonly means: readonly RunningMeanState[];
  readonly windows: readonly WindowsState[];
  readonly expectation: ExpectationState;
}

/** The statistics of one series. */
export class Statistics {
  /** The statistics of the last row observed, in the order of {@link STATISTICS}; NaN where one is not known yet. */
  readonly values: Float64Array = new Float64Array(STATISTICS.length);
  #origin = 0;
  #last = 0;
  #lastMs: number | null = null;
  #stepMs = 0;
  #zeros = 0;
  #zerosInRow = 0;
  #rows = 0;
  readonly #level = new RunningMean(MEMORY_ROWS);
  readonly #spread = new RunningMean(MEMORY_ROWS);
  readonly #slow = new RunningMean(SLOW_ROWS);
  readonly #shifts = new Windows(SHIFT_ROWS, 128, MEMORY_ROWS, OLDER_MIN);
  readonly #adjusted = new Windows(ADJUSTED_ROWS, 128, MEMORY_ROWS, OLDER_MIN);
  readonly #variations = new Windows(VARIATION_ROWS, 128, MEMORY_ROWS, OLDER_MIN);
  readonly #spreads = new Windows([SPREAD_ROWS], 64, MEMORY_ROWS, OLDER_MIN);
  readonly #windows = [this.#shifts, this.#adjusted, this.#variations, this.#spreads];
  readonly #means = [this.#level, this.#spread, this.#slow];
  readonly #expectation = new Expectation();

  /** How many rows had a value. */
  get rows(): number {
    return this.#rows;
  }

  /** The share of values so far that were 0. */
  get zeroShare(): number {
    return this.#rows === 0 ? 0 : this.#zeros / this.#rows;
  }

  /** The time without a value up to an instant, beyond what is usual, in milliseconds. */
  gapMs(timestampMs: number): number {
    if (this.#lastMs === null || this.#stepMs === 0) return 0;
    return Math.max(0, timestampMs - this.#lastMs - GAP_STEPS * this.#stepMs);
  }

  /** What a value at an instant is expected to be, from the rows so far; null before the first. */
  expectedAt(timestampMs: number): number | null {
    this.#expectation.look(timestampMs, this.#level.mean, this.#spread.mean);
    return this.#rows === 0 ? null : this.#expectation.best + this.#origin;
  }

  /** Takes a row in, leaves its statistics in {@link values}, and returns what was expected. */
  observe(timestampMs: number, value: number): number | null {
    if (this.#rows === 0) this.#origin = value;
    const expected = this.expectedAt(timestampMs);
    // Measured from the first value, so that a constant added to a series changes no digit that matters.
    const y = value - this.#origin;
    this.values[GAP] = this.gapMs(timestampMs);
    this.#judgePoint(y);
    this.#judgeWindows(y);
    this.#zerosInRow = value === 0 ? this.#zerosInRow + 1 : 0;
    if (value === 0) this.#zeros += 1;
    this.values[ZEROS] = this.#zerosInRow;
    this.#learnStep(timestampMs);
    this.#expectation.learn(y);
    this.#spread.add(Math.abs(y - this.#level.mean));
    this.#level.add(y);
    this.#last = y;
    this.#rows += 1;
    return expected;
  }

  #judgePoint(y: number): void {
    const values = this.values;
    const { best, daily, knowsDay, weekly, dailySpread } = this.#expectation;
    const floor = ROUNDING * this.#spread.mean;
    values[0] = sized(Math.abs(y - this.#level.mean), floor);
    values[1] = sized(Math.abs(y - weekly), floor);
    if (!knowsDay) values[2] = Number.NaN;
    else values[2] = dailySpread > 0 ? sized(Math.abs(y - daily), floor) / dailySpread : 0;
    values[3] = sized(y - best, floor);
  }

  #judgeWindows(y: number): void {
    const values = this.values;
    const floor = ROUNDING * this.#spread.mean;
    this.#shifts.push(y);
    const { knowsDay, daily } = this.#expectation;
    if (knowsDay) this.#adjusted.push(y - daily);
    this.#variations.push(this.#rows === 0 ? 0 : Math.abs(y - this.#last));
    this.#spreads.push(Math.abs(y - this.#slow.mean));
    this.#slow.add(y);
    for (let index = 0; index < SHIFT_ROWS.length; index += 1) {
      values[SHIFTS + index] = sized(shift(this.#shifts, index), floor);
    }
    for (let index = 0; index < ADJUSTED_ROWS.length; index += 1) {
      values[ADJUSTED + index] = knowsDay ? sized(shift(this.#adjusted, index), floor) : Number.NaN;
    }
    for (let index = 0; index < VARIATION_ROWS.length; index += 1) {
      values[VARIATIONS + index] = this.#variations.ready(index)
        ? logRatio(this.#variations.mean(index), this.#variations.olderMean(index))
        : 0;
    }
    values[SPREAD] = sized(shift(this.#spreads, 0), floor);
  }

  /** Follows the median of the time steps: up or down by a share of itself. */
  #learnStep(timestampMs: number): void {
    const stepMs = this.#lastMs === null ? 0 : timestampMs - this.#lastMs;
    this.#lastMs = timestampMs;
    if (stepMs <= 0) return;
    if (this.#stepMs === 0) this.#stepMs = stepMs;
    else if (stepMs !== this.#stepMs)
      this.#stepMs *= 1 + Math.sign(stepMs - this.#stepMs) * Math.max(0.01, 0.5 / this.#rows);
  }

  /** Everything known, as plain JSON. */
  state(): StatisticsState {
    return {
      origin: this.#origin,
      last: this.#last,
      lastMs: this.#lastMs,
      stepMs: this.#stepMs,
      zeros: this.#zeros,
      zerosInRow: this.#zerosInRow,
      rows: this.#rows,
      means: this.#means.map((mean) => mean.state()),
      windows: this.#windows.map((window) => window.state()),
      expectation: this.#expectation.state(),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: StatisticsState): void {
    this.#origin = state.origin;
    this.#last = state.last;
    this.#lastMs = state.lastMs;
    this.#stepMs = state.stepMs;
    this.#zeros = state.zeros;
    this.#zerosInRow = state.zerosInRow;
    this.#rows = state.rows;
    this.#means.forEach((mean, index) => mean.restore(state.means[index]!));
    this.#windows.forEach((window, index) => window.restore(state.windows[index]!));
    this.#expectation.restore(state.expectation);
  }
}

/** How far a window's mean lies from the mean before it. */
function shift(windows: Windows, index: number): number {
  return windows.ready(index) ? windows.mean(index) - windows.olderMean(index) : 0;
}

/** A difference, or 0 if it is no more than rounding. */
function sized(difference: number, floor: number): number {
  return Math.abs(difference) > floor ? difference : 0;
}

function logRatio(now: number, before: number): number {
  if (before <= 0) return now > 0 ? LOG_RATIO_MAX : 0;
  return Math.max(-LOG_RATIO_MAX, Math.min(LOG_RATIO_MAX, Math.log(now / before)));
}
