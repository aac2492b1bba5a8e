/**
 * The strict faces of the instruments: every declared label must be given, and no
 * other. At run time these are the instruments themselves.
 */
import type { MetricType } from '../family.ts';
import type { ExemplarLabels } from '../instruments/configuration.ts';
import type { CounterSeries } from '../instruments/counter.ts';
import type { GaugeSeries } from '../instruments/gauge.ts';
import type { HistogramSeries } from '../instruments/histogram-series.ts';
import type { InfoSeries } from '../instruments/info.ts';
import type { StateSetSeries } from '../instruments/state-set.ts';
import type { SummarySeries } from '../instruments/summary.ts';
import type { LabelValue } from '../series/label-values.ts';

/** All the declared labels. */
export type AllLabels<L extends string> = Readonly<Record<L, LabelValue>>;

/** The arguments of a recording method: labels first, unless none are declared. */
type WithLabels<L extends string, Rest extends readonly unknown[]> = [L] extends [never]
  ? Rest
  : [labels: AllLabels<L>, ...rest: Rest];

/** Ends a timer: records and returns the seconds that passed. */
type EndTyped = () => number;

/** What every strict instrument can do. */
interface Typed<L extends string, K extends MetricType, Handle> {
  readonly name: string;
  readonly type: K;
  readonly labelNames: readonly L[];
  /** The handle of a label set, which needs no look-up. */
  labels(...args: WithLabels<L, []>): Handle;
  /** Removes the series of a label set. */
  remove(...args: WithLabels<L, []>): void;
  /** Forgets all series. */
  reset(): void;
}

/** A counter whose labels the compiler checks. */
export interface TypedCounter<L extends string> extends Typed<L, 'counter', CounterSeries> {
  inc(...args: WithLabels<L, [value?: number, exemplarLabels?: ExemplarLabels]>): void;
}

/** A gauge whose labels the compiler checks. */
export interface TypedGauge<L extends string> extends Typed<L, 'gauge', GaugeSeries<L>> {
  set(...args: WithLabels<L, [value: number]>): void;
  inc(...args: WithLabels<L, [value?: number]>): void;
  dec(...args: WithLabels<L, [value?: number]>): void;
  setToCurrentTime(...args: WithLabels<L, []>): void;
  startTimer(...args: WithLabels<L, []>): EndTyped;
}

/** A histogram whose labels the compiler checks. */
export interface TypedHistogram<L extends string> extends Typed<L, 'histogram', HistogramSeries<L>> {
  observe(...args: WithLabels<L, [value: number, exemplarLabels?: ExemplarLabels]>): void;
  startTimer(...args: WithLabels<L, []>): EndTyped;
}

/** A summary whose labels the compiler checks. */
export interface TypedSummary<L extends string> extends Typed<L, 'summary', SummarySeries<L>> {
  observe(...args: WithLabels<L, [value: number]>): void;
  startTimer(...args: WithLabels<L, []>): EndTyped;
}

/** An info whose labels the compiler checks. */
export interface TypedInfo<L extends string> extends Typed<L, 'info', InfoSeries> {
  set(...args: WithLabels<L, []>): void;
}

/** A state set whose labels and states the compiler checks. */
export interface TypedStateSet<L extends string, S extends string>
  extends Typed<L, 'stateset', StateSetSeries<S>> {
  readonly states: readonly S[];
  set(...args: WithLabels<L, [state: S]>): void;
  enable(...args: WithLabels<L, [state: S]>): void;
  disable(...args: WithLabels<L, [state: S]>): void;
}
