/** A metric as the decoders of OTLP hand it over, with its points. */

import type { Attributes } from './attributes.ts';

/** What the values of points are relative to: the start of the series, or the point before. */
export type Temporality = 'cumulative' | 'delta' | 'unspecified';

/** Buckets of an exponential histogram on one side of zero: `counts[i]` has the index `offset + i`. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** What a point says, by the type of its metric. Counts above 2^53 are near, not exact. */
export type PointData =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly count: number;
      /** Null if the sender keeps none. */
      readonly sum: number | null;
      /** Upper bounds, ascending. There is one count more, or there are none at all. */
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
    }
  | {
      readonly kind: 'exponential';
      readonly count: number;
      readonly sum: number | null;
      /** Bucket i holds (base^i, base^(i+1)] where base = 2^(2^-scale). */
      readonly scale: number;
      readonly zeroCount: number;
      readonly zeroThreshold: number;
      readonly positive: ExponentialBuckets;
      readonly negative: ExponentialBuckets;
    }
  | {
      readonly kind: 'summary';
      readonly count: number;
      readonly sum: number;
      readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    };

/** The value of an attribute. */
export type PlainValue = string | number | boolean | PlainValue[] | { readonly [key: string]: PlainValue };

/** One point of a metric. */
export interface OtlpPoint {
  /** Attributes as they came, each value as text. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Nanoseconds since the epoch; 0 if the sender does not say. */
  readonly timeNanos: bigint;
  /** True if the sender says that there is no value any more. */
  readonly isGap: boolean;
  readonly data: PointData;
}

/** The types of metrics. */
export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential' | 'summary';

/** A metric. */
export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  /** Null for one whose type is not known here, which has no points. */
  readonly kind: MetricKind | null;
  readonly temporality: Temporality;
  /** Of a sum: whether it never falls. */
  readonly isMonotonic: boolean;
  readonly points: readonly OtlpPoint[];
}

/** Takes metrics, each with the attributes of its resource. */
export type OnMetric = (metric: OtlpMetric, resource: Attributes) => void;

/** Bounds on what one request may hold, beside its bytes: parsed, points take more room than on the wire. */
export const metricBounds = { pointsMax: 100_000, bucketsMax: 1_000_000, attributesMax: 1_000_000 } as const;

/** What each value of `AggregationTemporality` stands for. */
export const temporalities: readonly Temporality[] = ['unspecified', 'delta', 'cumulative'];

/** The bit of a point's flags that says there is no value. */
export const NO_RECORDED_VALUE = 1;
