import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../family.ts';
import { NativeHistogram } from '../../native/native-histogram.ts';
import { parseOpenMetrics } from '../../parse/openmetrics.ts';
import { batchesOf } from './batches.ts';
import type { OtlpMetric } from './data-points.ts';
import { encodeOtlpJson } from './encode-json.ts';
import { encodeOtlpProtobuf } from './encode-protobuf.ts';
import { readPartialSuccess } from './read-answer.ts';
import { OTLP_SCHEMA } from '../../../../../tests/metrics/otlp-schema.ts';
import { toOtlp } from './to-otlp.ts';

const root = protobuf.parse(OTLP_SCHEMA).root;
const Request = root.lookupType('ExportMetricsServiceRequest');
const Response = root.lookupType('ExportMetricsServiceResponse');
const SOURCE = { resource: { 'service.name': 'shop' }, scopeName: 'scope' };
const TIMES = { nowNanos: 2_000_000_000n, startNanos: 1_000_000_000n };

/** Both encodings of the metrics as the plain object of the JSON mapping, 64-bit numbers as strings. */
function bothEncodings(metrics: readonly OtlpMetric[]): [fromProtobuf: unknown, fromJson: unknown] {
  const message = Request.decode(encodeOtlpProtobuf(metrics, SOURCE));
  const plain = Request.toObject(message, { longs: String, bytes: String, json: true });
  // Ids are base64 in protobuf's JSON mapping and hex in OTLP's.
  const fromProtobuf: unknown = JSON.parse(JSON.stringify(plain), (key, value: unknown) =>
    key === 'traceId' || key === 'spanId' ? Buffer.from(String(value), 'base64').toString('hex') : value,
  );
  const fromJson: unknown = JSON.parse(Buffer.from(encodeOtlpJson(metrics, SOURCE)).toString());
  return [fromProtobuf, fromJson];
}

function metricsIn(request: unknown): unknown[] {
  type Shape = { resourceMetrics: [{ scopeMetrics: [{ metrics: unknown[] }] }] };
  return (request as Shape).resourceMetrics[0].scopeMetrics[0].metrics;
}

const FAMILIES = parseOpenMetrics(
  [
    '# TYPE jobs_seconds counter',
    '# UNIT jobs_seconds seconds',
    '# HELP jobs_seconds Work done',
    'jobs_seconds_total{queue="a"} 5.5 1520430000.123 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331",x="y"} 0.5 1520430000.25',
    'jobs_seconds_created{queue="a"} 1520000000.5 1520430000.123',
    '# TYPE temperature gauge',
    'temperature -Inf',
    '# TYPE build info',
    'build_info{version="1"} 1',
    '# TYPE h histogram',
    'h_bucket{a="1",le="0.5"} 1 # {trace_id="short"} 0.25 3.0',
    'h_bucket{a="1",le="2.0"} 3 # {} 1.0',
    'h_bucket{a="1",le="+Inf"} 7',
    'h_count{a="1"} 7',
    'h_sum{a="1"} 12.5',
    '# TYPE g gaugehistogram',
    'g_bucket{le="+Inf"} 3',
    'g_gcount 3',
    'g_gsum 1.5',
    '# TYPE s summary',
    's{quantile="0.5"} NaN',
    's_sum 7',
    's_count 2',
    '# TYPE none gauge',
    '# EOF',
  ].join('\n'),
);

function attribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

