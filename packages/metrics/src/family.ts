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

/** A run of neighbouring native buckets. */
export interface BucketSpan {
  /** The index of the first span's first bucket; for later spans, the number of empty buckets skipped. */
  readonly offset: number;
  /** The number of buckets in the run. */
  readonly length: number;
}

/**
 * The native (exponential) buckets of one histogram, as Prometheus puts them on
 * the wire. The positive bucket with index i counts values in
 * (base^(i-1), base^i] where base = 2^(2^-schema); the negative ones mirror it.
 */
export interface NativeBuckets {
  /** The resolution, from -4 (base 65536) to 8 (base 1.0027). */
  readonly schema: number;
  /** Values v with |v| <= zeroThreshold are counted in the zero bucket. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positiveSpans: readonly BucketSpan[];
  /** Counts in bucket order, each as the difference to the one before. */
  readonly positiveDeltas: readonly number[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeDeltas: readonly number[];
}

/** A native histogram of a family: one per label set, beside or instead of the classic samples. */
export interface NativeSample extends NativeBuckets {
  readonly labels: Readonly<Record<string, string>>;
  /** The number of observations: the zero bucket and all the others. */
  readonly count: number;
  readonly sum: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
  /** When the histogram began to count, in seconds since the epoch. */
  readonly createdTimestamp?: number;
  readonly exemplars?: readonly Exemplar[];
}

/** All samples that share one TYPE line. `name` carries no suffix, as in OpenMetrics. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** The unit, which is also the last part of the name; empty if there is none. */
  readonly unit: string;
  readonly samples: readonly Sample[];
  /**
   * The native histograms of a family of type histogram or gaugehistogram. Only
   * protobuf and OpenMetrics 2.0 can carry them; the text formats leave them out.
   */
  readonly native?: readonly NativeSample[];
  /**
   * The name in the formats that add no suffix of their own (text 0.0.4, protobuf),
   * where it is not the family's name with the suffix of its type: that of a counter
   * which was declared without `_total`.
   */
  readonly exposedName?: string;
}
