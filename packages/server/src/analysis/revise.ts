/**
 * Events that come late change minutes that were judged already. What was learnt of them
 * stays, within bounds that the baseline has; but an anomaly is told with what its oddest
 * step has come to since.
 */

import { readMeasureName } from '../series/measure-names.ts';
import type { SeriesFilter, SeriesSource } from '../series/series.ts';
import type { Anomaly } from './anomaly.ts';

/** A step has become another from this share of its value on. */
const CHANGE_MIN = 0.01;

/** What the oddest step of an anomaly comes to now. */
export async function revisedValue(
  source: SeriesSource,
  { measure, labels, peakMs, actual }: Anomaly,
  stepMs: number,
): Promise<number | null> {
  const where = Object.entries(labels).map(
    ([dimension, value]): SeriesFilter => ({ dimension, operator: '=', values: [value] }),
  );
  const [series] = await source.query({
    measure,
    by: [],
    where,
    fromMs: peakMs,
    toMs: peakMs + stepMs,
    stepMs,
  });
  const now = series?.values[0] ?? Number.NaN;
  if (!Number.isFinite(now)) return null;
  return Math.abs(now - actual) > CHANGE_MIN * Math.max(Math.abs(now), Math.abs(actual)) ? now : null;
}

/** Whether late events can change a series: those of requests, and not what a Prometheus or a sample said. */
export function isRevisable({ measure }: Anomaly): boolean {
  return readMeasureName(measure).kind === 'ledger';
}

/** Whether so little is left of what was odd that it is none: less than half of the way from what was expected. */
export function isSettled({ expected, actual }: Anomaly, revised: number): boolean {
  return Math.abs(revised - expected) < Math.abs(actual - expected) / 2;
}
