/**
 * From families to the series of remote write: flat, with the metric's name as a
 * label, labels sorted, and nothing empty.
 *
 * Source: Prometheus Remote-Write 1.0 and 2.0, "Labels".
 */
import type { Exemplar, MetricFamily, MetricType, NativeBuckets, Sample } from '../../family.ts';
import { exposedName, labelKey, pointsOf } from '../../points/metric-point.ts';

/** What is known of a series' family. */
export interface SeriesMetadata {
  readonly familyName: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

/** One series. `labels` begins wherever `__name__` sorts; names rise. */
export interface RemoteSeries {
  readonly key: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly metadata: SeriesMetadata;
}

/** A native histogram as a sample. */
export interface RemoteHistogram extends NativeBuckets {
  readonly count: number;
  readonly sum: number;
}

/** One sample of a series: a number or a native histogram. Times are in milliseconds. */
export interface RemoteSample {
  readonly series: RemoteSeries;
  readonly value: number;
  readonly histogram: RemoteHistogram | undefined;
  readonly timestampMs: number;
  /** When the series began to count; undefined if that is unknown or has no meaning. */
  readonly startTimestampMs: number | undefined;
  readonly exemplars: readonly Exemplar[];
  /** Marks the end of the series; the value says nothing. */
  readonly isStale: boolean;
  /** Whether the time is the sample's own and not that of the push. */
  readonly hasOwnTime: boolean;
}

/** How families become samples. */
export interface FlattenOptions {
  /** The time of samples that have none of their own. */
  readonly nowMs: number;
  /** Labels for every series that has none of that name. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The samples of the families, in their order. `_created` becomes the start time of the others. */
export function flatten(families: readonly MetricFamily[], options: FlattenOptions): RemoteSample[] {
  return families.flatMap((family) => flattenFamily(family, options));
}

function flattenFamily(family: MetricFamily, options: FlattenOptions): RemoteSample[] {
  const samples: RemoteSample[] = [];
  const metadata = {
    familyName: exposedName(family),
    type: family.type,
    help: family.help,
    unit: family.unit,
  };
  const starts = startTimes(family);
  for (const sample of family.samples) {
    if (isCreated(family, sample)) continue;
    const name = family.exposedName ?? sample.name;
    const { exemplar } = sample;
    samples.push({
      ...timesOf(sample, options, starts.get(startKey(family, sample.labels))),
      series: seriesOf(name, sample.labels, options.labels, metadata),
      value: sample.value,
      histogram: undefined,
      exemplars: exemplar === undefined ? [] : [exemplar],
      isStale: false,
    });
  }
  for (const native of family.native ?? []) {
    samples.push({
      ...timesOf(native, options, native.createdTimestamp ?? starts.get(startKey(family, native.labels))),
      series: seriesOf(family.name, native.labels, options.labels, metadata),
      value: Number.NaN,
      histogram: native,
      exemplars: native.exemplars ?? [],
      isStale: false,
    });
  }
  return samples;
}

function isCounting(family: MetricFamily): boolean {
  return family.type === 'counter' || family.type === 'histogram' || family.type === 'summary';
}

function isCreated(family: MetricFamily, sample: Sample): boolean {
  return isCounting(family) && sample.name === `${family.name}_created`;
}

/** Label set → seconds; empty for most families, which have no `_created`. */
function startTimes(family: MetricFamily): Map<string, number> {
  const starts = new Map<string, number>();
  if (!family.samples.some((sample) => isCreated(family, sample))) return starts;
  for (const { labels, createdTimestamp } of pointsOf(family)) {
    if (createdTimestamp !== undefined) starts.set(labelKey(labels), createdTimestamp);
  }
  return starts;
}

function startKey(family: MetricFamily, labels: Readonly<Record<string, string>>): string {
  return labelKey(
    labels,
    family.type === 'histogram' ? 'le' : family.type === 'summary' ? 'quantile' : undefined,
  );
}

function timesOf(
  sample: { readonly timestamp?: number },
  options: FlattenOptions,
  startSeconds: number | undefined,
): Pick<RemoteSample, 'timestampMs' | 'startTimestampMs' | 'hasOwnTime'> {
  const { timestamp } = sample;
  return {
    timestampMs: timestamp === undefined ? options.nowMs : Math.round(timestamp * 1000),
    startTimestampMs: startSeconds === undefined ? undefined : Math.round(startSeconds * 1000),
    hasOwnTime: timestamp !== undefined,
  };
}

function seriesOf(
  name: string,
  own: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>>,
  metadata: SeriesMetadata,
): RemoteSeries {
  const all = new Map<string, string>([...Object.entries(added), ...Object.entries(own)]);
  all.set('__name__', name);
  const labels = [...all].filter(([label, value]) => label !== '' && value !== '').toSorted(byName);
  let key = '';
  for (const [label, value] of labels) key += `${label.length}:${label}${value.length}:${value}`;
  return { key, labels, metadata };
}

const BEYOND_ASCII = /[^ -~]/;

/** Order by bytes of UTF-8, as receivers compare; it differs from JavaScript's beyond ASCII. */
export function byName(a: readonly [string, string], b: readonly [string, string]): number {
  if (BEYOND_ASCII.test(a[0]) || BEYOND_ASCII.test(b[0]))
    return Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));
  return a[0] < b[0] ? -1 : a[0] === b[0] ? 0 : 1;
}