describe('toOtlp and its encodings', () => {
  it('carry every type, the same in protobuf as in JSON', () => {
    const [fromProtobuf, fromJson] = bothEncodings(toOtlp(FAMILIES, TIMES));
    const times = { startTimeUnixNano: '1000000000', timeUnixNano: '2000000000' };
    const now = { timeUnixNano: '2000000000' };
    const expected = [
      {
        name: 'jobs_seconds_total',
        description: 'Work done',
        unit: 's',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: [
            {
              attributes: [attribute('queue', 'a')],
              startTimeUnixNano: '1520000000500000000',
              timeUnixNano: '1520430000123000000',
              asDouble: 5.5,
              exemplars: [
                {
                  timeUnixNano: '1520430000250000000',
                  asDouble: 0.5,
                  traceId: '0af7651916cd43dd8448eb211c80319c',
                  spanId: 'b7ad6b7169203331',
                  filteredAttributes: [attribute('x', 'y')],
                },
              ],
            },
          ],
        },
      },
      { name: 'temperature', gauge: { dataPoints: [{ ...now, asDouble: '-Infinity' }] } },
      {
        name: 'build_info',
        gauge: { dataPoints: [{ attributes: [attribute('version', '1')], ...now, asDouble: 1 }] },
      },
      {
        name: 'h',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              attributes: [attribute('a', '1')],
              ...times,
              count: '7',
              sum: 12.5,
              bucketCounts: ['1', '2', '4'],
              explicitBounds: [0.5, 2],
              exemplars: [
                {
                  timeUnixNano: '3000000000',
                  asDouble: 0.25,
                  filteredAttributes: [attribute('trace_id', 'short')],
                },
              ],
            },
          ],
        },
      },
      {
        name: 'g_bucket',
        gauge: { dataPoints: [{ attributes: [attribute('le', '+Inf')], ...now, asDouble: 3 }] },
      },
      { name: 'g_gcount', gauge: { dataPoints: [{ ...now, asDouble: 3 }] } },
      { name: 'g_gsum', gauge: { dataPoints: [{ ...now, asDouble: 1.5 }] } },
      {
        name: 's',
        summary: {
          dataPoints: [{ ...times, count: '2', sum: 7, quantileValues: [{ quantile: 0.5, value: 'NaN' }] }],
        },
      },
    ];
    expect(metricsIn(withoutEmpty(fromProtobuf))).toEqual(expected);
    expect(metricsIn(withoutEmpty(fromJson))).toEqual(expected);
    expect(withoutEmpty(fromJson)).toMatchObject({
      resourceMetrics: [
        {
          resource: { attributes: [attribute('service.name', 'shop')] },
          scopeMetrics: [{ scope: { name: 'scope' } }],
        },
      ],
    });
  });

  it('write native histograms as exponential ones, with indices one lower', () => {
    const native = new NativeHistogram({ bucketFactor: 2 });
    for (const value of [0, 1, 3, 3, 16, -2]) native.observe(value);
    const family: MetricFamily = {
      name: 'n',
      type: 'histogram',
      help: '',
      unit: '',
      samples: [],
      native: [{ labels: {}, ...native.snapshot() }],
    };
    const [fromProtobuf, fromJson] = bothEncodings(toOtlp([family], TIMES));
    const expected = {
      name: 'n',
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            startTimeUnixNano: '1000000000',
            timeUnixNano: '2000000000',
            count: '6',
            sum: 21,
            scale: 0,
            zeroCount: '1',
            zeroThreshold: 2 ** -128,
            // (0.5, 1] has the index -1, (2, 4] 1 and (8, 16] 3.
            positive: { offset: -1, bucketCounts: ['1', '0', '2', '0', '1'] },
            negative: { offset: 0, bucketCounts: ['1'] },
          },
        ],
      },
    };
    expect(metricsIn(withoutEmpty(fromProtobuf))).toEqual([expected]);
    expect(metricsIn(withoutEmpty(fromJson))).toEqual([expected]);
  });
});

/** Drops empty lists and strings, which one encoding writes and the other leaves out. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([, inner]) => inner !== '' && !(Array.isArray(inner) && inner.length === 0),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutEmpty(inner)]));
}

describe('batchesOf', () => {
  it('cuts at the limit and loses nothing', () => {
    const [metric] = toOtlp([FAMILIES[1]!], TIMES) as Extract<OtlpMetric, { kind: 'gauge' }>[];
    const points = Array.from({ length: 25 }, (_, value) => ({ ...metric!.points[0]!, value }));
    const metrics: OtlpMetric[] = [
      { ...metric!, name: 'a', points: points.slice(0, 3) },
      { ...metric!, name: 'b', points: points.slice(3) },
    ];
    const batches = [...batchesOf(metrics, 10)].map((batch) =>
      batch.map(({ name, points: part }) => `${name}${part.length}`).join(' '),
    );
    expect(batches).toEqual(['a3 b7', 'b10', 'b5']);
    expect([...batchesOf([], 10)]).toEqual([]);
    expect([...batchesOf(metrics, 25)]).toEqual([metrics]);
  });
});

describe('readPartialSuccess', () => {
  it('reads both encodings', () => {
    const partialSuccess = { rejectedDataPoints: 300, errorMessage: 'too old' };
    const bytes = Response.encode(Response.create({ partialSuccess })).finish();
    expect(readPartialSuccess(bytes, 'application/x-protobuf')).toEqual(partialSuccess);
    const json = Buffer.from(
      JSON.stringify({ partialSuccess: { rejectedDataPoints: '300', errorMessage: 'too old' } }),
    );
    expect(readPartialSuccess(json, 'application/json; charset=utf-8')).toEqual(partialSuccess);
  });

  it('takes anything else for full success', () => {
    for (const body of ['', '{}', '{"partialSuccess":{}}', '{"partialSuccess":null}', 'not json']) {
      expect(readPartialSuccess(Buffer.from(body), 'application/json')).toBeUndefined();
    }
    const warning = Response.encode(
      Response.create({ partialSuccess: { errorMessage: 'slow down' } }),
    ).finish();
    expect(readPartialSuccess(warning, 'application/x-protobuf')).toBeUndefined();
    expect(
      readPartialSuccess(Buffer.from([0x0a, 0xff, 0xff, 0xff]), 'application/x-protobuf'),
    ).toBeUndefined();
  });
});
