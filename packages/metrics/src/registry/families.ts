/**
 * From a metric's values to a family of the data model: the name without suffix
 * and samples under their OpenMetrics names.
 */
import type { MetricFamily, Sample } from '../family.ts';
import type { MetricValues } from '../instruments/lines.ts';
import type { Metric } from './registry.ts';

/** The names under which a metric may be exposed, in any format: what no other metric may use. */
export function sampleNames(metric: Metric): string[] {
  const { name } = metric;
  const base = name.replace(/_total$/, '');
  const { type } = metric as { type?: string };
  if (type === 'counter') return [base, `${base}_total`, `${base}_created`];
  if (type === 'histogram')
    return [name, ...['_bucket', '_sum', '_count', '_created'].map((end) => name + end)];
  if (type === 'summary') return [name, ...['_sum', '_count', '_created'].map((end) => name + end)];
  return [name];
}

/** The family of a metric's values; default labels go where there is no label of that name. */
export function familyOf(
  metric: Metric,
  values: MetricValues,
  defaultLabels: Readonly<Record<string, string | number>>,
): MetricFamily {
  const counter = values.type === 'counter';
  const name = counter ? values.name.replace(/_total$/, '') : values.name;
  const samples = values.values.map((value): Sample => {
    const labels: Record<string, string> = {};
    for (const [label, text] of Object.entries({ ...value.labels, ...defaultLabels, ...value.labels })) {
      if (text !== undefined) labels[label] = String(text);
    }
    const sampleName = counter ? `${name}_total` : (value.metricName ?? values.name);
    return { name: sampleName, labels, value: value.value };
  });
  const unit = (metric as { unit?: string }).unit ?? '';
  const family: MetricFamily = { name, type: values.type, help: values.help, unit, samples };
  return counter && values.name === name ? { ...family, exposedName: name } : family;
}
