/**
 * What of a metric's points is kept as samples: the values of gauges and sums, the
 * buckets, sum and count of histograms, and the quantiles, sum and count of summaries
 * and of exponential histograms, whose buckets would be too many series.
 */

import type { Labels, Sample, SampleKind } from '../../samples/sample.ts';
import type { OtlpMetric, OtlpPoint, PointData } from './metric.ts';

/** The quantiles that are kept of an exponential histogram. */
const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

type Exponential = Extract<PointData, { kind: 'exponential' }>;

/** What the values of a metric are: totals fall to differences where the sender sends those. */
export function kindOfMetric({ kind, temporality, isMonotonic }: OtlpMetric): SampleKind {
  if (kind === 'gauge') return 'gauge';
  if (kind === 'summary') return 'counter';
  if (temporality === 'delta') return 'delta';
  return kind === 'sum' && !isMonotonic ? 'gauge' : 'counter';
}

/** The samples of a point. */
export function samplesOf(
  name: string,
  kind: SampleKind,
  labels: Labels,
  { data }: OtlpPoint,
  timestampMs: number,
): Sample[] {
  const sample = (suffix: string, value: number, more: Labels = {}, of: SampleKind = kind): Sample => ({
    name: name + suffix,
    kind: of,
    labels: Object.keys(more).length === 0 ? labels : sorted({ ...labels, ...more }),
    timestampMs,
    value,
  });
  if (data.kind === 'number') return [sample('', data.value)];
  const samples = [sample('_count', data.count)];
  if (data.sum !== null) samples.push(sample('_sum', data.sum));
  if (data.kind === 'summary')
    for (const { quantile, value } of data.quantiles)
      samples.push(sample('', value, { quantile: String(quantile) }, 'gauge'));
  else if (data.kind === 'histogram')
    for (const { le, count } of cumulated(data)) samples.push(sample('_bucket', count, { le }));
  else if (data.count > 0)
    for (const quantile of QUANTILES)
      samples.push(sample('', exponentialQuantile(data, quantile), { quantile: String(quantile) }, 'gauge'));
  return samples;
}

/** The buckets of a histogram as Prometheus has them: each with all below it, the last with everything. */
export function cumulated({
  bounds,
  counts,
  count,
}: Pick<Extract<PointData, { kind: 'histogram' }>, 'bounds' | 'counts' | 'count'>): {
  readonly le: string;
  readonly count: number;
}[] {
  let sum = 0;
  const buckets = (counts.length === 0 ? [] : bounds).map((bound, i) => {
    sum += counts[i] ?? 0;
    return { le: String(bound), count: sum };
  });
  return [...buckets, { le: '+Inf', count }];
}

/** Whether the parts of a point fit each other. */
export function isWhole({ data }: OtlpPoint): boolean {
  if (data.kind !== 'histogram') return true;
  const { bounds, counts } = data;
  const fits = counts.length === 0 ? bounds.length === 0 : counts.length === bounds.length + 1;
  return fits && bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? bound));
}

/**
 * The value below which a share of the observations lies, interpolated within its
 * bucket by the exponent as Prometheus does; within the zero bucket it is 0.
 */
export function exponentialQuantile(data: Exponential, quantile: number): number {
  const { scale, zeroCount, positive, negative } = data;
  const base = 2 ** -scale;
  const within = (index: number, share: number): number => 2 ** ((index + share) * base);
  let rank = quantile * data.count;
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    const count = negative.counts[i] ?? 0;
    if (count > 0 && rank <= count) return -within(negative.offset + i, 1 - rank / count);
    rank -= count;
  }
  if (zeroCount > 0 && rank <= zeroCount) return 0;
  rank -= zeroCount;
  let last = 0;
  for (const [i, count] of positive.counts.entries()) {
    if (count === 0) continue;
    if (rank <= count) return within(positive.offset + i, Math.max(0, rank) / count);
    rank -= count;
    last = within(positive.offset + i, 1);
  }
  return last;
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
