/**
 * The shapes of OpenTelemetry's metrics SDK that the bridge speaks, written down
 * here so that this package needs none of theirs. A test assigns them to and from
 * the real types.
 *
 * Source: `@opentelemetry/sdk-metrics`, MetricData, MetricProducer, IMetricReader.
 */

/** Seconds and nanoseconds since the epoch. */
export type HrTime = [seconds: number, nanoseconds: number];

/** Attribute values of OpenTelemetry. */
export type SdkAttributeValue =
  | string
  | number
  | boolean
  | (string | null | undefined)[]
  | (number | null | undefined)[]
  | (boolean | null | undefined)[];

/** Attributes of a resource or a data point. */
export interface SdkAttributes {
  [key: string]: SdkAttributeValue | undefined;
}

/** The numbers of their enum DataPointType. */
export const DATA_POINT_TYPE = { histogram: 0, exponentialHistogram: 1, gauge: 2, sum: 3 } as const;
/** The numbers of their enum AggregationTemporality. */
export const AGGREGATION_TEMPORALITY = { delta: 0, cumulative: 1 } as const;
/** The number of their enum AggregationType that leaves the choice to the SDK. */
export const AGGREGATION_DEFAULT = 0;
/** The number of their enum ValueType for doubles. */
export const VALUE_TYPE_DOUBLE = 1;

/** One data point. */
export interface SdkDataPoint<T> {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: SdkAttributes;
  readonly value: T;
}

/** The value of a histogram with explicit bounds. */
export interface SdkHistogram {
  buckets: { boundaries: number[]; counts: number[] };
  sum?: number;
  count: number;
}

/** The value of an exponential histogram. */
export interface SdkExponentialHistogram {
  count: number;
  sum?: number;
  scale: number;
  zeroCount: number;
  positive: { offset: number; bucketCounts: number[] };
  negative: { offset: number; bucketCounts: number[] };
}

interface SdkMetricBase {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly valueType: number;
  };
  readonly aggregationTemporality: number;
}

/** One metric with its points. */
export type SdkMetric = SdkMetricBase &
  (
    | { readonly dataPointType: 0; readonly dataPoints: SdkDataPoint<SdkHistogram>[] }
    | { readonly dataPointType: 1; readonly dataPoints: SdkDataPoint<SdkExponentialHistogram>[] }
    | { readonly dataPointType: 2; readonly dataPoints: SdkDataPoint<number>[] }
    | {
        readonly dataPointType: 3;
        readonly dataPoints: SdkDataPoint<number>[];
        readonly isMonotonic: boolean;
      }
  );

/** What identifies the process that measures. */
export interface SdkResource {
  readonly attributes: SdkAttributes;
  merge(other: SdkResource | null): SdkResource;
  getRawAttributes(): [string, SdkAttributeValue | undefined][];
}

/** What a collection gives. */
export interface SdkCollectionResult {
  resourceMetrics: {
    resource: SdkResource;
    scopeMetrics: { scope: { name: string; version?: string }; metrics: SdkMetric[] }[];
  };
  errors: unknown[];
}

/** Whoever can be asked for metrics. */
export interface SdkMetricProducer {
  collect(options?: { timeoutMillis?: number }): Promise<SdkCollectionResult>;
}
