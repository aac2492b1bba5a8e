/** Reads questions for trends, forecasts and regressions as callers write them, and answers them. */

import { BellwetherError } from '@bellwether/events';
import { readTimeRange } from '../report/time-range.ts';
import { columnsOf } from '../series/dimensions.ts';
import { describeMeasure, dimensionsFor, type MeasureDescription } from '../series/measure-names.ts';
import { measureOf } from '../series/measures.ts';
import { readFilters, readGrid } from '../series/question.ts';
import type { CountingSeriesSource, SeriesFilter, SeriesSource } from '../series/series.ts';
import { findForecasts, findTrends, monthEnd, type OutlookQuestion } from './outlook.ts';
import { findRegressions, type Marker, type Markers, REGRESSION_MEASURES } from './regressions.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SERIES_DEFAULT = 10;
const SERIES_MAX = 50;
/** Steps of one series: a trend of so many takes the processor for a tenth of a second, in which nothing else goes on. */
export const STEPS_MAX = 20_000;
const HISTORY_DAYS_DEFAULT = 28;
const HORIZON_MAX = 1000;
const HOURS_DEFAULT = 24;
const HOURS_MAX = 24 * 28;

/** A question for a measure over time. */
export interface OutlookParameters {
  readonly measure?: string;
  readonly by?: string;
  readonly where?: string | readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly step?: string;
  readonly series_max?: number;
}

/** A question for a forecast. */
export interface ForecastParameters extends OutlookParameters {
  /** Steps ahead. */
  readonly horizon?: number;
  /** When is this reached, such as a limit of tokens a minute? */
  readonly limit?: number;
}

/** A question for regressions. */
export interface RegressionParameters {
  readonly marker?: string;
  readonly at?: string;
  readonly hours?: number;
  readonly measures?: string;
  readonly where?: string | readonly string[];
  readonly mix?: string;
}

/** The trends that are asked for. @throws BellwetherError `invalid_parameter`. */
export async function answerTrends(
  source: CountingSeriesSource,
  parameters: OutlookParameters,
  nowMs: number,
) {
  const { question, measure } = readQuestion(parameters, nowMs, '1h');
  const found = await findTrends(source, oneMore(question));
  const { shown, ...others } = await cut(source, found, question);
  return { ...described(question, measure), trends: shown, ...others };
}

/** The forecasts that are asked for. @throws BellwetherError `invalid_parameter`. */
export async function answerForecasts(
  source: CountingSeriesSource,
  parameters: ForecastParameters,
  nowMs: number,
) {
  const { question, measure } = readQuestion(parameters, nowMs, '1d');
  const { horizon = 30, limit } = parameters;
  if (!(Number.isInteger(horizon) && horizon >= 1 && horizon <= HORIZON_MAX))
    throw wrong('horizon', `horizon is a whole number of steps from 1 to ${HORIZON_MAX}.`);
  const all = await findForecasts(source, oneMore(question), horizon);
  const { shown: found, ...others } = await cut(source, all, question);
  const timeAt = (step: number): string => new Date(question.toMs + step * question.stepMs).toISOString();
  return {
    ...described(question, measure),
    horizon,
    ...others,
    forecasts: found.map(({ labels, forecast, total }) => {
      if (forecast === null)
        return { labels, steps: [], total, model: null, backtest: null, reaches_limit: null };
      const reached = (values: readonly number[]): string | null => {
        const step = values.findIndex((value) => value >= (limit ?? Infinity));
        return step < 0 ? null : timeAt(step);
      };
      return {
        labels,
        steps: forecast.point.map((point, step) => ({
          at: timeAt(step),
          point,
          lower80: forecast.lower80[step] ?? point,
          upper80: forecast.upper80[step] ?? point,
          lower95: forecast.lower95[step] ?? point,
          upper95: forecast.upper95[step] ?? point,
        })),
        total,
        model: forecast.model,
        backtest: forecast.backtest,
        reaches_limit:
          limit === undefined
            ? null
            : {
                expected: reached(forecast.point),
                earliest80: reached(forecast.upper80),
                earliest95: reached(forecast.upper95),
              },
      };
    }),
    ...(question.measure === 'cost_usd' && question.by.length === 0 && question.where.length === 0
      ? { month_end: await monthEnd(source, nowMs) }
      : {}),
  };
}

