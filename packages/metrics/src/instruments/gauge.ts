/** The gauge: a figure that goes up and down. */
import { MetricsError } from '../errors.ts';
import { type LabelTuple, type LabelValues, labelsOf } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';
import { SINGLE_LINE } from './lines.ts';
import { type EndTimer, startTimer } from './timer.ts';

/** The options of a gauge. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T, Gauge<T>> {
  /** Whether the gauge may be set to NaN; if not, doing so is an error. */
  allowNaN?: boolean | undefined;
}

/** Slot 0 is the figure, slot 1 how often it was set, which tells an idle series from a steady one. */
const SLOTS = 2;

/** One label set of a gauge: the handle that needs no look-up. */
export class GaugeSeries<T extends string = string> extends Series<GaugeSeries<T>> {
  declare protected readonly owner: Gauge<T>;

  /** Sets the figure. Throws VALUE_INVALID or VALUE_NAN and then changes nothing. */
  set(value: number): void {
    if (this.at < 0) {
      this.successor().set(value);
    } else {
      // Only NaN differs from itself.
      if (typeof value !== 'number' || (value !== value && !this.owner.allowNaN))
        refuse(this.owner.name, value);
      this.values[this.at] = value;
      this.values[this.at + 1]! += 1;
    }
  }

  /** Adds `value` (1 if left out). Throws VALUE_INVALID and then changes nothing. */
  inc(value?: number | null): void {
    this.#add(value === undefined || value === null ? 1 : value);
  }

  /** Takes `value` (1 if left out) away. Throws VALUE_INVALID and then changes nothing. */
  dec(value?: number | null): void {
    this.#add(value === undefined || value === null ? -1 : -value);
  }

  /** Sets the figure to the seconds since the epoch. */
  setToCurrentTime(): void {
    this.set(this.owner.nowSeconds());
  }

  /** Starts a timer that sets the figure to the seconds that passed when it is called. */
  startTimer(): EndTimer<T> {
    const labels = labelsOf(this.owner.labelNames, this.labelValues) as LabelValues<T>;
    return this.owner.startTimer(labels);
  }

  /** The figure now. */
  get value(): number {
    return this.at < 0 ? 0 : (this.values[this.at] as number);
  }

  #add(delta: number): void {
    if (this.at < 0) {
      this.successor().#add(delta);
    } else if (typeof delta === 'number' && delta - delta === 0) {
      // The difference with itself is zero for finite numbers only.
      this.values[this.at]! += delta;
      this.values[this.at + 1]! += 1;
    } else {
      refuse(this.owner.name, delta);
    }
  }
}

/** A family of gauges. */
export class Gauge<T extends string = string> extends Instrument<T, GaugeSeries<T>> {
  /** Whether NaN may be set. */
  readonly allowNaN: boolean;

  constructor(configuration: GaugeConfiguration<T>) {
    super(configuration, {
      type: 'gauge',
      slots: SLOTS,
      lines: SINGLE_LINE,
    });
    this.allowNaN = configuration.allowNaN ?? false;
    this.open();
  }

  /** Sets the series of the labels. */
  set(labels: LabelValues<T>, value: number): void;
  set(value: number): void;
  set(labelsOrValue: LabelValues<T> | number, value?: number): void {
    if (isLabels(labelsOrValue)) this.find(labelsOrValue).set(value as number);
    else this.unlabelled().set(labelsOrValue);
  }

  /** Adds `value` (1 if left out) to the series of the labels. */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(labelsOrValue?: LabelValues<T> | number, value?: number): void {
    if (isLabels(labelsOrValue)) this.find(labelsOrValue).inc(value);
    else this.unlabelled().inc(labelsOrValue);
  }

  /** Takes `value` (1 if left out) from the series of the labels. */
  dec(labels: LabelValues<T>, value?: number): void;
  dec(value?: number): void;
  dec(labelsOrValue?: LabelValues<T> | number, value?: number): void {
    if (isLabels(labelsOrValue)) this.find(labelsOrValue).dec(value);
    else this.unlabelled().dec(labelsOrValue);
  }

  /** Sets the series of the labels to the seconds since the epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    this.set(labels ?? {}, this.nowSeconds());
  }

  /** Starts a timer that sets the series to the seconds that passed when it is called. */
  startTimer(labels?: LabelValues<T>): EndTimer<T> {
    return startTimer(this.clock, labels, (all, seconds) => this.set(all, seconds));
  }

  /** The seconds since the epoch, by the clock of the registry. */
  nowSeconds(): number {
    return this.clock.nowMs() / 1000;
  }

  override readLines(series: GaugeSeries<T>, out: Float64Array, at: number): void {
    out[at] = series.value;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): GaugeSeries<T> {
    return new GaugeSeries<T>(this, run, labelValues, createdMs);
  }
}

function isLabels<T extends string>(value: LabelValues<T> | number | undefined): value is LabelValues<T> {
  return typeof value === 'object' && value !== null;
}

function refuse(name: string, value: unknown): never {
  throw new MetricsError(Number.isNaN(value) ? 'VALUE_NAN' : 'VALUE_INVALID', { name, value });
}
