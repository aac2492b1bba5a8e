/** Anomalies and baselines as the interface shows them: snake case, RFC 3339, units in the names. */

import { describeMeasure } from '../series/measure-names.ts';
import { type Anomaly, percentOff } from './anomaly.ts';
import type { Attribution } from './attribution.ts';
import type { Judge } from './judge.ts';

/** Standard deviations of a baseline's band. */
const BAND_SIGMAS = 3;

const rfc = (ms: number): string => new Date(ms).toISOString();

/** An anomaly as it is shown. */
export function anomalyView(anomaly: Anomaly) {
  const percent = percentOff(anomaly);
  return {
    id: anomaly.id,
    incident: anomaly.incident,
    measure: anomaly.measure,
    unit: describeMeasure(anomaly.measure).unit,
    labels: anomaly.labels,
    kinds: anomaly.kinds,
    evidence: anomaly.evidence,
    score: round(anomaly.score),
    direction: anomaly.actual >= anomaly.expected ? ('above' as const) : ('below' as const),
    is_bad: isBad(anomaly),
    since: rfc(anomaly.sinceMs),
    opened_at: rfc(anomaly.openedMs),
    until: anomaly.untilMs === null ? null : rfc(anomaly.untilMs),
    peak_at: rfc(anomaly.peakMs),
    expected: anomaly.expected,
    actual: anomaly.actual,
    off_sigmas: round(anomaly.sigmas),
    off_percent: percent === null ? null : round(percent),
    revised: anomaly.revised,
    cause: anomaly.cause === null ? null : causeView(anomaly.cause),
  };
}

/** What is shown of an anomaly. */
export type AnomalyView = ReturnType<typeof anomalyView>;

function causeView(cause: Attribution) {
  return {
    measure: cause.measure,
    difference: cause.difference,
    explained_by: cause.causes.map(({ dimension, value, change, share, mix, strength }) => ({
      dimension,
      value,
      change,
      share: round(share),
      ...(mix === undefined ? {} : { mix }),
      strength: round(strength),
    })),
  };
}

/** Whether the deviation is in the direction that is no good; null where none is. */
function isBad({ measure, actual, expected }: Anomaly): boolean | null {
  const { good } = describeMeasure(measure);
  if (good === 'neutral') return null;
  return actual > expected === (good === 'lower');
}

/** A series that is judged. */
export interface JudgedSeries {
  readonly measure: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly judge: Judge;
}

/** The baseline of a series at a time. */
export function baselineView({ measure, labels, judge }: JudgedSeries, atMs: number) {
  return {
    measure,
    unit: describeMeasure(measure).unit,
    labels,
    values: judge.rows,
    learnt: judge.isLearnt,
    expected: judge.expectedAt(atMs),
    usual_low: judge.edgeAt(atMs, -BAND_SIGMAS),
    usual_high: judge.edgeAt(atMs, BAND_SIGMAS),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
