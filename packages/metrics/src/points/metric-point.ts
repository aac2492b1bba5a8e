/**
 * Samples grouped into what they describe: one point for each label set, with all
 * buckets of a histogram and all quantiles of a summary in one place. Protobuf,
 * OpenMetrics 2.0, OTLP and remote write 2.0 need them that way; the text formats
 * and the data model keep them as single samples.
 */
import type { Exemplar, MetricFamily, NativeSample, Sample } from '../family.ts';

type Labels = Readonly<Record<string, string>>;

/** One bucket of a classic histogram: how many observations were at most the bound. */
export interface ClassicBucket {
  readonly upperBound: number;
  readonly cumulativeCount: number;
  readonly exemplar: Exemplar | undefined;
}

/** One quantile of a summary. */
export interface QuantileValue {
  readonly quantile: number;
  readonly value: number;
}

/** One label set of a family at one time. Times are in seconds since the epoch. */
export interface MetricPoint {
  /** Without `le` and `quantile`. */
  readonly labels: Labels;
  readonly timestamp: number | undefined;
  createdTimestamp: number | undefined;
  /** The value of a counter, gauge, info, state or unknown. */
  value: number | undefined;
  /** The exemplar of a counter. */
  exemplar: Exemplar | undefined;
  /** The observations of a histogram or summary. */
  count: number | undefined;
  sum: number | undefined;
  /** Classic buckets in the order in which they were given. */
  readonly buckets: ClassicBucket[];
  readonly quantiles: QuantileValue[];
  native: NativeSample | undefined;
}

/** The name in formats whose family name is the sample name: text 0.0.4, protobuf, OpenMetrics 2.0. */
export function exposedName(family: MetricFamily): string {
  if (family.exposedName !== undefined) return family.exposedName;
  if (family.type === 'counter') return `${family.name}_total`;
  return family.type === 'info' ? `${family.name}_info` : family.name;
}

