/** Decodes an OTLP `ExportMetricsServiceRequest` written as JSON; see `metrics-protobuf.ts`. */

import { Attributes } from './attributes.ts';
import {
  fixed64At,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  parseOtlpJson,
  textAt,
} from './json-body.ts';
import {
  type ExponentialBuckets,
  type MetricKind,
  metricBounds,
  NO_RECORDED_VALUE,
  type OnMetric,
  type OtlpPoint,
  type PlainValue,
  type PointData,
  type Temporality,
  temporalities,
} from './metric.ts';
import { readAttributes } from './traces-json.ts';
import { MalformedOtlp } from './wire.ts';

/** The types of metrics by the field that holds their points. */
const kindOfField: readonly (readonly [string, MetricKind])[] = [
  ['gauge', 'gauge'],
  ['sum', 'sum'],
  ['histogram', 'histogram'],
  ['exponentialHistogram', 'exponential'],
  ['summary', 'summary'],
];

/** How much of the bounds is used up. */
interface Room {
  points: number;
}

/**
 * Decodes a body.
 *
 * @throws MalformedOtlp for what is no such message.
 */
export function decodeMetricsJson(body: Buffer, onMetric: OnMetric): void {
  const resource = new Attributes();
  const room: Room = { points: 0 };
  for (const each of listAt(parseOtlpJson(body)['resourceMetrics'], 'resourceMetrics')) {
    const resourceMetrics = objectAt(each, 'an entry of resourceMetrics');
    resource.clear();
    readAttributes(objectAt(resourceMetrics['resource'], 'resource')['attributes'], resource);
    for (const scope of listAt(resourceMetrics['scopeMetrics'], 'scopeMetrics')) {
      for (const sent of listAt(objectAt(scope, 'an entry of scopeMetrics')['metrics'], 'metrics'))
        readMetric(objectAt(sent, 'a metric'), resource, room, onMetric);
    }
  }
}

function readMetric(sent: JsonObject, resource: Attributes, room: Room, onMetric: OnMetric): void {
  const head = { name: textAt(sent['name'], 'name'), unit: textAt(sent['unit'], 'unit') };
  for (const [field, kind] of kindOfField) {
    if (sent[field] === undefined || sent[field] === null) continue;
    const data = objectAt(sent[field], field);
    const points: OtlpPoint[] = [];
    for (const each of listAt(data['dataPoints'], 'dataPoints')) {
      room.points += 1;
      if (room.points > metricBounds.pointsMax) throw new MalformedOtlp('There are too many points.');
      points.push(readPoint(objectAt(each, 'a point'), kind));
    }
    const isMonotonic = data['isMonotonic'] === true;
    const temporality = temporalityAt(data['aggregationTemporality']);
    onMetric({ ...head, kind, isMonotonic, temporality, points }, resource);
    return;
  }
  onMetric({ ...head, kind: null, isMonotonic: false, temporality: 'unspecified', points: [] }, resource);
}

/** Numbers are what the specification asks for; some libraries write the names. */
function temporalityAt(value: unknown): Temporality {
  if (typeof value === 'string') {
    const name = value.replace('AGGREGATION_TEMPORALITY_', '').toLowerCase();
    return temporalities.find((known) => known === name) ?? 'unspecified';
  }
  return temporalities[numberAt(value, 'aggregationTemporality')] ?? 'unspecified';
}

function readPoint(sent: JsonObject, kind: MetricKind): OtlpPoint {
  const attributes = new Map<string, string>();
  for (const each of listAt(sent['attributes'], 'attributes')) {
    const { key, value } = objectAt(each, 'an attribute');
    attributes.set(textAt(key, 'key'), textOfAny(anyValue(value)));
  }
  const flags = numberAt(sent['flags'], 'flags');
  return {
    attributes,
    timeNanos: fixed64At(sent['timeUnixNano'], 'timeUnixNano'),
    isGap: flags % 2 === NO_RECORDED_VALUE,
    data: readData(sent, kind),
  };
}

function readData(sent: JsonObject, kind: MetricKind): PointData {
  if (kind === 'gauge' || kind === 'sum') {
    const value = sent['asInt'] === undefined ? sent['asDouble'] : sent['asInt'];
    return { kind: 'number', value: numberAt(value, 'the value of a point') };
  }
  const count = countAt(sent['count'], 'count');
  if (kind === 'summary') {
    const quantiles = listAt(sent['quantileValues'], 'quantileValues').map((each) => {
      const { quantile, value } = objectAt(each, 'a quantile');
      return { quantile: numberAt(quantile, 'quantile'), value: numberAt(value, 'value') };
    });
    return { kind, count, sum: numberAt(sent['sum'], 'sum'), quantiles };
  }
  const sum = sent['sum'] === undefined || sent['sum'] === null ? null : numberAt(sent['sum'], 'sum');
  if (kind === 'histogram') {
    const bounds = listAt(sent['explicitBounds'], 'explicitBounds').map((bound) =>
      numberAt(bound, 'a bound'),
    );
    return { kind, count, sum, bounds, counts: countsAt(sent['bucketCounts']) };
  }
  return {
    kind,
    count,
    sum,
    scale: numberAt(sent['scale'], 'scale'),
    zeroCount: countAt(sent['zeroCount'], 'zeroCount'),
    zeroThreshold: numberAt(sent['zeroThreshold'], 'zeroThreshold'),
    positive: bucketsAt(sent['positive'], 'positive'),
    negative: bucketsAt(sent['negative'], 'negative'),
  };
}

function bucketsAt(value: unknown, what: string): ExponentialBuckets {
  const { offset, bucketCounts } = objectAt(value, what);
  return { offset: numberAt(offset, 'offset'), counts: countsAt(bucketCounts) };
}

function countsAt(value: unknown): number[] {
  return listAt(value, 'bucketCounts').map((count) => countAt(count, 'a count'));
}

function countAt(value: unknown, what: string): number {
  return Number(fixed64At(value, what));
}

/** An `AnyValue` as a plain value. */
function anyValue(value: unknown): PlainValue {
  const any = objectAt(value, 'the value of an attribute');
  if (any['stringValue'] !== undefined) return textAt(any['stringValue'], 'stringValue');
  if (any['intValue'] !== undefined) return numberAt(any['intValue'], 'intValue');
  if (any['doubleValue'] !== undefined) return numberAt(any['doubleValue'], 'doubleValue');
  if (any['bytesValue'] !== undefined) return textAt(any['bytesValue'], 'bytesValue');
  if (any['arrayValue'] !== undefined)
    return listAt(objectAt(any['arrayValue'], 'arrayValue')['values'], 'values').map(anyValue);
  if (any['kvlistValue'] !== undefined) {
    const pairs = listAt(objectAt(any['kvlistValue'], 'kvlistValue')['values'], 'values');
    return Object.fromEntries(
      pairs.map((pair) => {
        const { key, value: of } = objectAt(pair, 'an attribute');
        return [textAt(key, 'key'), anyValue(of)];
      }),
    );
  }
  const { boolValue } = any;
  if (boolValue === undefined) return '';
  if (typeof boolValue === 'boolean') return boolValue;
  throw new MalformedOtlp('boolValue is neither true nor false.');
}

/** The value of an attribute as the text of a label: lists and maps as JSON, as Prometheus writes them. */
export function textOfAny(value: PlainValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
