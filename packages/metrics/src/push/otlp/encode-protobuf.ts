/**
 * Writes an OTLP `ExportMetricsServiceRequest` as protobuf, and reads the one field
 * of the answer that matters.
 */
import type { Exemplar } from '../../family.ts';
import { ProtoWriter } from '../../protobuf/proto-writer.ts';
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

/** Who sends: attributes of the resource, and the instrumentation scope. */
export interface OtlpSource {
  readonly resource: Readonly<Record<string, string>>;
  readonly scopeName: string;
}

const TEMPORALITY: Readonly<Record<Temporality, number>> = { delta: 1, cumulative: 2 };

/** The request as protobuf. */
export function encodeOtlpProtobuf(
  metrics: readonly OtlpMetric[],
  source: OtlpSource,
): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  const resourceMetrics = writer.beginMessage(1);
  const resource = writer.beginMessage(1);
  writeAttributes(writer, 1, source.resource);
  writer.endMessage(resource);
  const scopeMetrics = writer.beginMessage(2);
  const scope = writer.beginMessage(1);
  writer.string(1, source.scopeName);
  writer.endMessage(scope);
  for (const metric of metrics) writeMetric(writer, metric);
  writer.endMessage(scopeMetrics);
  writer.endMessage(resourceMetrics);
  return writer.take();
}

function writeMetric(writer: ProtoWriter, metric: OtlpMetric): void {
  const message = writer.beginMessage(2);
  writer.string(1, metric.name);
  if (metric.description !== '') writer.string(2, metric.description);
  if (metric.unit !== '') writer.string(3, metric.unit);
  const fields = { gauge: 5, sum: 7, histogram: 9, exponential: 10, summary: 11 } as const;
  const data = writer.beginMessage(fields[metric.kind]);
  switch (metric.kind) {
    case 'gauge':
    case 'sum':
      for (const point of metric.points) writeNumberPoint(writer, point);
      break;
    case 'histogram':
      for (const point of metric.points) writeHistogramPoint(writer, point);
      break;
    case 'exponential':
      for (const point of metric.points) writeExponentialPoint(writer, point);
      break;
    case 'summary':
      for (const point of metric.points) writeSummaryPoint(writer, point);
      break;
  }
  if ('temporality' in metric) writer.uint(2, TEMPORALITY[metric.temporality]);
  if (metric.kind === 'sum') writer.bool(3, true);
  writer.endMessage(data);
  writer.endMessage(message);
}

function writeAttributes(
  writer: ProtoWriter,
  field: number,
  attributes: Readonly<Record<string, string>>,
): void {
  for (const key of Object.keys(attributes)) {
    const pair = writer.beginMessage(field);
    writer.string(1, key);
    const value = writer.beginMessage(2);
    writer.string(1, attributes[key]!);
    writer.endMessage(value);
    writer.endMessage(pair);
  }
}

function writeTimes(
  writer: ProtoWriter,
  point: { startTimeNanos: bigint | undefined; timeNanos: bigint },
): void {
  if (point.startTimeNanos !== undefined) writer.fixed64(2, point.startTimeNanos);
  writer.fixed64(3, point.timeNanos);
}

function writeNumberPoint(writer: ProtoWriter, point: NumberPoint): void {
  const message = writer.beginMessage(1);
  writeTimes(writer, point);
  writer.double(4, point.value);
  for (const exemplar of point.exemplars) writeExemplar(writer, 5, exemplar);
  writeAttributes(writer, 7, point.attributes);
  writer.endMessage(message);
}

function writeHistogramPoint(writer: ProtoWriter, point: HistogramPoint): void {
  const message = writer.beginMessage(1);
  writeTimes(writer, point);
  writer.fixed64(4, BigInt(wholeCount(point.count)));
  if (point.sum !== undefined) writer.double(5, point.sum);
  const counts = writer.beginMessage(6);
  for (const count of point.counts) writer.rawFixed64(BigInt(wholeCount(count)));
  writer.endMessage(counts);
  const bounds = writer.beginMessage(7);
  for (const bound of point.bounds) writer.rawDouble(bound);
  writer.endMessage(bounds);
  for (const exemplar of point.exemplars) writeExemplar(writer, 8, exemplar);
  writeAttributes(writer, 9, point.attributes);
  writer.endMessage(message);
}

function writeExponentialPoint(writer: ProtoWriter, point: ExponentialPoint): void {
  const message = writer.beginMessage(1);
  writeAttributes(writer, 1, point.attributes);
  writeTimes(writer, point);
  writer.fixed64(4, BigInt(wholeCount(point.count)));
  writer.double(5, point.sum);
  writer.sint(6, point.scale);
  writer.fixed64(7, BigInt(wholeCount(point.zeroCount)));
  writeBuckets(writer, 8, point.positive);
  writeBuckets(writer, 9, point.negative);
  for (const exemplar of point.exemplars) writeExemplar(writer, 11, exemplar);
  writer.double(14, point.zeroThreshold);
  writer.endMessage(message);
}

function writeBuckets(writer: ProtoWriter, field: number, buckets: ExponentialBuckets): void {
  const message = writer.beginMessage(field);
  writer.sint(1, buckets.offset);
  const counts = writer.beginMessage(2);
  for (const count of buckets.counts) writer.varint(wholeCount(count));
  writer.endMessage(counts);
  writer.endMessage(message);
}

function writeSummaryPoint(writer: ProtoWriter, point: SummaryPoint): void {
  const message = writer.beginMessage(1);
  writeTimes(writer, point);
  writer.fixed64(4, BigInt(wholeCount(point.count)));
  writer.double(5, point.sum);
  for (const { quantile, value } of point.quantiles) {
    const entry = writer.beginMessage(6);
    writer.double(1, quantile);
    writer.double(2, value);
    writer.endMessage(entry);
  }
  writeAttributes(writer, 7, point.attributes);
  writer.endMessage(message);
}

function writeExemplar(writer: ProtoWriter, field: number, exemplar: Exemplar): void {
  if (exemplar.timestamp === undefined) return;
  const { traceId, spanId, attributes } = splitExemplarLabels(exemplar.labels);
  const message = writer.beginMessage(field);
  writer.fixed64(2, nanosOf(exemplar.timestamp));
  writer.double(3, exemplar.value);
  if (spanId !== undefined) writer.bytes(4, Buffer.from(spanId, 'hex'));
  if (traceId !== undefined) writer.bytes(5, Buffer.from(traceId, 'hex'));
  writeAttributes(writer, 7, attributes);
  writer.endMessage(message);
}

/** The ids of a trace have fields of their own in OTLP, if they look as OpenTelemetry demands. */
export function splitExemplarLabels(labels: Readonly<Record<string, string>>): {
  traceId: string | undefined;
  spanId: string | undefined;
  attributes: Record<string, string>;
} {
  const attributes = { ...labels };
  let traceId: string | undefined;
  let spanId: string | undefined;
  if (/^[0-9a-f]{32}$/i.test(labels.trace_id ?? '')) {
    traceId = labels.trace_id;
    delete attributes.trace_id;
  }
  if (/^[0-9a-f]{16}$/i.test(labels.span_id ?? '')) {
    spanId = labels.span_id;
    delete attributes.span_id;
  }
  return { traceId, spanId, attributes };
}
