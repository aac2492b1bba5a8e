/**
 * From families to the series of remote write: flat, with the metric's name as a
 * label, labels sorted, and nothing empty.
 *
 * Source: Prometheus Remote-Write 1.0 and 2.0, "Labels".
 */
import type { Exemplar, MetricFamily, MetricType, NativeBuckets } from '../../family.ts';
import { exposedName, pointsBySampleSteps } from '../../points/metric-point.ts';

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

/** So many samples come at a time. */
const SAMPLES_PER_CHUNK = 1000;

/**
 * The samples of the families, in their order and in pieces, so that others may have
 * the event loop in between; some pieces are empty. `_created` becomes the start
 * time of the others.
 */
export function* flattenChunks(
  families: readonly MetricFamily[],
  options: FlattenOptions,
): Generator<RemoteSample[]> {
  let chunk: RemoteSample[] = [];
  for (const family of families) {
    for (const sample of flattenFamily(family, options)) {
      if (sample !== undefined) chunk.push(sample);
      if (sample !== undefined && chunk.length < SAMPLES_PER_CHUNK) continue;
      yield chunk;
      chunk = [];
    }
  }
  yield chunk;
}

/** All samples of the families at once. */
export function flatten(families: readonly MetricFamily[], options: FlattenOptions): RemoteSample[] {
  return [...flattenChunks(families, options)].flat();
}

/** The samples of one family; undefined where the work can be interrupted. */
function* flattenFamily(family: MetricFamily, options: FlattenOptions): Generator<RemoteSample | undefined> {
  const metadata = {
    familyName: exposedName(family),
    type: family.type,
    help: family.help,
    unit: family.unit,
  };
  const identities = new SeriesIdentities(options.labels, metadata);
  const isCounting = family.type === 'counter' || family.type === 'histogram' || family.type === 'summary';
  const points = isCounting ? yield* pointsBySampleSteps(family) : [];
  for (const [i, sample] of family.samples.entries()) {
    if (isCounting && sample.name === `${family.name}_created`) continue;
    const { exemplar, value } = sample;
    yield {
      ...timesOf(sample, options, points[i]?.createdTimestamp),
      series: identities.of(family.exposedName ?? sample.name, sample.labels),
      value,
      histogram: undefined,
      exemplars: exemplar === undefined ? NO_EXEMPLARS : [exemplar],
      isStale: false,
    };
  }
  for (const native of family.native ?? []) {
    yield {
      ...timesOf(native, options, native.createdTimestamp),
      series: identities.of(family.name, native.labels),
      value: Number.NaN,
      histogram: native,
      exemplars: native.exemplars ?? NO_EXEMPLARS,
      isStale: false,
    };
  }
}

const NO_EXEMPLARS: readonly Exemplar[] = [];

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

/**
 * Makes series out of names and labels. The samples of a family mostly have the same
 * label names, so the sorted order of the names is worked out once for all of them.
 */
class SeriesIdentities {
  readonly #added: Readonly<Record<string, string>>;
  readonly #metadata: SeriesMetadata;
  /** The label names of the last sample, and the order to write them in. */
  #names: readonly string[] = [];
  #sorted: readonly string[] | undefined;

  constructor(added: Readonly<Record<string, string>>, metadata: SeriesMetadata) {
    this.#added = added;
    this.#metadata = metadata;
  }

  of(metricName: string, own: Readonly<Record<string, string>>): RemoteSeries {
    const labels: [string, string][] = [];
    let key = '';
    for (const name of this.#order(Object.keys(own))) {
      const value =
        name === '__name__' ? metricName : Object.hasOwn(own, name) ? own[name]! : this.#added[name]!;
      if (name === '' || value === '') continue;
      labels.push([name, value]);
      key += `${name.length}:${name}${value.length}:${value}`;
    }
    return { key, labels, metadata: this.#metadata };
  }

  #order(names: readonly string[]): readonly string[] {
    const isSame = names.length === this.#names.length && names.every((name, i) => name === this.#names[i]);
    if (this.#sorted !== undefined && isSame) return this.#sorted;
    const all = new Set([...names, ...Object.keys(this.#added), '__name__']);
    this.#names = names;
    this.#sorted = [...all].toSorted((a, b) => byName([a, ''], [b, '']));
    return this.#sorted;
  }
}

const BEYOND_ASCII = /[^ -~]/;

/** Order by bytes of UTF-8, as receivers compare; it differs from JavaScript's beyond ASCII. */
export function byName(a: readonly [string, string], b: readonly [string, string]): number {
  if (BEYOND_ASCII.test(a[0]) || BEYOND_ASCII.test(b[0]))
    return Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));
  return a[0] < b[0] ? -1 : a[0] === b[0] ? 0 : 1;
}
