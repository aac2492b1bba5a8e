/**
 * Where a measure is heading: the slope of a robust line, a confidence interval
 * that knows that neighbouring values are alike, and a verdict. A trend is only
 * called when the interval leaves 0 out, the median of pairwise slopes agrees,
 * and the change matters; everything else is stable.
 */
import { type Grid, type Series, toGrid } from '../forecast/grid.ts';
import { median } from '../forecast/numeric.ts';
import { calendarPeriods, findSeasons } from '../forecast/seasons.ts';
import { studentQuantile } from '../forecast/student.ts';
import { fitLine, type Line } from './line.ts';
import { medianSlope } from './median-slope.ts';

/** How to judge a trend. */
export interface TrendOptions {
  /** Which direction is good: `down` for response time and cost, `up` for quality. */
  readonly goodWhen: 'up' | 'down';
  /** Confidence of the interval, 0.5..0.999; 0.95 by default. */
  readonly confidence?: number;
  /** Least change over the whole window, relative to the median size of the values, that counts; 0.02 by default. */
  readonly changeShareLeast?: number;
}

/** The trend of a series. Slopes are per day where the series has times, per step otherwise. */
export interface Trend {
  readonly verdict: 'improving' | 'degrading' | 'stable';
  /** Slope of the robust line with its confidence interval. */
  readonly slope: number;
  readonly slopeLow: number;
  readonly slopeHigh: number;
  /** The median of the slopes between all pairs of points (Theil and Sen). */
  readonly medianSlope: number;
  /** Change along the line over the window, relative to the median size of the values; `null` if that is 0. */
  readonly changeShare: number | null;
  /** How many independent values the series is worth. */
  readonly effectiveCount: number;
  /** The line and its confidence interval `ahead` days (or steps) after the last value. It is the trend, not single values. */
  readonly project: (ahead: number) => {
    readonly expected: number;
    readonly low: number;
    readonly high: number;
  };
}

const dayMs = 86_400_000;
const confidenceUsual = 0.95;
const changeShareUsual = 0.02;

/**
 * The trend of a series of at least one finite value; with fewer than four it is
 * stable and its interval unbounded. Throws RangeError for an empty series and
 * for a confidence outside 0.5..0.999.
 *
 * @example
 * const { verdict, slope } = trend({ timestampsMs, values: latencyMs }, { goodWhen: 'down' });
 */
export function trend(series: Series, options: TrendOptions): Trend {
  const confidence = options.confidence ?? confidenceUsual;
  if (!(confidence >= 0.5 && confidence <= 0.999))
    throw new RangeError('confidence must be from 0.5 to 0.999');
  const grid = toGrid(series);
  if (!grid.observed.includes(1)) throw new RangeError('the series has no values');
  const perUnit = grid.stepMs > 0 ? dayMs / grid.stepMs : 1;
  const line = fitLine(grid.values, grid.observed, seasonOf(grid));
  const wide = line.freedom > 0 ? studentQuantile(confidence, line.freedom) : Number.POSITIVE_INFINITY;
  const paired = medianSlope(line.adjusted, grid.observed);
  const size = median(grid.values.map(Math.abs));
  const change = line.slope * (grid.values.length - 1);
  const changeShare = size > 0 ? change / size : null;
  const margin = line.freedom > 0 ? wide * line.slopeError : Number.POSITIVE_INFINITY;
  const isPlain =
    Math.abs(line.slope) > margin &&
    Math.sign(paired) === Math.sign(line.slope) &&
    Math.abs(changeShare ?? 1) >= (options.changeShareLeast ?? changeShareUsual);
  const isGood = line.slope > 0 === (options.goodWhen === 'up');
  return {
    verdict: isPlain ? (isGood ? 'improving' : 'degrading') : 'stable',
    slope: line.slope * perUnit,
    slopeLow: (line.slope - margin) * perUnit,
    slopeHigh: (line.slope + margin) * perUnit,
    medianSlope: paired * perUnit,
    changeShare,
    effectiveCount: line.effectiveCount,
    project: (ahead) => project(line, grid.values.length - 1 + ahead * perUnit, wide),
  };
}

/** The shortest season of the values, which would otherwise tilt a line over a broken number of cycles. */
function seasonOf(grid: Grid): number {
  const candidates = grid.workingDays ? [5] : calendarPeriods(grid.stepMs);
  return candidates.length > 0 ? (findSeasons(grid.values, candidates)[0] ?? 1) : 1;
}

function project(line: Line, step: number, wide: number): { expected: number; low: number; high: number } {
  const expected = line.middle + line.slope * (step - line.middleStep);
  if (!(line.freedom > 0)) return { expected, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const error = Math.hypot(line.middleError, line.slopeError * (step - line.middleStep));
  return { expected, low: expected - wide * error, high: expected + wide * error };
}
