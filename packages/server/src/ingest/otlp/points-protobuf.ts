/** Decodes the points of OTLP metrics from protobuf; see `metrics-protobuf.ts`. */

import {
  type ExponentialBuckets,
  type MetricKind,
  metricBounds,
  NO_RECORDED_VALUE,
  type OtlpPoint,
  type PlainValue,
  type PointData,
} from './metric.ts';
import { textOfAny } from './metrics-json.ts';
import { MalformedOtlp, VALUE_DEPTH_MAX, wire, type WireReader } from './wire.ts';

/** How much of the bounds of a request is used up. */
export interface Room {
  points: number;
  buckets: number;
  attributes: number;
}

/** What the fields of a point are, by number, for each type of metric: they differ. */
const fieldsOfKind: Readonly<Record<MetricKind, Readonly<Record<number, FieldName>>>> = {
  gauge: { 3: 'time', 4: 'double', 6: 'integer', 7: 'attribute', 8: 'flags' },
  sum: { 3: 'time', 4: 'double', 6: 'integer', 7: 'attribute', 8: 'flags' },
  histogram: { 3: 'time', 4: 'count', 5: 'sum', 6: 'counts', 7: 'bounds', 9: 'attribute', 10: 'flags' },
  exponential: {
    1: 'attribute',
    3: 'time',
    4: 'count',
    5: 'sum',
    6: 'scale',
    7: 'zeroCount',
    8: 'positive',
    9: 'negative',
    10: 'flags',
    14: 'zeroThreshold',
  },
  summary: { 3: 'time', 4: 'count', 5: 'sum', 6: 'quantile', 7: 'attribute', 8: 'flags' },
};

type FieldName =
  | 'attribute'
  | 'bounds'
  | 'count'
  | 'counts'
  | 'double'
  | 'flags'
  | 'integer'
  | 'negative'
  | 'positive'
  | 'quantile'
  | 'scale'
  | 'sum'
  | 'time'
  | 'zeroCount'
  | 'zeroThreshold';

const noBuckets: ExponentialBuckets = { offset: 0, counts: [] };

/** All that a point of any type may say. */
class Draft {
  readonly attributes = new Map<string, string>();
  time = 0n;
  flags = 0;
  value = 0;
  count = 0;
  sum: number | null = null;
  scale = 0;
  zeroCount = 0;
  zeroThreshold = 0;
  positive = noBuckets;
  negative = noBuckets;
  readonly bounds: number[] = [];
  readonly counts: number[] = [];
  readonly quantiles: { quantile: number; value: number }[] = [];
}

/** Reads a point of a metric of some type. */
export function readPoint(reader: WireReader, kind: MetricKind, room: Room): OtlpPoint {
  const draft = new Draft();
  const fields = fieldsOfKind[kind];
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const name = fields[field];
    if (name === undefined) reader.skip();
    else readField(reader, name, draft, room);
  }
  reader.leave(outer);
  const { attributes, time, flags } = draft;
  return { attributes, timeNanos: time, isGap: flags % 2 === NO_RECORDED_VALUE, data: dataOf(kind, draft) };
}

function dataOf(kind: MetricKind, draft: Draft): PointData {
  const { count, sum } = draft;
  if (kind === 'gauge' || kind === 'sum') return { kind: 'number', value: draft.value };
  if (kind === 'summary') return { kind, count, sum: sum ?? 0, quantiles: draft.quantiles };
  if (kind === 'histogram') return { kind, count, sum, bounds: draft.bounds, counts: draft.counts };
  const { scale, zeroCount, zeroThreshold, positive, negative } = draft;
  return { kind, count, sum, scale, zeroCount, zeroThreshold, positive, negative };
}

