/** The counter: a figure that only goes up and starts again at zero with the process. */
import { MetricsError } from '../errors.ts';
import type { LabelTuple, LabelValues } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { ExemplarLabels, MetricConfiguration } from './configuration.ts';
import type { IncreaseDataWithExemplar } from './exemplar.ts';
import { Instrument } from './instrument.ts';
import { SINGLE_LINE } from './lines.ts';

/** The options of a counter. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T, Counter<T>> {}

/** The ways to call `inc` of a counter; the last is for counters with `enableExemplars`. */
export interface CounterInc<T extends string> {
  (labels: LabelValues<T>, value?: number, exemplarLabels?: ExemplarLabels): void;
  (value?: number, exemplarLabels?: ExemplarLabels): void;
  (data: IncreaseDataWithExemplar<T>): void;
}

/** One label set of a counter: the handle that needs no look-up. */
export class CounterSeries extends Series<CounterSeries> {
  /** Adds `value` (1 if left out). Throws COUNTER_DECREASE or VALUE_INVALID and then changes nothing. */
  inc(value?: number | null, exemplarLabels?: ExemplarLabels): void {
    if (this.at < 0) {
      this.successor().inc(value, exemplarLabels);
      return;
    }
    if (exemplarLabels !== undefined) this.#incWithExemplar(value, exemplarLabels);
    else if (value === undefined || value === null) this.values[this.at]! += 1;
    else if (typeof value === 'number' && value >= 0 && value < Infinity) this.values[this.at]! += value;
    else refuse(this.owner.name, value);
  }

  /** Keeps an exemplar for what was just counted. Throws EXEMPLAR_TOO_LONG. */
  noteExemplar(value: number, labels: ExemplarLabels): void {
    this.keepExemplar(0, this.owner.exemplar(labels, value));
  }

  /** The figure now. */
  get value(): number {
    return this.at < 0 ? 0 : this.values[this.at]!;
  }

  override get activity(): number {
    return this.value;
  }

  #incWithExemplar(value: number | null | undefined, labels: ExemplarLabels): void {
    const exemplar = this.owner.exemplar(labels, value ?? 1);
    this.inc(value);
    this.keepExemplar(0, exemplar);
  }
}

/** A family of counters. */
export class Counter<T extends string = string> extends Instrument<T, CounterSeries> {
  declare readonly type: 'counter';
  /** Adds a value (1 if left out) to the series of the labels. */
  readonly inc: CounterInc<T>;

  constructor(configuration: CounterConfiguration<T>) {
    super(configuration, { type: 'counter', slots: 1, lines: SINGLE_LINE });
    this.inc = this.enableExemplars
      ? (data?: LabelValues<T> | IncreaseDataWithExemplar<T> | number) => this.#incData(data)
      : this.recorder('inc');
    this.open();
  }

  override readLines(series: CounterSeries, out: Float64Array, at: number): void {
    out[at] = series.value;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): CounterSeries {
    return new CounterSeries(this, run, labelValues, createdMs);
  }

  #incData(data: unknown): void {
    const { labels, value, exemplarLabels } = (data ?? {}) as IncreaseDataWithExemplar<T>;
    const series = labels === undefined ? this.unlabelled() : this.find(labels);
    series.inc(value, exemplarLabels);
  }
}

function refuse(name: string, value: unknown): never {
  const negative = typeof value === 'number' && value < 0;
  throw new MetricsError(negative ? 'COUNTER_DECREASE' : 'VALUE_INVALID', { name, value });
}
