/** The info: facts that are told as labels of a figure that is always 1, such as a build's version. */
import type { LabelTuple, LabelValues } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';
import { SINGLE_LINE } from './lines.ts';

/** The options of an info. It is exposed with `_info` at the end of its name, given or not. */
export interface InfoConfiguration<T extends string> extends MetricConfiguration<T, Info<T>> {}

/** The way to call `set` of an info. */
export type InfoSet<T extends string> = (labels: LabelValues<T>) => void;

/** One set of facts. */
export class InfoSeries extends Series<InfoSeries> {
  /** Tells the facts again if they had been removed. */
  set(): void {
    if (this.at < 0) this.successor().set();
    else this.values[this.at]! += 1;
  }

  override get activity(): number {
    return this.at < 0 ? 0 : this.values[this.at]!;
  }
}

/** A family of facts. */
export class Info<T extends string = string> extends Instrument<T, InfoSeries> {
  declare readonly type: 'info';
  /** Tells the facts that are given as labels. */
  readonly set: InfoSet<T>;

  constructor(configuration: InfoConfiguration<T>) {
    super(configuration, { type: 'info', slots: 1, lines: SINGLE_LINE, aggregator: 'first' });
    this.set = this.recorder('set');
    this.open();
  }

  override readLines(_series: InfoSeries, out: Float64Array, at: number): void {
    out[at] = 1;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): InfoSeries {
    return new InfoSeries(this, run, labelValues, createdMs);
  }
}
