/**
 * How a series becomes lines of an exposition: the shapes that a kind of
 * instrument declares, and the form in which prom-client hands values out.
 */
import type { MetricType } from '../family.ts';
import type { Aggregator } from './configuration.ts';

/** One line of each series of a family. */
export interface LineShape {
  /** What follows the name in the sample's name: '', `_bucket`, `_sum`, … */
  readonly suffix: string;
  /** A label beyond the declared ones: `le` of a bucket, `quantile` of a summary. */
  readonly label?: { readonly name: string; readonly value: string | number };
}

/** The line of an instrument that has but one. */
export const SINGLE_LINE: readonly LineShape[] = [{ suffix: '' }];

/** One value of a metric, as prom-client gives it. */
export interface MetricValue<T extends string> {
  value: number;
  labels: Partial<Record<T | 'le' | 'quantile', string | number>>;
  metricName?: string;
}

/** A metric with its values, as `get()` and `getMetricsAsJSON()` give it. */
export interface MetricValues<T extends string = string> {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  values: MetricValue<T>[];
}

/** What a family counts about its bounds. */
export interface Overflow {
  /** How often a label set was sent to the overflow series since the family was full. */
  seriesLimit: number;
  /** How often a label set was sent to the overflow series since a value was too long. */
  labelValueTooLong: number;
  /** How many series were removed since nothing changed them for long. */
  idleRemoved: number;
}
