/**
 * Writes families as a stream of delimited `io.prometheus.client.MetricFamily`
 * messages: the one scrape format that carries native histograms.
 *
 * Source: client_model, `io/prometheus/client/metrics.proto`.
 */
import type { BucketSpan, Exemplar, MetricFamily, MetricType, NativeBuckets } from '../family.ts';
import { exposedName, type MetricPoint, pointSteps } from '../points/metric-point.ts';
import { ProtoWriter } from './proto-writer.ts';

const TYPES: Readonly<Record<MetricType, number>> = {
  counter: 0,
  gauge: 1,
  info: 1,
  stateset: 1,
  summary: 2,
  unknown: 3,
  histogram: 4,
  gaugehistogram: 5,
};
/** The field of a metric that holds the value of each type. */
const VALUE_FIELD: Readonly<Record<MetricType, number>> = {
  gauge: 2,
  info: 2,
  stateset: 2,
  counter: 3,
  summary: 4,
  unknown: 5,
  histogram: 7,
  gaugehistogram: 7,
};
/** So many points are written between two places where the work can be interrupted. */
const POINTS_PER_STEP = 250;

/** The families as one buffer of delimited messages. */
export function writeProtobuf(families: readonly MetricFamily[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  const steps = protobufSteps(writer, families);
  while (!steps.next().done);
  return writer.take();
}

/**
 * Writes the families bit by bit. Each step is a moment at which the caller may
 * let others have the event loop; the message is whole when the steps are done.
 */
export function* protobufSteps(writer: ProtoWriter, families: readonly MetricFamily[]): Generator<undefined> {
  for (const family of families) {
    if (family.samples.length === 0 && (family.native?.length ?? 0) === 0) continue;
    const start = writer.beginDelimited();
    writer.string(1, exposedName(family));
    if (family.help !== '') writer.string(2, family.help);
    writer.uint(3, TYPES[family.type]);
    let written = 0;
    for (const point of yield* pointSteps(family)) {
      writeMetric(writer, family.type, point);
      if (++written % POINTS_PER_STEP === 0) yield;
    }
    if (family.unit !== '') writer.string(5, family.unit);
    writer.endMessage(start);
    yield;
  }
}

function writeMetric(writer: ProtoWriter, type: MetricType, point: MetricPoint): void {
  const metric = writer.beginMessage(4);
  writeLabels(writer, point.labels);
  const value = writer.beginMessage(VALUE_FIELD[type]);
  if (type === 'histogram' || type === 'gaugehistogram') writeHistogram(writer, point);
  else if (type === 'summary') writeSummary(writer, point);
  else {
    writer.double(1, point.value ?? 0);
    if (type === 'counter') {
      if (point.exemplar !== undefined) writeExemplar(writer, 2, point.exemplar);
      writeTime(writer, 3, point.createdTimestamp);
    }
  }
  writer.endMessage(value);
  if (point.timestamp !== undefined) writer.int(6, Math.round(point.timestamp * 1000));
  writer.endMessage(metric);
}

function writeLabels(writer: ProtoWriter, labels: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(labels)) {
    const pair = writer.beginMessage(1);
    writer.string(1, name);
    writer.string(2, labels[name]!);
    writer.endMessage(pair);
  }
}

function writeSummary(writer: ProtoWriter, point: MetricPoint): void {
  // Unlike a histogram, a summary has no field for a count with a fraction.
  writer.uint(1, Math.max(0, Math.round(point.count ?? 0)) || 0);
  writer.double(2, point.sum ?? 0);
  for (const { quantile, value } of point.quantiles) {
    const message = writer.beginMessage(3);
    writer.double(1, quantile);
    writer.double(2, value);
    writer.endMessage(message);
  }
  writeTime(writer, 4, point.createdTimestamp);
}

function writeHistogram(writer: ProtoWriter, point: MetricPoint): void {
  writeCount(writer, point.count ?? point.buckets.at(-1)?.cumulativeCount ?? 0);
  writer.double(2, point.sum ?? 0);
  for (const bucket of point.buckets) {
    // The +Inf bucket is implied by the count; it is only written when it has something of its own to say.
    if (bucket.upperBound === Infinity && bucket.exemplar === undefined) continue;
    const message = writer.beginMessage(3);
    writeCount(writer, bucket.cumulativeCount);
    writer.double(2, bucket.upperBound);
    if (bucket.exemplar !== undefined) writeExemplar(writer, 3, bucket.exemplar);
    writer.endMessage(message);
  }
  if (point.native !== undefined) {
    writeNativeBuckets(writer, point.native);
    for (const exemplar of point.native.exemplars ?? []) writeExemplar(writer, 16, exemplar);
  }
  writeTime(writer, 15, point.createdTimestamp);
}

/** Counts are whole, or doubles in field 4 where another format brought a fraction. */
function writeCount(writer: ProtoWriter, count: number): void {
  if (Number.isInteger(count) && count >= 0) writer.uint(1, count);
  else writer.double(4, count);
}

function writeNativeBuckets(writer: ProtoWriter, native: NativeBuckets): void {
  writer.sint(5, native.schema);
  writer.double(6, native.zeroThreshold);
  writer.uint(7, native.zeroCount);
  writeSpans(writer, 9, 10, native.negativeSpans, native.negativeDeltas);
  writeSpans(writer, 12, 13, native.positiveSpans, native.positiveDeltas);
}

function writeSpans(
  writer: ProtoWriter,
  spanField: number,
  deltaField: number,
  spans: readonly BucketSpan[],
  deltas: readonly number[],
): void {
  for (const span of spans) {
    const message = writer.beginMessage(spanField);
    writer.sint(1, span.offset);
    writer.uint(2, span.length);
    writer.endMessage(message);
  }
  if (deltas.length === 0) return;
  const packed = writer.beginMessage(deltaField);
  for (const delta of deltas) writer.zigzag(delta);
  writer.endMessage(packed);
}

function writeExemplar(writer: ProtoWriter, field: number, exemplar: Exemplar): void {
  const message = writer.beginMessage(field);
  writeLabels(writer, exemplar.labels);
  writer.double(2, exemplar.value);
  writeTime(writer, 3, exemplar.timestamp);
  writer.endMessage(message);
}

/** A google.protobuf.Timestamp: whole seconds, rounded down, and nanoseconds of 0 or more. */
function writeTime(writer: ProtoWriter, field: number, seconds: number | undefined): void {
  if (seconds === undefined) return;
  // Doubles hold the epoch to about 0.2 microseconds; rounding there keeps milliseconds exact.
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  const message = writer.beginMessage(field);
  writer.int(1, whole);
  writer.uint(2, (micros - whole * 1e6) * 1000);
  writer.endMessage(message);
}
