/**
 * Writes remote write requests: `prometheus.WriteRequest` (1.0) and
 * `io.prometheus.write.v2.Request` (2.0), before compression.
 *
 * Source: Prometheus, `prompb/remote.proto`, `prompb/types.proto` and
 * `prompb/io/prometheus/write/v2/types.proto`.
 */
import type { BucketSpan, Exemplar, MetricType } from '../../family.ts';
import { ProtoWriter } from '../../protobuf/proto-writer.ts';
import { byName, type RemoteHistogram, type RemoteSample, type SeriesMetadata } from './series.ts';

/** The NaN that marks the end of a series; its bits matter, and JavaScript does not keep those of a NaN. */
const STALE_BITS = 0x7ff0000000000002n;
const TYPES: Readonly<Record<MetricType, number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
};

/** A request of version 1.0. The metadata of every family that occurs goes with it. */
export function encodeVersion1(samples: readonly RemoteSample[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  const families = new Map<string, SeriesMetadata>();
  for (const sample of samples) {
    const { series } = sample;
    families.set(series.metadata.familyName, series.metadata);
    const message = writer.beginMessage(1);
    for (const [name, value] of series.labels) writePair(writer, name, value);
    if (sample.histogram === undefined) writeSample(writer, sample, false);
    for (const exemplar of sample.exemplars) {
      const entry = writer.beginMessage(3);
      for (const [name, value] of sortedLabels(exemplar)) writePair(writer, name, value);
      writeExemplarValue(writer, exemplar, sample);
      writer.endMessage(entry);
    }
    if (sample.histogram !== undefined) writeHistogram(writer, 4, sample, sample.histogram, false);
    writer.endMessage(message);
  }
  for (const { familyName, type, help, unit } of families.values()) {
    const message = writer.beginMessage(3);
    writer.uint(1, TYPES[type]);
    writer.string(2, familyName);
    if (help !== '') writer.string(4, help);
    if (unit !== '') writer.string(5, unit);
    writer.endMessage(message);
  }
  return writer.take();
}

/** A request of version 2.0: every string once in a table, and references to it. */
export function encodeVersion2(samples: readonly RemoteSample[]): Uint8Array<ArrayBuffer> {
  const symbols = new Symbols();
  const body = new ProtoWriter();
  for (const sample of samples) {
    const { labels, metadata } = sample.series;
    const message = body.beginMessage(5);
    writeReferences(body, labels, symbols);
    if (sample.histogram === undefined) writeSample(body, sample, true);
    else writeHistogram(body, 3, sample, sample.histogram, true);
    for (const exemplar of sample.exemplars) {
      const entry = body.beginMessage(4);
      writeReferences(body, sortedLabels(exemplar), symbols);
      writeExemplarValue(body, exemplar, sample);
      body.endMessage(entry);
    }
    const described = body.beginMessage(5);
    body.uint(1, TYPES[metadata.type]);
    body.uint(3, symbols.of(metadata.help));
    body.uint(4, symbols.of(metadata.unit));
    body.endMessage(described);
    body.endMessage(message);
  }
  const table = new ProtoWriter();
  for (const text of symbols.all) table.string(4, text);
  return new Uint8Array(Buffer.concat([table.take(), body.take()]));
}

/** The table of strings; the first one is empty, as the specification demands. */
class Symbols {
  readonly #references = new Map<string, number>([['', 0]]);

  get all(): Iterable<string> {
    return this.#references.keys();
  }

  of(text: string): number {
    let reference = this.#references.get(text);
    if (reference === undefined) {
      reference = this.#references.size;
      this.#references.set(text, reference);
    }
    return reference;
  }
}

function writePair(writer: ProtoWriter, name: string, value: string): void {
  const message = writer.beginMessage(1);
  writer.string(1, name);
  writer.string(2, value);
  writer.endMessage(message);
}

function writeReferences(
  writer: ProtoWriter,
  labels: readonly (readonly [name: string, value: string])[],
  symbols: Symbols,
): void {
  if (labels.length === 0) return;
  const packed = writer.beginMessage(1);
  for (const [name, value] of labels) {
    writer.varint(symbols.of(name));
    writer.varint(symbols.of(value));
  }
  writer.endMessage(packed);
}

function sortedLabels(exemplar: Exemplar): [name: string, value: string][] {
  return Object.entries(exemplar.labels).toSorted(byName);
}

function writeSample(writer: ProtoWriter, sample: RemoteSample, hasStart: boolean): void {
  const message = writer.beginMessage(2);
  if (sample.isStale) writer.fixed64(1, STALE_BITS);
  else writer.double(1, sample.value);
  writer.int(2, sample.timestampMs);
  if (hasStart) writeStart(writer, 3, sample);
  writer.endMessage(message);
}

/** Zero means "not set" on the wire, so a start at the epoch itself is moved by a millisecond. */
function writeStart(writer: ProtoWriter, field: number, sample: RemoteSample): void {
  if (sample.startTimestampMs !== undefined) writer.int(field, sample.startTimestampMs || 1);
}

/** Every exemplar needs a time; one without is taken to be of the sample's. */
function writeExemplarValue(writer: ProtoWriter, exemplar: Exemplar, sample: RemoteSample): void {
  const { timestamp } = exemplar;
  writer.double(2, exemplar.value);
  writer.int(3, timestamp === undefined ? sample.timestampMs : Math.round(timestamp * 1000));
}

function writeHistogram(
  writer: ProtoWriter,
  field: number,
  sample: RemoteSample,
  histogram: RemoteHistogram,
  hasStart: boolean,
): void {
  const message = writer.beginMessage(field);
  writer.uint(1, histogram.count);
  if (sample.isStale) writer.fixed64(3, STALE_BITS);
  else writer.double(3, histogram.sum);
  writer.sint(4, histogram.schema);
  writer.double(5, histogram.zeroThreshold);
  writer.uint(6, histogram.zeroCount);
  writeBuckets(writer, 8, histogram.negativeSpans, histogram.negativeDeltas);
  writeBuckets(writer, 11, histogram.positiveSpans, histogram.positiveDeltas);
  writer.int(15, sample.timestampMs);
  if (hasStart) writeStart(writer, 17, sample);
  writer.endMessage(message);
}

/** Spans, and in the next field the packed deltas. */
function writeBuckets(
  writer: ProtoWriter,
  field: number,
  spans: readonly BucketSpan[],
  deltas: readonly number[],
): void {
  for (const span of spans) {
    const message = writer.beginMessage(field);
    writer.sint(1, span.offset);
    writer.uint(2, span.length);
    writer.endMessage(message);
  }
  if (deltas.length === 0) return;
  const packed = writer.beginMessage(field + 1);
  for (const delta of deltas) writer.zigzag(delta);
  writer.endMessage(packed);
}
