/** The histogram: how many observations fell below each bound, and their sum. */
import { MetricsError } from '../errors.ts';
import type { NativeSample } from '../family.ts';
import { NativeHistogram, type NativeHistogramOptions } from '../native/native-histogram.ts';
import { type LabelTuple, type LabelValues, labelsOf } from '../series/label-values.ts';
import type { Run } from '../storage/arena.ts';
import { DEFAULT_BUCKETS, requireBounds } from './buckets.ts';
import type { ExemplarLabels, MetricConfiguration } from './configuration.ts';
import type { ObserveDataWithExemplar } from './exemplar.ts';
import { FIRST_COUNT, HistogramSeries } from './histogram-series.ts';
import { Instrument } from './instrument.ts';
import type { LineShape } from './lines.ts';

/** The options of a histogram. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T, Histogram<T>> {
  /** The upper bounds of the buckets in rising order; +Inf is added. None by default if it is native. */
  buckets?: readonly number[] | undefined;
  /** Makes the histogram native too: exponential buckets, exposed in protobuf and OpenMetrics 2.0. */
  native?: NativeHistogramOptions | undefined;
}

/** The ways to call `observe` of a histogram; the last is for histograms with `enableExemplars`. */
export interface HistogramObserve<T extends string> {
  (labels: LabelValues<T>, value: number, exemplarLabels?: ExemplarLabels): void;
  (value: number, exemplarLabels?: ExemplarLabels): void;
  (data: ObserveDataWithExemplar<T>): void;
}

/** Ends a timer: observes and returns the seconds that passed. */
export type EndHistogramTimer<T extends string> = (
  labels?: LabelValues<T>,
  exemplarLabels?: ExemplarLabels,
) => number;

/** A family of histograms. */
export class Histogram<T extends string = string> extends Instrument<T, HistogramSeries<T>> {
  declare readonly type: 'histogram';
  /** The finite bounds, rising. */
  readonly upperBounds: Float64Array;
  /** Takes one observation in for the series of the labels. */
  readonly observe: HistogramObserve<T>;
  readonly #native: NativeHistogramOptions | undefined;

  constructor(configuration: HistogramConfiguration<T>) {
    const defaults = configuration?.native === undefined ? DEFAULT_BUCKETS : [];
    const bounds = requireBounds(configuration?.name, configuration?.buckets ?? defaults);
    super(configuration, {
      type: 'histogram',
      slots: FIRST_COUNT + bounds.length + 1,
      lines: linesOf(bounds),
      reservedLabels: ['le'],
      plain: configuration?.native === undefined,
    });
    this.upperBounds = bounds;
    this.#native = configuration.native;
    this.observe = this.enableExemplars
      ? (data: unknown) => this.#observeData(data as ObserveDataWithExemplar<T>)
      : this.recorder('observe');
    this.open();
  }

  /** Whether the histogram has exponential buckets too. */
  get isNative(): boolean {
    return this.#native !== undefined;
  }

  /** Starts a timer that observes the seconds that passed when it is called. */
  startTimer(labels?: LabelValues<T>, exemplarLabels?: ExemplarLabels): EndHistogramTimer<T> {
    const startMs = this.clock.monotonicMs();
    return (endLabels, endExemplarLabels) => {
      const seconds = (this.clock.monotonicMs() - startMs) / 1000;
      const exemplar = { ...exemplarLabels, ...endExemplarLabels };
      const given = Object.keys(exemplar).length > 0 ? exemplar : undefined;
      this.find({ ...labels, ...endLabels }).observe(seconds, given);
      return seconds;
    };
  }

  /** Exposes the series of the labels at zero before anything was observed. */
  zero(labels: LabelValues<T>): void {
    this.find(labels).zero();
  }

  /** The native histograms of the family: one for each series, if it is native. */
  nativeSamples(): NativeSample[] {
    if (this.#native === undefined) return [];
    return this.series.map((series) => ({
      labels: labelsOf(this.labelNames, series.labelValues),
      ...series.native!.snapshot(),
      createdTimestamp: series.createdMs / 1000,
      exemplars: (series.exemplars ?? []).filter((exemplar) => exemplar !== undefined),
    }));
  }

  override readLines(series: HistogramSeries<T>, out: Float64Array, at: number): void {
    const { values } = series;
    const buckets = this.upperBounds.length + 1;
    const first = series.at + FIRST_COUNT;
    let total = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      total += values[first + bucket]!;
      out[at + bucket] = total;
    }
    out[at + buckets] = values[series.at]!;
    out[at + buckets + 1] = total;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): HistogramSeries<T> {
    const native = this.#native === undefined ? undefined : new NativeHistogram(this.#native);
    return new HistogramSeries<T>(this, run, labelValues, createdMs, native);
  }

  #observeData(data: ObserveDataWithExemplar<T> | undefined): void {
    if (typeof data !== 'object' || data === null) {
      throw new MetricsError('VALUE_INVALID', { name: this.name, value: data });
    }
    const series = data.labels === undefined ? this.unlabelled() : this.find(data.labels);
    const { exemplarLabels } = data;
    const given = exemplarLabels !== undefined && Object.keys(exemplarLabels).length > 0;
    series.observe(data.value, given ? exemplarLabels : undefined);
  }
}

function linesOf(bounds: Float64Array): LineShape[] {
  const lines: LineShape[] = [];
  for (const bound of bounds) lines.push({ suffix: '_bucket', label: { name: 'le', value: bound } });
  lines.push({ suffix: '_bucket', label: { name: 'le', value: '+Inf' } });
  lines.push({ suffix: '_sum' }, { suffix: '_count' });
  return lines;
}
