/**
 * The summary: quantiles of what was observed, over a sliding window if one is
 * given. A quantile is off by at most 0.5 % of its value (see summary/sketch.ts).
 */
import { MetricsError } from '../errors.ts';
import { type LabelTuple, type LabelValues, labelsOf } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import { SlidingSketch, type Window } from '../summary/sliding-sketch.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';
import type { LineShape, MetricValues } from './lines.ts';
import { type EndTimer, startTimer } from './timer.ts';

/** The options of a summary. */
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T, Summary<T>> {
  /** The quantiles to expose, from 0 to 1. */
  percentiles?: readonly number[] | undefined;
  /** Together with `ageBuckets`: how old an observation may be that the quantiles still count. */
  maxAgeSeconds?: number | undefined;
  /** Into how many parts that time is divided. */
  ageBuckets?: number | undefined;
  /** Removes a series when its window is empty. */
  pruneAgedBuckets?: boolean | undefined;
  /** What the quantiles of an empty window are: 0 by default, as in prom-client; NaN is the more honest. */
  emptyQuantile?: number | undefined;
  /** Accepted so that prom-client's options compile. This sketch has nothing to compress. */
  compressCount?: number | undefined;
}

/** The ways to call `observe` of a summary. */
export interface SummaryObserve<T extends string> {
  (labels: LabelValues<T>, value: number): void;
  (value: number): void;
}

const DEFAULT_PERCENTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
/** Slot 0 is the sum of all observations, slot 1 their number. */
const SLOTS = 2;

/** One label set of a summary: the handle that needs no look-up. */
export class SummarySeries<T extends string = string> extends Series<SummarySeries<T>> {
  readonly sketch: SlidingSketch;
  declare protected readonly owner: Summary<T>;

  constructor(
    owner: Summary<T>,
    run: Run,
    labelValues: LabelTuple,
    createdMs: number,
    sketch: SlidingSketch,
  ) {
    super(owner, run, labelValues, createdMs);
    this.sketch = sketch;
  }

  /** Takes one observation in. Throws VALUE_INVALID unless it is finite, and then changes nothing. */
  observe(value: number): void {
    if (this.at < 0) {
      this.successor().observe(value);
      return;
    }
    // The difference with itself is zero for finite numbers only.
    if (typeof value !== 'number' || value - value !== 0) {
      throw new MetricsError('VALUE_INVALID', { name: this.owner.name, value });
    }
    this.sketch.add(value);
    this.values[this.at]! += value;
    this.values[this.at + 1]! += 1;
  }

  /** Starts a timer that observes the seconds that passed when it is called. */
  startTimer(): EndTimer<T> {
    return this.owner.startTimer(labelsOf(this.owner.labelNames, this.labelValues) as LabelValues<T>);
  }

  /** Starts again at zero. */
  zero(): void {
    this.sketch.clear();
    this.values.fill(0, this.at, this.at + SLOTS);
  }

  override get activity(): number {
    return this.at < 0 ? 0 : this.values[this.at + 1]!;
  }
}

/** A family of summaries. */
export class Summary<T extends string = string> extends Instrument<T, SummarySeries<T>> {
  declare readonly type: 'summary';
  /** The quantiles that are exposed. */
  readonly percentiles: readonly number[];
  /** Takes one observation in for the series of the labels. */
  readonly observe: SummaryObserve<T>;
  readonly #window: Window | undefined;
  readonly #prune: boolean;
  readonly #empty: number;

  constructor(configuration: SummaryConfiguration<T>) {
    const percentiles = requirePercentiles(
      configuration?.name,
      configuration?.percentiles ?? DEFAULT_PERCENTILES,
    );
    super(configuration, {
      type: 'summary',
      slots: SLOTS,
      lines: linesOf(percentiles),
      reservedLabels: ['quantile'],
      plain: false,
    });
    this.percentiles = percentiles;
    const { maxAgeSeconds, ageBuckets } = configuration;
    this.#window =
      maxAgeSeconds && ageBuckets ? requireWindow(this.name, { maxAgeSeconds, ageBuckets }) : undefined;
    this.#prune = configuration.pruneAgedBuckets ?? false;
    this.#empty = configuration.emptyQuantile ?? 0;
    this.observe = this.recorder('observe');
    this.open();
  }

  /** Starts a timer that observes the seconds that passed when it is called. */
  startTimer(labels?: LabelValues<T>): EndTimer<T> {
    return startTimer(this.clock, labels, (all, seconds) => this.observe(all, seconds));
  }

  /** Starts every series again at zero. */
  override reset(): void {
    for (const series of this.series) series.zero();
  }

  protected override tidy(): void {
    super.tidy();
    if (!this.#prune) return;
    for (const series of this.series) if (series.sketch.size === 0) this.table.remove(series);
  }

  /** The values with the sketches behind them, which add up where quantiles do not. */
  override valuesForAggregation(): MetricValues<T> {
    const metric = this.currentValues();
    const each = this.lines.length;
    this.series.forEach((series, index) => {
      metric.values[index * each + each - 1]!.sketch = series.sketch.whole().toJSON();
    });
    return metric;
  }

  override readLines(series: SummarySeries<T>, out: Float64Array, at: number): void {
    const quantiles = this.percentiles.length;
    series.sketch.quantiles(this.percentiles, out, at, this.#empty);
    out[at + quantiles] = series.values[series.at]!;
    out[at + quantiles + 1] = series.values[series.at + 1]!;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): SummarySeries<T> {
    return new SummarySeries<T>(
      this,
      run,
      labelValues,
      createdMs,
      new SlidingSketch(this.clock, this.#window),
    );
  }
}

function requirePercentiles(name: string, percentiles: readonly number[]): readonly number[] {
  if (!percentiles.every((q) => typeof q === 'number' && q >= 0 && q <= 1)) {
    throw new MetricsError('QUANTILES_INVALID', { name, detail: `got ${percentiles.join(', ')}` });
  }
  return [...percentiles];
}

function requireWindow(name: string, window: Window): Window {
  const { maxAgeSeconds, ageBuckets } = window;
  if (!(maxAgeSeconds > 0 && maxAgeSeconds < Infinity)) {
    throw new MetricsError('OPTION_INVALID', {
      name,
      option: 'maxAgeSeconds',
      expected: 'positive',
      value: maxAgeSeconds,
    });
  }
  if (!Number.isInteger(ageBuckets) || ageBuckets < 1) {
    throw new MetricsError('OPTION_INVALID', {
      name,
      option: 'ageBuckets',
      expected: 'a positive integer',
      value: ageBuckets,
    });
  }
  return window;
}

function linesOf(percentiles: readonly number[]): LineShape[] {
  const quantiles = percentiles.map(
    (value): LineShape => ({ suffix: '', label: { name: 'quantile', value } }),
  );
  return [...quantiles, { suffix: '_sum' }, { suffix: '_count' }];
}
