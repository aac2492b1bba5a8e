/**
 * Where the measures of the ledger are heading: trends with their confidence, and
 * forecasts with intervals and the error that they had in back-tests, of any measure by
 * any dimensions.
 */

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type Forecast, forecast } from '../analyse/forecast/forecast.ts';
import { trend } from '../analyse/trend/trend.ts';
import { describeMeasure } from '../series/measure-names.ts';
import { emptyValue } from '../series/measures.ts';
import type { Series, SeriesQuery, SeriesSource } from '../series/series.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A question for trends or forecasts: history on a grid, up to a time. */
export type OutlookQuestion = SeriesQuery & { readonly seriesMax: number };

/** The trend of one series. Slopes are for a day. */
export interface SeriesTrend {
  readonly labels: Readonly<Record<string, string>>;
  /** `rising` and `falling` are of measures that have no good direction. */
  readonly verdict: 'improving' | 'degrading' | 'stable' | 'rising' | 'falling' | 'unknown';
  readonly slope_per_day: number | null;
  readonly slope_low: number | null;
  readonly slope_high: number | null;
  readonly median_slope_per_day: number | null;
  readonly change_percent: number | null;
  readonly projected: {
    readonly days: number;
    readonly expected: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Days ahead that a trend is projected to. */
const PROJECTED_DAYS = [1, 7, 30] as const;
/** Values that a trend needs. */
const TREND_VALUES_MIN = 8;

/** The trends of a measure. */
export async function findTrends(source: SeriesSource, question: OutlookQuestion): Promise<SeriesTrend[]> {
  const { good } = describeMeasure(question.measure);
  return inTurns(await source.query(question), (one): SeriesTrend => {
    const { timestampsMs, values } = sinceFirst(one, question.measure);
    if (values.filter(Number.isFinite).length < TREND_VALUES_MIN) return unknownTrend(one.labels);
    const found = trend({ timestampsMs, values }, { goodWhen: good === 'lower' ? 'down' : 'up' });
    const neutral = { improving: 'rising', degrading: 'falling', stable: 'stable' } as const;
    return {
      labels: one.labels,
      verdict: good === 'neutral' ? neutral[found.verdict] : found.verdict,
      slope_per_day: found.slope,
      slope_low: finite(found.slopeLow),
      slope_high: finite(found.slopeHigh),
      median_slope_per_day: found.medianSlope,
      change_percent: found.changeShare === null ? null : 100 * found.changeShare,
      projected: PROJECTED_DAYS.flatMap((days) => {
        const { expected, low, high } = found.project(days);
        return Number.isFinite(low) && Number.isFinite(high) ? [{ days, expected, low, high }] : [];
      }),
    };
  });
}

/** The forecast of one series. */
export interface SeriesForecast {
  readonly labels: Readonly<Record<string, string>>;
  /** Null where there is no history. */
  readonly forecast: Forecast | null;
  /** Sum over the horizon, of what adds up; null for all else. */
  readonly total: Band | null;
}

/** A figure with its intervals. */
export interface Band {
  readonly point: number;
  readonly lower80: number;
  readonly upper80: number;
  readonly lower95: number;
  readonly upper95: number;
}

/** The forecasts of a measure, `horizon` steps ahead. */
export async function findForecasts(
  source: SeriesSource,
  question: OutlookQuestion,
  horizon: number,
): Promise<SeriesForecast[]> {
  const isSum = describeMeasure(question.measure).kind === 'count';
  return inTurns(await source.query(question), (one): SeriesForecast => {
    const history = sinceFirst(one, question.measure);
    if (!history.values.some(Number.isFinite)) return { labels: one.labels, forecast: null, total: null };
    const found = forecast(history, { horizon });
    return {
      labels: one.labels,
      forecast: found,
      total: isSum ? bandAt(found.cumulative, horizon - 1) : null,
    };
  });
}

/** What a month will have cost at its end: what it cost so far, and the days that are left. */
export interface MonthEnd extends Band {
  readonly spent: number;
  readonly model: string;
  readonly backtest: Forecast['backtest'];
}

/** Days of history that a forecast of spend takes. */
const SPEND_DAYS = 120;

/** What the month of a time will come to, in dollars (UTC); null where nothing was ever spent. */
export async function monthEnd(source: SeriesSource, nowMs: number): Promise<MonthEnd | null> {
  const [all] = await monthEnds(source, { by: [], where: [], seriesMax: 1 }, nowMs);
  return all?.end ?? null;
}

/** The same for each of several parts of the spend; those that never spent anything are left out. */
export async function monthEnds(
  source: SeriesSource,
  question: Pick<OutlookQuestion, 'by' | 'where' | 'seriesMax'>,
  nowMs: number,
): Promise<{ readonly labels: Series['labels']; readonly end: MonthEnd }[]> {
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const found = await source.query({
    ...question,
    measure: 'cost_usd',
    fromMs: todayMs - SPEND_DAYS * DAY_MS,
    toMs: todayMs + DAY_MS,
    stepMs: DAY_MS,
  });
  const ends = await inTurns(found, (series) => ({
    labels: series.labels,
    end: monthEndOf(series, nowMs),
  }));
  return ends.flatMap(({ labels, end }) => (end === null ? [] : [{ labels, end }]));
}

/** Works on one series after the other, each of which takes the processor for long; in between others have their turn. */
async function inTurns<R>(all: readonly Series[], work: (series: Series) => R): Promise<R[]> {
  const results: R[] = [];
  for (const series of all) {
    results.push(work(series));
    await yieldToOthers();
  }
  return results;
}

function monthEndOf(series: Series, nowMs: number): MonthEnd | null {
  const now = new Date(nowMs);
  const startMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const today = series.values.at(-1) ?? 0;
  const past = {
    ...series,
    values: series.values.slice(0, -1),
    timestampsMs: series.timestampsMs.slice(0, -1),
  };
  const history = sinceFirst(past, 'cost_usd');
  if (!history.values.some((value) => value > 0)) return null;
  const whole = history.values.reduce(
    (sum, value, index) => ((history.timestampsMs[index] ?? 0) >= startMs ? sum + (value || 0) : sum),
    0,
  );
  const horizon = Math.round((endMs - todayMs) / DAY_MS);
  const found = forecast({ values: history.values }, { horizon, nonNegative: true });
  const spent = whole + (Number.isFinite(today) ? today : 0);
  const ahead = bandAt(found.cumulative, horizon - 1);
  // What is spent already cannot become less.
  const total = (value: number): number => Math.max(spent, whole + value);
  return {
    spent,
    point: total(ahead.point),
    lower80: total(ahead.lower80),
    upper80: total(ahead.upper80),
    lower95: total(ahead.lower95),
    upper95: total(ahead.upper95),
    model: found.model,
    backtest: found.backtest,
  };
}

function bandAt({ point, lower80, upper80, lower95, upper95 }: Forecast['cumulative'], step: number): Band {
  const at = (values: readonly number[]): number => values[step] ?? 0;
  return {
    point: at(point),
    lower80: at(lower80),
    upper80: at(upper80),
    lower95: at(lower95),
    upper95: at(upper95),
  };
}

/** The values from the first step on that has any: what was before the first request is no history. */
function sinceFirst(
  { timestampsMs, values }: Series,
  measure: string,
): Pick<Series, 'timestampsMs' | 'values'> {
  const empty = emptyValue(describeMeasure(measure));
  const first = values.findIndex((value) => Number.isFinite(value) && value !== empty);
  return first <= 0
    ? { timestampsMs, values }
    : { timestampsMs: timestampsMs.slice(first), values: values.slice(first) };
}

function unknownTrend(labels: Readonly<Record<string, string>>): SeriesTrend {
  const none = { slope_per_day: null, slope_low: null, slope_high: null, median_slope_per_day: null };
  return { labels, verdict: 'unknown', ...none, change_percent: null, projected: [] };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
