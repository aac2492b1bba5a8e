/**
 * Writes an OTLP `ExportMetricsServiceRequest` as JSON: lowerCamelCase, ids in hex,
 * enums as numbers, 64-bit whole numbers as strings, and the words that protobuf
 * has for the doubles that JSON lacks.
 */
import type { Exemplar } from '../../family.ts';
import {
  type ExponentialBuckets,
  type ExponentialPoint,
  type HistogramPoint,
  nanosOf,
  type NumberPoint,
  type OtlpMetric,
  type SummaryPoint,
  type Temporality,
  wholeCount,
} from './data-points.ts';
import { type OtlpSource, splitExemplarLabels } from './encode-protobuf.ts';

const TEMPORALITY: Readonly<Record<Temporality, number>> = { delta: 1, cumulative: 2 };

/** The request as JSON. */
export function encodeOtlpJson(metrics: readonly OtlpMetric[], source: OtlpSource): Uint8Array<ArrayBuffer> {
  const request = {
    resourceMetrics: [
      {
        resource: { attributes: attributes(source.resource) },
        scopeMetrics: [
          {
            scope: { name: source.scopeName },
            metrics: metrics.map(jsonMetric),
          },
        ],
      },
    ],
  };
  return new TextEncoder().encode(JSON.stringify(request));
}

function jsonMetric(metric: OtlpMetric): object {
  const { name, description, unit } = metric;
  return { name, description, unit, ...jsonData(metric) };
}

function jsonData(metric: OtlpMetric): object {
  if (metric.kind === 'gauge') return { gauge: { dataPoints: metric.points.map(numberPoint) } };
  if (metric.kind === 'sum') {
    const dataPoints = metric.points.map(numberPoint);
    return { sum: { ...temporality(metric), isMonotonic: true, dataPoints } };
  }
  if (metric.kind === 'histogram') {
    return { histogram: { ...temporality(metric), dataPoints: metric.points.map(histogramPoint) } };
  }
  if (metric.kind === 'exponential') {
    const dataPoints = metric.points.map(exponentialPoint);
    return { exponentialHistogram: { ...temporality(metric), dataPoints } };
  }
  return { summary: { dataPoints: metric.points.map(summaryPoint) } };
}

function histogramPoint(point: HistogramPoint): object {
  return {
    ...common(point),
    count: String(wholeCount(point.count)),
    ...(point.sum === undefined ? {} : { sum: double(point.sum) }),
    bucketCounts: point.counts.map((count) => String(wholeCount(count))),
    explicitBounds: point.bounds.map(double),
  };
}

function exponentialPoint(point: ExponentialPoint): object {
  return {
    ...common(point),
    count: String(wholeCount(point.count)),
    sum: double(point.sum),
    scale: point.scale,
    zeroCount: String(wholeCount(point.zeroCount)),
    zeroThreshold: double(point.zeroThreshold),
    positive: buckets(point.positive),
    negative: buckets(point.negative),
  };
}

function summaryPoint(point: SummaryPoint): object {
  return {
    ...common(point),
    count: String(wholeCount(point.count)),
    sum: double(point.sum),
    quantileValues: point.quantiles.map(({ quantile, value }) => ({ quantile, value: double(value) })),
  };
}

function temporality(metric: { readonly temporality: Temporality }): object {
  return { aggregationTemporality: TEMPORALITY[metric.temporality] };
}

function numberPoint(point: NumberPoint): object {
  return { ...common(point), asDouble: double(point.value) };
}

function common(point: {
  readonly attributes: Readonly<Record<string, string>>;
  readonly startTimeNanos: bigint | undefined;
  readonly timeNanos: bigint;
  readonly exemplars: readonly Exemplar[];
}): object {
  const exemplars = point.exemplars.filter(({ timestamp }) => timestamp !== undefined).map(jsonExemplar);
  return {
    attributes: attributes(point.attributes),
    ...(point.startTimeNanos === undefined ? {} : { startTimeUnixNano: String(point.startTimeNanos) }),
    timeUnixNano: String(point.timeNanos),
    ...(exemplars.length === 0 ? {} : { exemplars }),
  };
}

function jsonExemplar(exemplar: Exemplar): object {
  const { traceId, spanId, attributes: rest } = splitExemplarLabels(exemplar.labels);
  return {
    timeUnixNano: String(nanosOf(exemplar.timestamp ?? 0)),
    asDouble: double(exemplar.value),
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    filteredAttributes: attributes(rest),
  };
}

function buckets({ offset, counts }: ExponentialBuckets): object {
  return { offset, bucketCounts: counts.map((count) => String(wholeCount(count))) };
}

function attributes(labels: Readonly<Record<string, string>>): object[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** JSON has no infinities and no NaN; protobuf's JSON mapping writes them as words. */
function double(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
