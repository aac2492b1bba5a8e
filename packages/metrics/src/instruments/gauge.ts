/** The gauge: a figure that goes up and down. */
import { MetricsError } from '../errors.ts';
import { type LabelTuple, type LabelValues, labelsOf } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';
import { type MetricValues, SINGLE_LINE } from './lines.ts';
import { type EndTimer, startTimer } from './timer.ts';

/** The options of a gauge. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T, Gauge<T>> {
  /** Whether the gauge may be set to NaN; if not, doing so is an error. */
  allowNaN?: boolean | undefined;
}

/** The ways to call `set` of a gauge. */
export interface GaugeSet<T extends string> {
  (labels: LabelValues<T>, value: number): void;
  (value: number): void;
}

/** The ways to call `inc` and `dec` of a gauge. */
export interface GaugeAdd<T extends string> {
  (labels: LabelValues<T>, value?: number): void;
  (value?: number): void;
}

/**
 * Slot 0 is the figure. Slot 1 tells when it was set: by counting, or, where the
 * latest of several processes wins, in milliseconds since the epoch.
 */
const SLOTS = 2;

/** One label set of a gauge: the handle that needs no look-up. */
export class GaugeSeries<T extends string = string> extends Series<GaugeSeries<T>> {
  declare protected readonly owner: Gauge<T>;

  /** Sets the figure. Throws VALUE_INVALID or VALUE_NAN and then changes nothing. */
  set(value: number): void {
    if (this.at < 0) {
      this.successor().set(value);
      return;
    }
    // Only NaN differs from itself.
    if (typeof value !== 'number' || (value !== value && !this.owner.allowNaN))
      refuse(this.owner.name, value);
    this.values[this.at] = value;
    this.#mark();
  }

  /** Adds `value` (1 if left out). Throws VALUE_INVALID or VALUE_NAN and then changes nothing. */
  inc(value?: number | null): void {
    this.#add(value === undefined || value === null ? 1 : value);
  }

  /** Takes `value` (1 if left out) away. Throws VALUE_INVALID or VALUE_NAN and then changes nothing. */
  dec(value?: number | null): void {
    if (value === undefined || value === null) this.#add(-1);
    else if (typeof value === 'number') this.#add(-value);
    else refuse(this.owner.name, value);
  }

  /** Sets the figure to the seconds since the epoch. */
  setToCurrentTime(): void {
    this.set(this.owner.nowSeconds());
  }

  /** Starts a timer that sets the figure to the seconds that passed when it is called. */
  startTimer(): EndTimer<T> {
    return this.owner.startTimer(labelsOf(this.owner.labelNames, this.labelValues) as LabelValues<T>);
  }

  /** The figure now. */
  get value(): number {
    return this.at < 0 ? 0 : this.values[this.at]!;
  }

  override get activity(): number {
    return this.at < 0 ? 0 : this.values[this.at + 1]!;
  }

  #add(delta: number): void {
    if (this.at < 0) {
      this.successor().#add(delta);
      return;
    }
    // The difference with itself is zero for finite numbers only.
    if (typeof delta !== 'number' || delta - delta !== 0) refuse(this.owner.name, delta);
    this.values[this.at]! += delta;
    this.#mark();
  }

  #mark(): void {
    if (this.owner.timed) this.values[this.at + 1] = this.owner.nowSeconds() * 1000;
    else this.values[this.at + 1]! += 1;
  }
}

/** A family of gauges. */
export class Gauge<T extends string = string> extends Instrument<T, GaugeSeries<T>> {
  declare readonly type: 'gauge';
  /** Whether NaN may be set. */
  readonly allowNaN: boolean;
  /** Whether the time of each setting is kept, since the latest one wins. */
  readonly timed: boolean;
  /** Sets the series of the labels. */
  readonly set: GaugeSet<T>;
  /** Adds a value (1 if left out) to the series of the labels. */
  readonly inc: GaugeAdd<T>;
  /** Takes a value (1 if left out) from the series of the labels. */
  readonly dec: GaugeAdd<T>;

  constructor(configuration: GaugeConfiguration<T>) {
    super(configuration, { type: 'gauge', slots: SLOTS, lines: SINGLE_LINE });
    this.allowNaN = configuration.allowNaN ?? false;
    this.timed = this.aggregator === 'last';
    this.set = this.recorder('set');
    this.inc = this.recorder('inc');
    this.dec = this.recorder('dec');
    this.open();
  }

  /** Sets the series of the labels to the seconds since the epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    (labels === undefined ? this.unlabelled() : this.find(labels)).setToCurrentTime();
  }

  /** Starts a timer that sets the series to the seconds that passed when it is called. */
  startTimer(labels?: LabelValues<T>): EndTimer<T> {
    return startTimer(this.clock, labels, (all, seconds) => this.set(all, seconds));
  }

  /** The seconds since the epoch, by the clock of the registry. */
  nowSeconds(): number {
    return this.clock.nowMs() / 1000;
  }

  override currentValues(): MetricValues<T> {
    const values = super.currentValues();
    if (this.timed) this.series.forEach((series, index) => (values.values[index]!.setMs = series.activity));
    return values;
  }

  override readLines(series: GaugeSeries<T>, out: Float64Array, at: number): void {
    out[at] = series.value;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): GaugeSeries<T> {
    return new GaugeSeries<T>(this, run, labelValues, createdMs);
  }
}

function refuse(name: string, value: unknown): never {
  throw new MetricsError(Number.isNaN(value) ? 'VALUE_NAN' : 'VALUE_INVALID', { name, value });
}
