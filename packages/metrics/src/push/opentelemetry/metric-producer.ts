/**
 * Hands the metrics of a registry to an OpenTelemetry SDK: a MetricProducer for the
 * option `metricProducers` of a MetricReader, so that whatever exporter is set up
 * there exports them too.
 */
import { type Clock, systemClock } from '../../clock.ts';
import type { MetricFamily } from '../../family.ts';
import { nanosOf, type OtlpMetric } from '../otlp/data-points.ts';
import { toOtlp } from '../otlp/to-otlp.ts';
import {
  AGGREGATION_TEMPORALITY,
  DATA_POINT_TYPE,
  type HrTime,
  type SdkCollectionResult,
  type SdkDataPoint,
  type SdkMetric,
  type SdkMetricProducer,
  type SdkResource,
  VALUE_TYPE_DOUBLE,
} from './sdk-shapes.ts';

/** Where the metrics come from. */
export interface MetricProducerOptions {
  /** `() => registry.families()` for a registry. */
  readonly families: () => Promise<readonly MetricFamily[]> | readonly MetricFamily[];
  readonly clock?: Clock;
}

/**
 * A MetricProducer over families. Points are cumulative. Summaries, which the SDK
 * does not have, become a gauge by quantile and sums `…_sum` and `…_count`.
 */
export class BellwetherMetricProducer implements SdkMetricProducer {
  readonly #families: MetricProducerOptions['families'];
  readonly #clock: Clock;
  readonly #startNanos: bigint;

  constructor(options: MetricProducerOptions) {
    this.#families = options.families;
    this.#clock = options.clock ?? systemClock;
    this.#startNanos = nanosOf(this.#clock.nowMs() / 1000);
  }

  /** Collects the metrics. A failure is among the errors of the result, as the SDK expects. */
  async collect(): Promise<SdkCollectionResult> {
    try {
      const families = await this.#families();
      const nowNanos = nanosOf(this.#clock.nowMs() / 1000);
      const metrics = toOtlp(families, { nowNanos, startNanos: this.#startNanos }).flatMap(sdkMetrics);
      return result(metrics, []);
    } catch (error) {
      return result([], [error]);
    }
  }
}

function result(metrics: SdkMetric[], errors: unknown[]): SdkCollectionResult {
  const scopeMetrics = [{ scope: { name: '@bellwether/metrics' }, metrics }];
  return { resourceMetrics: { resource: EMPTY_RESOURCE, scopeMetrics }, errors };
}

/** The SDK puts its own resource in the place of a producer's. */
const EMPTY_RESOURCE: SdkResource = {
  attributes: {},
  merge: (other) => other ?? EMPTY_RESOURCE,
  getRawAttributes: () => [],
};

function numbers(points: readonly PointWithValue[]): SdkDataPoint<number>[] {
  return points.map((point) => dataPoint(point, point.value));
}

function sdkMetrics(metric: OtlpMetric): SdkMetric[] {
  const { name, description, unit } = metric;
  const base = {
    descriptor: { name, description, unit, valueType: VALUE_TYPE_DOUBLE },
    aggregationTemporality: AGGREGATION_TEMPORALITY.cumulative,
  };
  if (metric.kind === 'gauge') {
    return [{ ...base, dataPointType: DATA_POINT_TYPE.gauge, dataPoints: numbers(metric.points) }];
  }
  if (metric.kind === 'sum') {
    const dataPoints = numbers(metric.points);
    return [{ ...base, dataPointType: DATA_POINT_TYPE.sum, isMonotonic: true, dataPoints }];
  }
  if (metric.kind === 'histogram') {
    const dataPoints = metric.points.map((point) => {
      const buckets = { boundaries: [...point.bounds], counts: [...point.counts] };
      const { count, sum } = point;
      return dataPoint(point, sum === undefined ? { buckets, count } : { buckets, count, sum });
    });
    return [{ ...base, dataPointType: DATA_POINT_TYPE.histogram, dataPoints }];
  }
  if (metric.kind === 'exponential') {
    const dataPoints = metric.points.map((point) => {
      const { count, sum, scale, zeroCount, positive, negative } = point;
      return dataPoint(point, {
        count,
        sum,
        scale,
        zeroCount,
        positive: { offset: positive.offset, bucketCounts: [...positive.counts] },
        negative: { offset: negative.offset, bucketCounts: [...negative.counts] },
      });
    });
    return [{ ...base, dataPointType: DATA_POINT_TYPE.exponentialHistogram, dataPoints }];
  }
  return summaryMetrics(metric, base);
}

function summaryMetrics(
  metric: Extract<OtlpMetric, { kind: 'summary' }>,
  base: Pick<SdkMetric, 'descriptor' | 'aggregationTemporality'>,
): SdkMetric[] {
  const quantiles = metric.points.flatMap((point) =>
    point.quantiles.map(({ quantile, value }) => {
      const attributes = { ...point.attributes, quantile: String(quantile) };
      return dataPoint({ ...point, attributes }, value);
    }),
  );
  const sumOf = (part: 'sum' | 'count'): SdkMetric => ({
    ...base,
    descriptor: { ...base.descriptor, name: `${metric.name}_${part}` },
    dataPointType: DATA_POINT_TYPE.sum,
    isMonotonic: true,
    dataPoints: metric.points.map((point) => dataPoint(point, point[part])),
  });
  return [
    { ...base, dataPointType: DATA_POINT_TYPE.gauge, dataPoints: quantiles },
    sumOf('sum'),
    sumOf('count'),
  ];
}

interface Point {
  readonly attributes: Readonly<Record<string, string>>;
  readonly startTimeNanos: bigint | undefined;
  readonly timeNanos: bigint;
}

interface PointWithValue extends Point {
  readonly value: number;
}

function dataPoint<T>(point: Point, value: T): SdkDataPoint<T> {
  const endTime = hrTime(point.timeNanos);
  const startTime = point.startTimeNanos === undefined ? endTime : hrTime(point.startTimeNanos);
  return { startTime, endTime, attributes: { ...point.attributes }, value };
}

function hrTime(nanos: bigint): HrTime {
  return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)];
}
