/**
 * From a metric's values to a family of the data model: the name without suffix,
 * samples under their OpenMetrics names.
 */
import {
  type DefaultLabels,
  FamilyNames,
  isTimed,
  type TextFormat,
  type TextView,
} from '../exposition/line-heads.ts';
import { canonicalNumber } from '../exposition/numbers.ts';
import type { TextSeries } from '../exposition/text-block.ts';
import type { TimeSlice } from '../exposition/time-slice.ts';
import type { MetricFamily, MetricType, Sample } from '../family.ts';
import type { LineShape, MetricValue, MetricValues } from '../instruments/lines.ts';
import type { OwnMetric } from './metric.ts';

/** The names under which a metric may be exposed, in any format: what no other metric may use. */
export function sampleNames(metric: { readonly name: string; readonly type?: MetricType }): string[] {
  const { name, type } = metric;
  if (type === 'counter') {
    const base = name.replace(/_total$/, '');
    return [base, `${base}_total`, `${base}_created`];
  }
  if (type === 'histogram')
    return [name, ...['_bucket', '_sum', '_count', '_created'].map((end) => name + end)];
  if (type === 'summary') return [name, ...['_sum', '_count', '_created'].map((end) => name + end)];
  if (type === 'info') return [name.replace(/_info$/, ''), `${name.replace(/_info$/, '')}_info`];
  return [name];
}

/** The family of one of this client's own metrics. Made in pieces, so that large families hold nothing up. */
export async function ownFamily(
  metric: OwnMetric,
  view: Pick<TextView, 'defaultLabels' | 'created'>,
  slice: TimeSlice,
): Promise<MetricFamily> {
  const names = new FamilyNames(metric, 'openmetrics');
  const figures = new Float64Array(metric.lines.length);
  const samples: Sample[] = [];
  const timed = view.created && isTimed(metric.type);
  let done = 0;
  for (const series of metric.series) {
    // The series may have gone while others had their turn.
    if (series.removed) continue;
    const shared = sharedLabels(metric, series, view.defaultLabels);
    metric.readLines(series, figures, 0);
    const { createdMs } = series;
    metric.lines.forEach((line, index) => {
      samples.push(lineSample(names, series, line, index, shared, figures[index]!));
    });
    if (timed) samples.push({ name: `${names.name}_created`, labels: shared, value: createdMs / 1000 });
    // Looking at the clock for each series would cost more than making its samples.
    if ((++done & 15) === 0 && slice.over) await slice.pause();
  }
  const native = metric
    .nativeSamples?.()
    .map((sample) => ({ ...sample, labels: { ...defaultLabelsOf(view.defaultLabels), ...sample.labels } }));
  return {
    name: names.name,
    type: metric.type,
    help: metric.help,
    unit: metric.unit,
    samples,
    ...(native === undefined || native.length === 0 ? {} : { native }),
    ...(metric.type === 'counter' && metric.name === names.name ? { exposedName: metric.name } : {}),
  };
}

function lineSample(
  names: FamilyNames,
  series: TextSeries,
  line: LineShape,
  index: number,
  shared: Readonly<Record<string, string>>,
  value: number,
): Sample {
  const { label, suffix } = line;
  const labels =
    label === undefined ? shared : { [label.name]: labelValueText(label.value, 'openmetrics'), ...shared };
  const sample: Sample = { name: names.sampleBase + suffix, labels, value };
  const exemplar = series.exemplars?.[index];
  return exemplar === undefined ? sample : { ...sample, exemplar };
}

/** The labels that all samples of a series share, in the order of the text formats. */
function sharedLabels(
  metric: OwnMetric,
  series: TextSeries,
  defaults: DefaultLabels,
): Record<string, string> {
  const own: Record<string, string> = {};
  metric.labelNames.forEach((name, index) => {
    const value = series.labelValues[index];
    if (value !== undefined) own[name] = value;
  });
  const others: Record<string, string> = {};
  for (const name in defaults) if (own[name] === undefined) others[name] = String(defaults[name]);
  return metric.type === 'histogram' ? { ...others, ...own } : { ...own, ...others };
}

/** The family of values as prom-client gives them, for a text format. */
export function familyOf(
  metric: { readonly unit?: string },
  values: MetricValues,
  defaultLabels: DefaultLabels,
  format: TextFormat,
): MetricFamily {
  const names = new FamilyNames(values, 'openmetrics');
  const counter = values.type === 'counter';
  const samples = values.values.map((value): Sample => {
    const name = counter ? names.sampleBase : (value.metricName ?? names.sampleBase);
    const sample: Sample = { name, labels: valueLabels(value, defaultLabels, format), value: value.value };
    return value.exemplar === undefined || value.exemplar === null
      ? sample
      : { ...sample, exemplar: value.exemplar };
  });
  const family = { name: names.name, type: values.type, help: values.help, unit: metric.unit ?? '', samples };
  return counter && values.name === names.name ? { ...family, exposedName: names.name } : family;
}

function valueLabels(
  value: MetricValue,
  defaults: DefaultLabels,
  format: TextFormat,
): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, given] of Object.entries({ ...value.labels, ...defaults, ...value.labels })) {
    const special = name === 'le' || name === 'quantile';
    if (given !== undefined) labels[name] = special ? labelValueText(given, format) : String(given);
  }
  return labels;
}

function labelValueText(value: string | number, format: TextFormat): string {
  return typeof value === 'number' && format === 'openmetrics' ? canonicalNumber(value) : String(value);
}

function defaultLabelsOf(defaults: DefaultLabels): Record<string, string> {
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, String(value)]));
}
