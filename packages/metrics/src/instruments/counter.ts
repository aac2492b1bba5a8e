/** The counter: a figure that only goes up and starts again at zero with the process. */
import { MetricsError } from '../errors.ts';
import type { LabelTuple, LabelValues } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';
import { SINGLE_LINE } from './lines.ts';

/** The options of a counter. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T, Counter<T>> {}

/** One label set of a counter: the handle that needs no look-up. */
export class CounterSeries extends Series<CounterSeries> {
  /** Adds `value` (1 if left out). Throws COUNTER_DECREASE or VALUE_INVALID and then changes nothing. */
  inc(value?: number | null): void {
    if (this.at < 0) {
      this.successor().inc(value);
    } else if (value === undefined || value === null) {
      this.values[this.at]! += 1;
    } else if (typeof value === 'number' && value >= 0 && value < Infinity) {
      this.values[this.at]! += value;
    } else {
      refuse(this.owner.name, value);
    }
  }

  /** The figure now. */
  get value(): number {
    return this.at < 0 ? 0 : (this.values[this.at] as number);
  }
}

/** A family of counters. */
export class Counter<T extends string = string> extends Instrument<T, CounterSeries> {
  constructor(configuration: CounterConfiguration<T>) {
    super(configuration, { type: 'counter', slots: 1, lines: SINGLE_LINE });
    this.open();
  }

  /** Adds `value` (1 if left out) to the series of the labels. */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(labelsOrValue?: LabelValues<T> | number | null, value?: number): void {
    if (typeof labelsOrValue === 'object' && labelsOrValue !== null) this.find(labelsOrValue).inc(value);
    else this.unlabelled().inc(labelsOrValue);
  }

  override readLines(series: CounterSeries, out: Float64Array, at: number): void {
    out[at] = series.value;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): CounterSeries {
    return new CounterSeries(this, run, labelValues, createdMs);
  }
}

function refuse(name: string, value: unknown): never {
  const negative = typeof value === 'number' && value < 0;
  throw new MetricsError(negative ? 'COUNTER_DECREASE' : 'VALUE_INVALID', { name, value });
}