/** The points of a family, in the order in which their first samples come. */
export function pointsOf(family: MetricFamily): MetricPoint[] {
  const steps = pointSteps(family);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** So many samples are grouped between two places where the work can be interrupted. */
const SAMPLES_PER_STEP = 1000;

/** As `pointsOf`, bit by bit: each step is a moment at which others may have the event loop. */
export function* pointSteps(family: MetricFamily): Generator<undefined, MetricPoint[]> {
  const grouping = new Grouping(family);
  let done = 0;
  for (const sample of family.samples) {
    grouping.addSample(sample);
    if (++done % SAMPLES_PER_STEP === 0) yield;
  }
  for (const native of family.native ?? []) {
    grouping.addNative(native);
    if (++done % SAMPLES_PER_STEP === 0) yield;
  }
  return grouping.points;
}

/** For each sample of a family the point that it belongs to, in the order of the samples. */
export function* pointsBySampleSteps(family: MetricFamily): Generator<undefined, MetricPoint[]> {
  const grouping = new Grouping(family);
  const points: MetricPoint[] = [];
  for (const sample of family.samples) {
    points.push(grouping.addSample(sample));
    if (points.length % SAMPLES_PER_STEP === 0) yield;
  }
  return points;
}

class Grouping {
  readonly points: MetricPoint[] = [];
  readonly #family: MetricFamily;
  /** The label that tells the samples of one point apart; only histograms and summaries have one. */
  readonly #innerLabel: string | undefined;
  /** The points by key, made when a sample is not beside the others of its point. */
  #byKey: Map<string, MetricPoint> | undefined;
  #last: MetricPoint | undefined;

  constructor(family: MetricFamily) {
    this.#family = family;
    if (family.type === 'histogram' || family.type === 'gaugehistogram') this.#innerLabel = 'le';
    else if (family.type === 'summary') this.#innerLabel = 'quantile';
  }

  /** Adds a sample and gives back its point. */
  addSample(sample: Sample): MetricPoint {
    const { name, value, labels } = sample;
    if (this.#innerLabel === undefined) return this.#addNumber(sample);
    const point = this.#pointFor(labels, sample.timestamp);
    const suffix = name.slice(this.#family.name.length);
    if (suffix === '_created') point.createdTimestamp = value;
    else if (suffix === '_sum' || suffix === '_gsum') point.sum = value;
    else if (suffix === '_count' || suffix === '_gcount') point.count = value;
    else if (suffix === '_bucket') {
      const { exemplar } = sample;
      point.buckets.push({ upperBound: toNumber(labels.le), cumulativeCount: value, exemplar });
    } else point.quantiles.push({ quantile: toNumber(labels.quantile), value });
    return point;
  }

  /** Every number is a point of its own; only the creation time of a counter goes to one that is there. */
  #addNumber({ name, labels, value, timestamp, exemplar }: Sample): MetricPoint {
    if (this.#family.type === 'counter' && name === `${this.#family.name}_created`) {
      const begun = this.#pointFor(labels, timestamp);
      begun.createdTimestamp = value;
      return begun;
    }
    const last = this.#last;
    const isBegun = last?.value === undefined && this.#isLast(labels, timestamp);
    const point = isBegun && last !== undefined ? last : this.#add(labels, timestamp);
    point.value = value;
    point.exemplar = exemplar;
    return point;
  }

  addNative(native: NativeSample): void {
    const point = this.#pointFor(native.labels, native.timestamp);
    point.native = native;
    point.createdTimestamp ??= native.createdTimestamp;
    point.count ??= native.count;
    point.sum ??= native.sum;
  }

  /** Neighbouring samples mostly share their point, so the map is only asked when they do not. */
  #pointFor(labels: Labels, timestamp: number | undefined): MetricPoint {
    if (this.#last !== undefined && this.#isLast(labels, timestamp)) return this.#last;
    if (this.#byKey === undefined) {
      this.#byKey = new Map(this.points.map((point) => [this.#keyOf(point.labels, point.timestamp), point]));
    }
    const known = this.#byKey.get(this.#keyOf(labels, timestamp));
    if (known === undefined) return this.#add(labels, timestamp);
    this.#last = known;
    return known;
  }

  #add(labels: Labels, timestamp: number | undefined): MetricPoint {
    const point = emptyPoint(without(labels, this.#innerLabel), timestamp, this.#innerLabel !== undefined);
    this.points.push(point);
    this.#byKey?.set(this.#keyOf(labels, timestamp), point);
    this.#last = point;
    return point;
  }

  #keyOf(labels: Labels, timestamp: number | undefined): string {
    return `${timestamp ?? ''}|${labelKey(labels, this.#innerLabel)}`;
  }

  #isLast(labels: Labels, timestamp: number | undefined): boolean {
    const last = this.#last;
    if (last === undefined || last.timestamp !== timestamp) return false;
    return labels === last.labels || this.#isSame(labels, last.labels);
  }

  #isSame(labels: Labels, known: Labels): boolean {
    let matched = 0;
    for (const name in labels) {
      if (name === this.#innerLabel) continue;
      if (labels[name] !== known[name] || !Object.hasOwn(known, name)) return false;
      matched++;
    }
    let wanted = 0;
    for (const _name in known) wanted++;
    return matched === wanted;
  }
}

/** Points of numbers share these lists, which stay empty. */
const NO_BUCKETS: ClassicBucket[] = [];
const NO_QUANTILES: QuantileValue[] = [];

function emptyPoint(labels: Labels, timestamp: number | undefined, isDistribution: boolean): MetricPoint {
  return {
    labels,
    timestamp,
    createdTimestamp: undefined,
    value: undefined,
    exemplar: undefined,
    count: undefined,
    sum: undefined,
    buckets: isDistribution ? [] : NO_BUCKETS,
    quantiles: isDistribution ? [] : NO_QUANTILES,
    native: undefined,
  };
}

/** A key that two label sets share exactly if they are equal; lengths keep values from running together. */
export function labelKey(labels: Labels, except?: string): string {
  let key = '';
  for (const name of Object.keys(labels).toSorted()) {
    if (name === except) continue;
    const value = labels[name]!;
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}

function without(labels: Labels, except: string | undefined): Labels {
  if (except === undefined || !Object.hasOwn(labels, except)) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== except));
}

function toNumber(text: string | undefined): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