/** The regressions that are asked for. @throws BellwetherError `invalid_parameter`, `not_found` for an unknown marker. */
export async function answerRegressions(
  source: SeriesSource,
  markers: Markers,
  parameters: RegressionParameters,
  nowMs: number,
) {
  const { hours = HOURS_DEFAULT } = parameters;
  if (!(Number.isInteger(hours) && hours >= 1 && hours <= HOURS_MAX))
    throw wrong('hours', `hours is a whole number from 1 to ${HOURS_MAX}.`);
  const marker = parameters.marker === undefined ? null : markerOf(markers, parameters.marker, nowMs);
  const atMs = marker?.atMs ?? instantOf(parameters.at);
  const usual = marked(marker);
  const where = parameters.where === undefined ? usual.where : filtersOf(parameters.where);
  const mix = parameters.mix === undefined ? usual.mix : columnsOf(namesIn(parameters.mix));
  const measures = parameters.measures === undefined ? REGRESSION_MEASURES : namesIn(parameters.measures);
  for (const name of measures) measureOf(name);
  const found = await findRegressions(source, { atMs, hours, measures, where, mix, nowMs });
  return {
    at: new Date(atMs).toISOString(),
    hours,
    marker: marker === null ? null : { id: marker.id, service: marker.service, version: marker.version },
    mix,
    measures: found.map(({ measure, unit, verdict, comparison }) => ({
      measure,
      unit,
      verdict,
      comparison:
        comparison === null
          ? null
          : {
              before: comparison.before,
              after: comparison.after,
              change_percent: comparison.change === null ? null : 100 * comparison.change,
              difference_low: comparison.low,
              difference_high: comparison.high,
              confidence: comparison.confidence,
              before_unadjusted: comparison.rawBefore,
              after_unadjusted: comparison.rawAfter,
              compared_share: comparison.covered,
            },
    })),
  };
}

/** The question for one series more than is wanted, which tells whether there are more. */
function oneMore(question: OutlookQuestion): OutlookQuestion {
  return question.by.length === 0 ? question : { ...question, seriesMax: question.seriesMax + 1 };
}

/** The series that are wanted, how many there are and how many of them are left out. */
async function cut<T>(source: CountingSeriesSource, found: readonly T[], question: OutlookQuestion) {
  const { seriesMax, ...unbounded } = question;
  const truncated = found.length > seriesMax;
  // Counted only where it is not known yet. What has come in since then may have made more, and nothing makes them fewer.
  const groups = truncated ? Math.max(found.length, await source.count(unbounded)) : found.length;
  const shown = found.slice(0, seriesMax);
  return { shown, groups, groups_left_out: groups - shown.length, truncated };
}

/**
 * What is compared across a marker unless the caller says otherwise. After a change of model it is the task that was
 * moved, and the model is what has changed, so it is not held equal.
 */
export function marked(marker: Pick<Marker, 'annotations'> | null): {
  readonly where: readonly SeriesFilter[];
  readonly mix: readonly string[];
} {
  const { kind, application, task_type: taskType } = marker?.annotations ?? {};
  if (kind !== 'model_change') return { where: [], mix: ['task_type', 'model'] };
  const filter = (dimension: string, value = ''): SeriesFilter => ({
    dimension,
    operator: '=',
    values: [value],
  });
  return {
    where: [filter('application', application), filter('task_type', taskType)],
    mix: ['task_type', 'team'],
  };
}

function readQuestion(
  parameters: OutlookParameters,
  nowMs: number,
  usualStep: string,
): { question: OutlookQuestion; measure: MeasureDescription } {
  const { measure: name = 'cost_usd', by = '', where, series_max: seriesMax = SERIES_DEFAULT } = parameters;
  if (!(Number.isInteger(seriesMax) && seriesMax >= 1 && seriesMax <= SERIES_MAX))
    throw wrong('series_max', `series_max is a whole number from 1 to ${SERIES_MAX}.`);
  const { from, to } = readTimeRange(parameters, nowMs);
  const beginning = {
    epochSeconds: Math.floor((nowMs - HISTORY_DAYS_DEFAULT * DAY_MS) / 1000),
    nanoseconds: 0,
  };
  const grid = readGrid({ from: from ?? beginning, to }, parameters.step ?? usualStep, nowMs);
  // The step that is not over yet would look like a fall.
  const toMs = grid.toMs > nowMs ? grid.toMs - grid.stepMs : grid.toMs;
  const fromMs = Math.min(grid.fromMs, toMs - grid.stepMs);
  if ((toMs - fromMs) / grid.stepMs > STEPS_MAX)
    throw wrong('step', `That is more than ${STEPS_MAX} steps: ask for longer ones, or a shorter range.`);
  const measure = describeMeasure(name);
  const question = {
    measure: name,
    by: dimensionsFor(name, namesIn(by)),
    where: filtersOf(where),
    fromMs,
    toMs,
    stepMs: grid.stepMs,
    seriesMax,
  };
  return { question, measure };
}

function described(
  { measure, by, fromMs, toMs, stepMs }: OutlookQuestion,
  { unit, good }: MeasureDescription,
) {
  const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  return { measure, unit, good, by, ...range, step_seconds: stepMs / 1000 };
}

function markerOf(markers: Markers, id: string, nowMs: number) {
  const found = markers(0, nowMs + DAY_MS).find((marker) => marker.id === id);
  if (found === undefined) throw new BellwetherError('not_found', 'There is no deployment of that id.');
  return found;
}

function instantOf(text: string | undefined): number {
  if (text === undefined) throw wrong('at', 'Say when with at, or which deployment with marker.');
  const { from } = readTimeRange({ from: text }, 0);
  return (from?.epochSeconds ?? 0) * 1000;
}

function filtersOf(where: string | readonly string[] = []) {
  return readFilters(typeof where === 'string' ? [where] : where);
}

function namesIn(text: string): string[] {
  return text.split(',').filter(Boolean);
}

function wrong(field: string, message: string): BellwetherError {
  return new BellwetherError('invalid_parameter', message, { field });
}
