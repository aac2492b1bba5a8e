/**
 * How a series becomes lines of an exposition: the shapes that a kind of
 * instrument declares, and the form in which prom-client hands values out.
 */
import type { Exemplar, MetricType } from '../family.ts';
import type { SketchValues } from '../summary/sketch.ts';
import type { Aggregator } from './configuration.ts';

/** One line of each series of a family. */
export interface LineShape {
  /** What follows the name in the sample's name: '', `_bucket`, `_sum`, … */
  readonly suffix: string;
  /** A label beyond the declared ones: `le` of a bucket, `quantile` of a summary, a state's own name. */
  readonly label?: { readonly name: string; readonly value: string | number };
}

/** The line of an instrument that has but one. */
export const SINGLE_LINE: readonly LineShape[] = [{ suffix: '' }];

/** One value of a metric, as prom-client gives it. */
export interface MetricValue<T extends string = string> {
  value: number;
  labels: Partial<Record<T | 'le' | 'quantile', string | number>>;
  metricName?: string;
  exemplar?: Exemplar;
  /** When the value was last set, in milliseconds since the epoch; given by gauges that aggregate by `last`. */
  setMs?: number;
  /** The sketch behind the quantiles of a summary, on its `_count`; given for aggregation only. */
  sketch?: SketchValues;
}

/** A metric with its values, as `get()` and `getMetricsAsJSON()` give it. */
export interface MetricValues<T extends string = string> {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  values: MetricValue<T>[];
}
