/**
 * The histogram: how many observations fell below each bound, and their sum. Counts
 * are kept for each bucket alone; they are added up when they are exposed, which is
 * rare, and not when they are recorded.
 */
import { MetricsError } from '../errors.ts';
import { type LabelTuple, type LabelValues, labelsOf } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import { DEFAULT_BUCKETS, requireBounds } from './buckets.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';
import type { LineShape } from './lines.ts';
import { type EndTimer, startTimer } from './timer.ts';

/** The options of a histogram. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T, Histogram<T>> {
  /** The upper bounds of the buckets in rising order; +Inf is added. */
  buckets?: readonly number[] | undefined;
}

/** Slot 0 is the sum; the counts of the buckets follow, that of +Inf last. */
const FIRST_COUNT = 1;

/** One label set of a histogram: the handle that needs no look-up. */
export class HistogramSeries<T extends string = string> extends Series<HistogramSeries<T>> {
  declare protected readonly owner: Histogram<T>;
  readonly #bounds: Float64Array;

  constructor(owner: Histogram<T>, run: Run, labelValues: LabelTuple, createdMs: number) {
    super(owner, run, labelValues, createdMs);
    this.#bounds = owner.upperBounds;
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
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.values[this.at]! += value;
    this.values[this.at + FIRST_COUNT + bucket]! += 1;
  }

  /** Starts a timer that observes the seconds that passed when it is called. */
  startTimer(): EndTimer<T> {
    return this.owner.startTimer(labelsOf(this.owner.labelNames, this.labelValues) as LabelValues<T>);
  }

  /** The sum of the observations. */
  get sum(): number {
    return this.at < 0 ? 0 : (this.values[this.at] as number);
  }

  /** How many observations there were. */
  get count(): number {
    if (this.at < 0) return 0;
    let count = 0;
    for (let bucket = 0; bucket <= this.#bounds.length; bucket++) {
      count += this.values[this.at + FIRST_COUNT + bucket] as number;
    }
    return count;
  }
}

/** A family of histograms. */
export class Histogram<T extends string = string> extends Instrument<T, HistogramSeries<T>> {
  /** The finite bounds, rising. */
  readonly upperBounds: Float64Array;

  constructor(configuration: HistogramConfiguration<T>) {
    const bounds = requireBounds(configuration?.name, configuration?.buckets ?? DEFAULT_BUCKETS);
    super(configuration, {
      type: 'histogram',
      slots: FIRST_COUNT + bounds.length + 1,
      lines: linesOf(bounds),
      reservedLabels: ['le'],
    });
    this.upperBounds = bounds;
    this.open();
  }

  /** Takes one observation in for the series of the labels. */
  observe(labels: LabelValues<T>, value: number): void;
  observe(value: number): void;
  observe(labelsOrValue: LabelValues<T> | number, value?: number): void {
    if (typeof labelsOrValue === 'object' && labelsOrValue !== null) {
      this.find(labelsOrValue).observe(value as number);
    } else {
      this.unlabelled().observe(labelsOrValue);
    }
  }

  /** Starts a timer that observes the seconds that passed when it is called. */
  startTimer(labels?: LabelValues<T>): EndTimer<T> {
    return startTimer(this.clock, labels, (all, seconds) => this.observe(all, seconds));
  }

  /** Exposes the series of the labels at zero before anything was observed. */
  zero(labels: LabelValues<T>): void {
    const series = this.find(labels);
    series.values.fill(0, series.at, series.at + FIRST_COUNT + this.upperBounds.length + 1);
  }

  override readLines(series: HistogramSeries<T>, out: Float64Array, at: number): void {
    const buckets = this.upperBounds.length + 1;
    const first = series.at + FIRST_COUNT;
    let total = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      total += series.values[first + bucket] as number;
      out[at + bucket] = total;
    }
    out[at + buckets] = series.sum;
    out[at + buckets + 1] = total;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): HistogramSeries<T> {
    return new HistogramSeries<T>(this, run, labelValues, createdMs);
  }
}

function linesOf(bounds: Float64Array): LineShape[] {
  const lines: LineShape[] = [];
  for (const bound of bounds) lines.push({ suffix: '_bucket', label: { name: 'le', value: bound } });
  lines.push({ suffix: '_bucket', label: { name: 'le', value: '+Inf' } });
  lines.push({ suffix: '_sum' }, { suffix: '_count' });
  return lines;
}
