/**
 * Whether a deployment, a change of model or any other moment made things worse: every
 * measure before against after, with the mix of requests held equal.
 */

import type { Measure } from '../series/measures.ts';
import { measureOf } from '../series/measures.ts';
import type { Series, SeriesFilter, SeriesSource } from '../series/series.ts';
import { queryAll } from './query-all.ts';
import { type BlockValue, compare, type Comparison } from './standardise.ts';

const HOUR_MS = 3_600_000;
/** Length of a block of time. */
const BLOCK_MS = HOUR_MS;
/** Strata of one comparison, those with the most requests. */
const STRATA_MAX = 500;
/** A difference is called one from this confidence on, and if it is at least this share of what was. */
const CONFIDENCE_MIN = 0.99;
const CHANGE_MIN = 0.02;

/** A moment at which something changed, such as a deployment. */
export interface Marker {
  readonly id: string;
  readonly atMs: number;
  readonly service: string;
  readonly version: string;
  /** What was noted with it; a change of model that was noticed says of what it is. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Markers within a time: what deployments are known from. */
export type Markers = (fromMs: number, toMs: number) => readonly Marker[];

/** What to compare. */
export interface RegressionQuestion {
  readonly atMs: number;
  /** How much of each side; whole days hold the hours of the day equal too. */
  readonly hours: number;
  readonly measures: readonly string[];
  readonly where: readonly SeriesFilter[];
  /** Dimensions whose mix is held equal. */
  readonly mix: readonly string[];
  /** What there is no data after. */
  readonly nowMs: number;
}

/** One measure before and after. */
export interface MeasureRegression {
  readonly measure: string;
  readonly unit: Measure['unit'];
  readonly verdict: 'worse' | 'better' | 'changed' | 'same' | 'unknown';
  readonly comparison: Comparison | null;
}

/** The measures that are compared unless others are asked for. */
export const REGRESSION_MEASURES: readonly string[] = [
  'error_ratio',
  'latency_avg_ms',
  'latency_p95_ms',
  'ttft_avg_ms',
  'cost_per_request_usd',
  'tokens_per_request',
  'quality_score',
];

/** Compares both sides of a moment. The hour that it lies in belongs to neither, unless it is on the hour. */
export async function findRegressions(
  source: SeriesSource,
  question: RegressionQuestion,
): Promise<MeasureRegression[]> {
  const { atMs, hours, nowMs } = question;
  const endMs = Math.floor(atMs / BLOCK_MS) * BLOCK_MS;
  const startMs = Math.ceil(atMs / BLOCK_MS) * BLOCK_MS;
  const lastMs = Math.min(startMs + hours * BLOCK_MS, Math.floor(nowMs / BLOCK_MS) * BLOCK_MS);
  if (lastMs <= startMs) return question.measures.map((measure) => judge(measureOf(measure), null));
  const before = await read(source, question, Math.max(0, endMs - hours * BLOCK_MS), endMs);
  const after = await read(source, question, startMs, lastMs);
  return question.measures.map((name) =>
    judge(measureOf(name), compare(before.get(name) ?? [], after.get(name) ?? [])),
  );
}

async function read(
  source: SeriesSource,
  { measures, where, mix }: RegressionQuestion,
  fromMs: number,
  toMs: number,
): Promise<Map<string, BlockValue[]>> {
  const names = [...new Set(['requests', ...measures])];
  const answer = await queryAll(source, names, {
    by: mix,
    where,
    fromMs,
    toMs,
    stepMs: BLOCK_MS,
    ...(mix.length === 0 ? {} : { seriesMax: STRATA_MAX }),
  });
  const requests = new Map(
    (answer.get('requests') ?? []).map((series) => [stratumOf(series), series.values]),
  );
  return new Map(
    measures.map((name) => [
      name,
      (answer.get(name) ?? []).flatMap((series) => {
        const stratum = stratumOf(series);
        return series.values.map((value, block) => ({
          stratum,
          block,
          value,
          requests: requests.get(stratum)?.[block] ?? 0,
        }));
      }),
    ]),
  );
}

function stratumOf({ labels }: Series): string {
  return JSON.stringify(Object.values(labels));
}

function judge({ name, unit, good }: Measure, comparison: Comparison | null): MeasureRegression {
  const named = { measure: name, unit, comparison };
  if (comparison === null) return { ...named, verdict: 'unknown' };
  const { before, after, change, confidence } = comparison;
  const isPlain = confidence >= CONFIDENCE_MIN && Math.abs(change ?? 1) >= CHANGE_MIN;
  if (!isPlain) return { ...named, verdict: 'same' };
  if (good === 'neutral') return { ...named, verdict: 'changed' };
  return { ...named, verdict: after > before === (good === 'higher') ? 'better' : 'worse' };
}
