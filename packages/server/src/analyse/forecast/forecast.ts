/**
 * The forecast of one series: several classical models, back-tested from rolling
 * origins on the series itself, combined by what they achieved there, with
 * intervals from the errors of the combination. Pure and deterministic: the same
 * history gives the same numbers.
 */
import type { BacktestError } from './accuracy.ts';
import { type BacktestOutcome, backtest } from './backtest.ts';
import { type Bands, cumulativeBands, stepBands } from './bands.ts';
import { type Grid, type Series, toGrid } from './grid.ts';
import { type History, historyOf } from './history.ts';
import { lastValueBands, widenEach, widenRunning } from './short-history.ts';

/** What to forecast. */
export interface ForecastOptions {
  /** Steps ahead, 1 to 10,000. */
  readonly horizon: number;
  /**
   * Length of the main season in steps. It is tried in addition to those of the
   * calendar, and scales the reported MASE. Found from the step and the data if left out.
   */
  readonly period?: number;
  /** Whether the series cannot be negative; by default true when no value of the history is. */
  readonly nonNegative?: boolean;
}

/** A forecast. All arrays have one entry per step ahead. */
export interface Forecast extends Bands {
  /** The heaviest methods and the seasons, such as `combination of 17 (stl-ar 0.21, …; log scale; seasons 24, 168)`. */
  readonly model: string;
  /** Seasons that were modelled, in steps, ascending. */
  readonly seasons: number[];
  /** Error of the combination in back-tests on this series; nulls when it was too short for any. */
  readonly backtest: BacktestError;
  /** Running sums of the steps with intervals of their own, since those of single steps do not add up. */
  readonly cumulative: Bands;
  /** Times of the steps (milliseconds, or positions if the series has these), undefined where it had none. */
  readonly timestampsMs: number[] | undefined;
}

const horizonMost = 10_000;

/**
 * Forecasts `horizon` steps. Throws RangeError for a series without any finite
 * value, for a horizon that is no integer in 1..10,000 and for a period below 1.
 *
 * @example
 * const next = forecast({ timestampsMs, values }, { horizon: 48 });
 * next.upper95[47];
 */
export function forecast(series: Series, options: ForecastOptions): Forecast {
  const { horizon, period } = options;
  if (!Number.isInteger(horizon) || horizon < 1 || horizon > horizonMost) {
    throw new RangeError(`horizon must be an integer from 1 to ${horizonMost}`);
  }
  if (period !== undefined && !(Number.isInteger(period) && period >= 1)) {
    throw new RangeError('period must be a positive integer');
  }
  const grid = toGrid(series);
  if (!grid.observed.includes(1)) throw new RangeError('the series has no values');
  const unit = unitOf(grid.values);
  const values = grid.values.map((value) => value / unit);
  const nonNegative = options.nonNegative ?? values.every((value) => value >= 0);
  const history = historyOf({ ...grid, values }, period, nonNegative);
  const outcome = backtest(history, horizon, nonNegative);
  const { each, running } =
    outcome === undefined
      ? lastValueBands(history.values, horizon)
      : {
          each: stepBands(history, outcome, horizon, nonNegative),
          running: cumulativeBands(history, outcome, horizon, nonNegative),
        };
  return {
    ...inUnits(widenEach(each, history.values, nonNegative), unit),
    model:
      outcome === undefined ? 'last value (history too short to back-test)' : modelName(history, outcome),
    seasons: [...history.seasons],
    backtest: outcome === undefined ? { smape: null, mase: null } : outcome.error,
    cumulative: inUnits(widenRunning(running, history.values, nonNegative), unit),
    timestampsMs: timesOf(grid, horizon),
  };
}

/** The power of two that brings the largest value near 1, so that no square over- or underflows; exact to divide by. */
function unitOf(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most > 0 ? 2 ** Math.max(-1021, Math.floor(Math.log2(most))) : 1;
}

/** Bands multiplied by `unit`; what overflows stays at the largest number. */
function inUnits(bands: Bands, unit: number): Bands {
  const scaled = (values: readonly number[]): number[] =>
    values.map((value) => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value * unit)));
  return {
    point: scaled(bands.point),
    lower80: scaled(bands.lower80),
    upper80: scaled(bands.upper80),
    lower95: scaled(bands.lower95),
    upper95: scaled(bands.upper95),
  };
}

function timesOf(grid: Grid, horizon: number): number[] | undefined {
  if (grid.timeMs(1) === undefined) return undefined;
  return Array.from({ length: horizon }, (_, h) => grid.timeMs(h + 1)!);
}

/** The five heaviest methods with their weights. */
function modelName(history: History, outcome: BacktestOutcome): string {
  const heaviest = outcome.methods
    .map((method, index) => ({ name: method.name, weight: outcome.weights[index]! }))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, 5)
    .map(({ name, weight }) => `${name} ${weight.toFixed(2)}`);
  const seasons = history.seasons.length > 0 ? `; seasons ${history.seasons.join(', ')}` : '';
  const scale = ['log', 'root', 'linear'][history.transform.power * 2]!;
  return `combination of ${outcome.methods.length} (${heaviest.join(', ')}; ${scale} scale${seasons})`;
}
