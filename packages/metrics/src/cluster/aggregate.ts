/**
 * Makes the values of several processes one: by the kind of each metric, series by
 * series.
 */
import { MetricsError } from '../errors.ts';
import type { Aggregator } from '../instruments/configuration.ts';
import { AGGREGATORS } from '../instruments/configuration.ts';
import type { MetricValue, MetricValues } from '../instruments/lines.ts';
import { Sketch } from '../summary/sketch.ts';

type Combine = (values: readonly MetricValue[]) => number;

const COMBINE: Readonly<Record<Exclude<Aggregator, 'omit'>, Combine>> = {
  sum: (values) => values.reduce((sum, { value }) => sum + value, 0),
  first: (values) => values[0]!.value,
  last: (values) =>
    values.reduce((last, value) => ((value.setMs ?? 0) >= (last.setMs ?? 0) ? value : last)).value,
  min: (values) => values.reduce((least, { value }) => Math.min(least, value), Infinity),
  max: (values) => values.reduce((most, { value }) => Math.max(most, value), -Infinity),
  average: (values) => values.reduce((sum, { value }) => sum + value, 0) / values.length,
};

/**
 * One metric out of the values that several processes have of it; undefined if its
 * aggregator is `omit`. Throws AGGREGATOR_INVALID for an unknown one.
 */
export function aggregateMetric(metrics: readonly MetricValues[]): MetricValues | undefined {
  const first = metrics[0]!;
  const aggregator = first.aggregator ?? 'sum';
  if (aggregator === 'omit') return undefined;
  const combine = COMBINE[aggregator];
  if (combine === undefined) {
    throw new MetricsError('AGGREGATOR_INVALID', { name: first.name, aggregator, known: AGGREGATORS });
  }
  const groups = new Map<string, MetricValue[]>();
  for (const { values } of metrics) {
    for (const value of values) {
      const key = identity(value);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    }
  }
  const sketches = first.type === 'summary' ? mergeSketches(metrics) : undefined;
  const values = [...groups.values()].map((group) => {
    const { labels, metricName } = group[0]!;
    const value = sketches === undefined ? combine(group) : combineSummary(group, sketches, combine);
    const combined: MetricValue = { value, labels };
    if (metricName !== undefined) combined.metricName = metricName;
    return combined;
  });
  const { name, help, type } = first;
  return { name, help, type, aggregator, values };
}

/**
 * Quantiles of several processes do not add up; their sketches do. Without sketches
 * the greatest is taken, which the quantile of all together cannot exceed.
 */
function combineSummary(
  group: readonly MetricValue[],
  sketches: ReadonlyMap<string, Sketch>,
  combine: Combine,
): number {
  const { quantile, ...labels } = group[0]!.labels;
  if (quantile === undefined) return combine(group);
  const sketch = sketches.get(identity({ labels }));
  if (sketch === undefined) return COMBINE.max(group);
  return sketch.count === 0 ? group[0]!.value : sketch.quantile(Number(quantile));
}

function mergeSketches(metrics: readonly MetricValues[]): Map<string, Sketch> {
  const merged = new Map<string, Sketch>();
  for (const { values } of metrics) {
    for (const { labels, sketch } of values) {
      if (sketch === undefined) continue;
      const key = identity({ labels });
      const whole = merged.get(key) ?? new Sketch();
      whole.merge(Sketch.from(sketch));
      merged.set(key, whole);
    }
  }
  return merged;
}

/** A text that two values share if and only if they are of the same series and line. */
function identity({ labels, metricName }: Pick<MetricValue, 'labels' | 'metricName'>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== undefined);
  const sorted = pairs
    .map(([name, value]) => [name, String(value)])
    .toSorted(([a], [b]) => (a! < b! ? -1 : 1));
  return JSON.stringify([metricName ?? '', sorted]);
}
