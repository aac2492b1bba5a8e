/**
 * The data model of an exposition: what a registry hands to a renderer and what
 * the parser hands back. It follows the OpenMetrics 1.0 data model.
 */

/** The metric types of OpenMetrics 1.0. */
export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

/** A reference from a sample to something outside the metrics, usually a trace. */
export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
}

/** One line of an exposition. `name` carries its suffix (`_total`, `_bucket`, …). */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
  readonly exemplar?: Exemplar;
}

/** All samples that share one TYPE line. `name` carries no suffix, as in OpenMetrics. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** The unit, which is also the last part of the name; empty if there is none. */
  readonly unit: string;
  readonly samples: readonly Sample[];
}
