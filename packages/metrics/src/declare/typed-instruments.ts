/**
 * The strict faces of the instruments: every declared label must be given, and no
 * other. At run time these are the instruments themselves.
 */
import type { CounterSeries } from '../instruments/counter.ts';
import type { GaugeSeries } from '../instruments/gauge.ts';
import type { HistogramSeries } from '../instruments/histogram-series.ts';
import type { EndTimer } from '../instruments/timer.ts';
import type { LabelValue } from '../series/label-values.ts';

/** All the declared labels. */
export type AllLabels<L extends string> = Readonly<Record<L, LabelValue>>;

/** The arguments of a recording method: labels first, unless none are declared. */
type WithLabels<L extends string, Rest extends readonly unknown[]> = [L] extends [never]
  ? Rest
  : [labels: AllLabels<L>, ...rest: Rest];

/** What every strict instrument can do. */
interface Typed<L extends string, Handle> {
  readonly name: string;
  /** The handle of a label set, which needs no look-up. */
  labels(...args: WithLabels<L, []>): Handle;
  /** Removes the series of a label set. */
  remove(...args: WithLabels<L, []>): void;
  /** Forgets all series. */
  reset(): void;
}

/** A counter whose labels the compiler checks. */
export interface TypedCounter<L extends string> extends Typed<L, CounterSeries> {
  inc(...args: WithLabels<L, [value?: number]>): void;
}

/** A gauge whose labels the compiler checks. */
export interface TypedGauge<L extends string> extends Typed<L, GaugeSeries<L>> {
  set(...args: WithLabels<L, [value: number]>): void;
  inc(...args: WithLabels<L, [value?: number]>): void;
  dec(...args: WithLabels<L, [value?: number]>): void;
  setToCurrentTime(...args: WithLabels<L, []>): void;
  startTimer(...args: WithLabels<L, []>): EndTimer<never>;
}

/** A histogram whose labels the compiler checks. */
export interface TypedHistogram<L extends string> extends Typed<L, HistogramSeries<L>> {
  observe(...args: WithLabels<L, [value: number]>): void;
  startTimer(...args: WithLabels<L, []>): EndTimer<never>;
}