function readField(reader: WireReader, name: FieldName, draft: Draft, room: Room): void {
  switch (name) {
    case 'attribute':
      room.attributes += 1;
      if (room.attributes > metricBounds.attributesMax)
        throw new MalformedOtlp('There are too many attributes.');
      readPair(reader, 0, (key, value) => draft.attributes.set(key, textOfAny(value)));
      return;
    case 'time':
      reader.expect(wire.fixed64);
      draft.time = reader.fixed64();
      return;
    case 'count':
    case 'zeroCount':
      reader.expect(wire.fixed64);
      draft[name] = reader.fixed64Number();
      return;
    case 'sum':
    case 'zeroThreshold':
      draft[name] = doubleOf(reader);
      return;
    case 'double':
      draft.value = doubleOf(reader);
      return;
    case 'integer':
      reader.expect(wire.fixed64);
      draft.value = reader.sfixed64Number();
      return;
    case 'flags':
      reader.expect(wire.varint);
      draft.flags = reader.varint();
      return;
    case 'scale':
      reader.expect(wire.varint);
      draft.scale = reader.sint32();
      return;
    case 'counts':
      readNumbers(reader, wire.fixed64, () => reader.fixed64Number(), draft.counts, room);
      return;
    case 'bounds':
      readNumbers(reader, wire.fixed64, () => reader.double(), draft.bounds, room);
      return;
    case 'positive':
    case 'negative':
      draft[name] = readBuckets(reader, room);
      return;
    case 'quantile':
      draft.quantiles.push(readQuantile(reader, room));
  }
}

function doubleOf(reader: WireReader): number {
  reader.expect(wire.fixed64);
  return reader.double();
}

/** Numbers that are packed into one field, or have a field each. */
function readNumbers(
  reader: WireReader,
  wireType: number,
  read: () => number,
  into: number[],
  room: Room,
): void {
  const take = (): void => {
    room.buckets += 1;
    if (room.buckets > metricBounds.bucketsMax) throw new MalformedOtlp('There are too many buckets.');
    into.push(read());
  };
  if (reader.wireType === wireType) {
    take();
    return;
  }
  const outer = reader.enter();
  while (reader.at < reader.end) take();
  reader.leave(outer);
}

function readBuckets(reader: WireReader, room: Room): ExponentialBuckets {
  const counts: number[] = [];
  let offset = 0;
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) {
      reader.expect(wire.varint);
      offset = reader.sint32();
    } else if (field === 2) readNumbers(reader, wire.varint, () => reader.varint(), counts, room);
    else reader.skip();
  }
  reader.leave(outer);
  return { offset, counts };
}

function readQuantile(reader: WireReader, room: Room): { quantile: number; value: number } {
  room.buckets += 1;
  if (room.buckets > metricBounds.bucketsMax) throw new MalformedOtlp('There are too many quantiles.');
  const read = { quantile: 0, value: 0 };
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) read.quantile = doubleOf(reader);
    else if (field === 2) read.value = doubleOf(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return read;
}

function readPair(reader: WireReader, depth: number, set: (key: string, value: PlainValue) => void): void {
  let key = '';
  let value: PlainValue = '';
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.text();
    else if (field === 2) value = readAny(reader, depth);
    else reader.skip();
  }
  reader.leave(outer);
  set(key, value);
}

/** An `AnyValue` as a plain value; bytes as base64. */
function readAny(reader: WireReader, depth: number): PlainValue {
  if (depth > VALUE_DEPTH_MAX) throw new MalformedOtlp('Values lie too deep in each other.');
  let value: PlainValue = '';
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) value = reader.text();
    else if (field === 2 || field === 3) {
      reader.expect(wire.varint);
      value = field === 2 ? reader.varint() !== 0 : reader.int64();
    } else if (field === 4) value = doubleOf(reader);
    else if (field === 5) value = readList(reader, depth + 1);
    else if (field === 6) value = readMap(reader, depth + 1);
    else if (field === 7) {
      const after = reader.enter();
      value = reader.bytes.toString('base64', reader.at, reader.end);
      reader.leave(after);
    } else reader.skip();
  }
  reader.leave(outer);
  return value;
}

function readList(reader: WireReader, depth: number): PlainValue[] {
  const values: PlainValue[] = [];
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) values.push(readAny(reader, depth));
    else reader.skip();
  }
  reader.leave(outer);
  return values;
}

function readMap(reader: WireReader, depth: number): Record<string, PlainValue> {
  const pairs: [string, PlainValue][] = [];
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) readPair(reader, depth, (key, value) => void pairs.push([key, value]));
    else reader.skip();
  }
  reader.leave(outer);
  return Object.fromEntries(pairs);
}
