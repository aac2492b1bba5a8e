/**
 * Decodes an OTLP `ExportMetricsServiceRequest`. All of a point is wanted, so unlike
 * spans points are made; exemplars and descriptions are stepped over.
 *
 * Source: opentelemetry-proto, metrics/v1/metrics.proto and common/v1/common.proto.
 */

import {
  type MetricKind,
  metricBounds,
  type OnMetric,
  type OtlpMetric,
  type OtlpPoint,
  temporalities,
} from './metric.ts';
import { readPoint, type Room } from './points-protobuf.ts';
import { eachItem } from './resources-protobuf.ts';
import { MalformedOtlp, wire, WireReader } from './wire.ts';

/** The types of metrics by the field of `Metric` that holds their points. */
const kindOfField: Readonly<Record<number, MetricKind>> = {
  5: 'gauge',
  7: 'sum',
  9: 'histogram',
  10: 'exponential',
  11: 'summary',
};

/**
 * Decodes a body.
 *
 * @throws MalformedOtlp for what is no such message.
 */
export function decodeMetricsProtobuf(body: Buffer, onMetric: OnMetric): void {
  const room: Room = { points: 0, buckets: 0, attributes: 0 };
  eachItem(body, (reader, resource) => onMetric(readMetric(reader, room), resource));
}

type Draft = { -readonly [K in keyof OtlpMetric]: OtlpMetric[K] } & { points: OtlpPoint[] };

function readMetric(reader: WireReader, room: Room): OtlpMetric {
  const metric: Draft = {
    name: '',
    unit: '',
    kind: null,
    temporality: 'unspecified',
    isMonotonic: false,
    points: [],
  };
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const kind = kindOfField[field];
    if (kind !== undefined) {
      // Of the types a metric has one: the last that is there.
      metric.kind = kind;
      metric.points = [];
      readPoints(reader, kind, metric, room);
    } else if (field === 1) metric.name = reader.text();
    else if (field === 3) metric.unit = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return metric;
}

function readPoints(reader: WireReader, kind: MetricKind, metric: Draft, room: Room): void {
  const outer = reader.enter();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) {
      room.points += 1;
      if (room.points > metricBounds.pointsMax) throw new MalformedOtlp('There are too many points.');
      metric.points.push(readPoint(reader, kind, room));
    } else if (field === 2 || field === 3) {
      reader.expect(wire.varint);
      const value = reader.varint();
      if (field === 2) metric.temporality = temporalities[value] ?? 'unspecified';
      else metric.isMonotonic = value !== 0;
    } else reader.skip();
  }
  reader.leave(outer);
}
