/** Reads a question for anomalies as callers write it, and answers it from the store. */

import { BellwetherError } from '@bellwether/events';
import { describeMeasure } from '../series/measure-names.ts';
import { readFilters } from '../series/question.ts';
import { readTimeRange } from '../report/time-range.ts';
import type { AnalysisStore } from './analysis-store.ts';
import { type AnomalyView, anomalyView } from './view.ts';

/** Anomalies of one answer. */
export const LIMIT_DEFAULT = 100;
export const LIMIT_MAX = 1000;

/** A question as callers write it. */
export interface AnomalyQuery {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly measure?: string;
  readonly where?: string | readonly string[];
  readonly score_min?: number;
  readonly open?: boolean;
  readonly limit?: number;
}

/** Anomalies, the newest first. */
export interface AnomalyList {
  readonly anomalies: readonly AnomalyView[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

/**
 * The anomalies that are asked for.
 *
 * @throws BellwetherError `invalid_parameter`.
 */
export function listAnomalies(store: AnalysisStore, query: AnomalyQuery, nowMs: number): AnomalyList {
  const { from, to } = readTimeRange(query, nowMs);
  const { limit = LIMIT_DEFAULT } = query;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX))
    throw new BellwetherError('invalid_parameter', `limit is a whole number from 1 to ${LIMIT_MAX}.`, {
      field: 'limit',
    });
  const found = store
    .list({
      ...(from === null ? {} : { fromMs: from.epochSeconds * 1000 }),
      ...(to === null ? {} : { toMs: to.epochSeconds * 1000 }),
      ...(query.measure === undefined ? {} : { measure: describeMeasure(query.measure).name }),
      ...(query.score_min === undefined ? {} : { scoreMin: query.score_min }),
      ...(query.open === undefined ? {} : { open: query.open }),
      labels: labelsOf(query.where),
      limit: limit + 1,
    })
    .map(anomalyView);
  return { anomalies: found.slice(0, limit), more: found.length > limit };
}

/** Filters here name the labels of a series: only `dimension=value` makes sense. */
export function labelsOf(texts: string | readonly string[] = []): Record<string, string> {
  const filters = readFilters(typeof texts === 'string' ? [texts] : texts);
  if (filters.some(({ operator, values }) => operator !== '=' || values.length !== 1))
    throw new BellwetherError(
      'invalid_parameter',
      'where takes one value of a dimension, e.g. provider=openai.',
      { field: 'where' },
    );
  return Object.fromEntries(filters.map(({ dimension, values }) => [dimension, values[0] ?? '']));
}
