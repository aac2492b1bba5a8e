/**
 * Looks for what explains an anomaly: asks the source for every dimension before and
 * during it, and has the difference attributed.
 */

import { describeMeasure } from '../series/measure-names.ts';
import { measureOf } from '../series/measures.ts';
import type { SeriesFilter, SeriesSource } from '../series/series.ts';
import type { Anomaly } from './anomaly.ts';
import { queryAll } from './query-all.ts';
import { attribute, type Attribution, type Cell } from './attribution.ts';

const MINUTE_MS = 60_000;
/** The time that is compared with: just before, so long at least and at most. */
const BEFORE_MS_MIN = 60 * MINUTE_MS;
/** Of a long anomaly so much is looked at. */
const DURING_MS_MAX = 60 * MINUTE_MS;
/** Values of one dimension; the others count as one. */
const VALUES_MAX = 300;
/** What all other values of a dimension are called together. */
export const OTHER_VALUES = 'all others';

/** Dimensions in which causes are looked for, the most telling first where two are equally strong. */
const dimensions = [
  'provider',
  'model',
  'backend_id',
  'application',
  'team',
  'tenant',
  'task_type',
  'deployment',
  'region',
  'environment',
  'user_id',
] as const;

/** What stands for a measure when its parts have to add up. */
export function additiveOf(measure: string): { readonly measure: string; readonly isRatio: boolean } {
  const { kind, name } = measureOf(measure);
  if (kind === 'count') return { measure: name, isRatio: false };
  if (kind === 'quantile' || kind === 'maximum')
    return { measure: name.replace(/_(p\d+|max)_ms$/, '_avg_ms'), isRatio: true };
  if (kind === 'distinct' || kind === 'rate') return { measure: 'requests', isRatio: false };
  return { measure: name, isRatio: true };
}

/** A stretch of time, epoch milliseconds on whole minutes. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Attributes an anomaly; null where there was nothing to compare with. */
export async function explainAnomaly(source: SeriesSource, anomaly: Anomaly): Promise<Attribution | null> {
  // What is of no requests has no requests to look for causes in.
  if (describeMeasure(anomaly.measure).kind === 'level') return null;
  const endMs = anomaly.untilMs ?? anomaly.openedMs;
  const fromMs = Math.floor(anomaly.sinceMs / MINUTE_MS) * MINUTE_MS;
  const toMs = Math.min(
    Math.max(Math.ceil(endMs / MINUTE_MS) * MINUTE_MS, fromMs + MINUTE_MS),
    fromMs + DURING_MS_MAX,
  );
  const before = { fromMs: Math.max(0, fromMs - BEFORE_MS_MIN), toMs: fromMs };
  if (before.toMs <= before.fromMs) return null;
  const { measure, isRatio } = additiveOf(anomaly.measure);
  const where = Object.entries(anomaly.labels).map(
    ([dimension, value]): SeriesFilter => ({ dimension, operator: '=', values: [value] }),
  );
  const cells = new Map<string, Cell[]>();
  for (const dimension of dimensions) {
    if (anomaly.labels[dimension] !== undefined) continue;
    const then = await amounts(source, measure, isRatio, dimension, where, before);
    const now = await amounts(source, measure, isRatio, dimension, where, { fromMs, toMs });
    // Counts of a longer time are brought to the length of the anomaly.
    const scale = isRatio ? 1 : (toMs - fromMs) / (before.toMs - before.fromMs);
    const values = new Set([...then.keys(), ...now.keys()]);
    if (values.size < 2) continue;
    cells.set(
      dimension,
      [...values].map((value): Cell => {
        const [thenAmount, thenBase] = then.get(value) ?? [0, 0];
        const [nowAmount, nowBase] = now.get(value) ?? [0, 0];
        const counted = { value, before: thenAmount * scale, now: nowAmount };
        return isRatio ? { ...counted, baseBefore: thenBase, baseNow: nowBase } : counted;
      }),
    );
  }
  if (cells.size === 0) return null;
  return attribute(measure, cells, isRatio, anomaly.actual > anomaly.expected);
}

/** What each value of a dimension had in a stretch: the amount, and what a ratio is divided by. */
async function amounts(
  source: SeriesSource,
  measure: string,
  isRatio: boolean,
  dimension: string,
  where: readonly SeriesFilter[],
  stretch: Stretch,
): Promise<Map<string, readonly [amount: number, base: number]>> {
  const question = { by: [dimension], where, ...stretch, stepMs: MINUTE_MS, seriesMax: VALUES_MAX };
  const asked = isRatio ? [measure, 'requests'] : [measure];
  const answer = await queryAll(source, asked, question);
  const series = answer.get(measure) ?? [];
  const volumes = new Map(
    (answer.get('requests') ?? []).map(({ labels, values }) => [labels[dimension] ?? '', values]),
  );
  const found = new Map<string, readonly [number, number]>();
  for (const { labels, values } of series) {
    const value = labels[dimension] ?? '';
    const weights = volumes.get(value);
    let amount = 0;
    let base = 0;
    values.forEach((one, step) => {
      if (!Number.isFinite(one)) return;
      const weight = weights?.[step] ?? 0;
      amount += isRatio ? one * weight : one;
      base += weight;
    });
    found.set(value, [amount, base]);
  }
  if (series.length < VALUES_MAX) return found;
  const total = await queryAll(source, asked, { ...question, by: [] });
  const [all] = total.get(measure) ?? [];
  const [allRequests] = isRatio ? (total.get('requests') ?? []) : [];
  let [amount, base] = [0, 0];
  all?.values.forEach((one, step) => {
    if (!Number.isFinite(one)) return;
    const weight = allRequests?.values[step] ?? 0;
    amount += isRatio ? one * weight : one;
    base += weight;
  });
  for (const [partAmount, partBase] of found.values()) {
    amount -= partAmount;
    base -= partBase;
  }
  found.set(OTHER_VALUES, [Math.max(0, amount), Math.max(0, base)]);
  return found;
}
