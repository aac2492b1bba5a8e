import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../family.ts';
import { NativeHistogram } from '../native/native-histogram.ts';
import { parseOpenMetrics } from '../parse/openmetrics.ts';
import { writeProtobuf } from './client-families.ts';

const Family = protobuf
  .parse(
    `syntax = "proto2";
     message LabelPair { optional string name = 1; optional string value = 2; }
     enum MetricType { COUNTER = 0; GAUGE = 1; SUMMARY = 2; UNTYPED = 3; HISTOGRAM = 4; GAUGE_HISTOGRAM = 5; }
     message Gauge { optional double value = 1; }
     message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
     message Exemplar { repeated LabelPair label = 1; optional double value = 2; optional Timestamp timestamp = 3; }
     message Counter { optional double value = 1; optional Exemplar exemplar = 2; optional Timestamp created = 3; }
     message Quantile { optional double quantile = 1; optional double value = 2; }
     message Summary { optional uint64 count = 1; optional double sum = 2; repeated Quantile quantile = 3; optional Timestamp created = 4; }
     message Untyped { optional double value = 1; }
     message Bucket { optional uint64 cumulative_count = 1; optional double upper_bound = 2; optional Exemplar exemplar = 3; }
     message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
     message Histogram {
       optional uint64 count = 1; optional double sum = 2; repeated Bucket bucket = 3;
       optional sint32 schema = 5; optional double zero_threshold = 6; optional uint64 zero_count = 7;
       repeated BucketSpan negative_span = 9; repeated sint64 negative_delta = 10 [packed = true];
       repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13 [packed = true];
       optional Timestamp created = 15; repeated Exemplar exemplars = 16;
     }
     message Metric {
       repeated LabelPair label = 1; optional Gauge gauge = 2; optional Counter counter = 3; optional Summary summary = 4;
       optional Untyped untyped = 5; optional int64 timestamp_ms = 6; optional Histogram histogram = 7;
     }
     message MetricFamily {
       optional string name = 1; optional string help = 2; optional MetricType type = 3;
       repeated Metric metric = 4; optional string unit = 5;
     }`,
    { keepCase: true },
  )
  .root.lookupType('MetricFamily');

function decoded(families: readonly MetricFamily[]): unknown[] {
  const reader = protobuf.Reader.create(writeProtobuf(families));
  const messages: unknown[] = [];
  while (reader.pos < reader.len) {
    messages.push(Family.toObject(Family.decodeDelimited(reader), { longs: Number, enums: String }));
  }
  return messages;
}

function label(name: string, value: string): object {
  return { name, value };
}

describe('writeProtobuf', () => {
  it('writes numbers of each type', () => {
    const families = parseOpenMetrics(
      [
        '# TYPE jobs_seconds counter',
        '# UNIT jobs_seconds seconds',
        '# HELP jobs_seconds Work',
        'jobs_seconds_total{queue="a"} 5 1520430000.123 # {trace_id="x"} 0.5 1520430000.25',
        'jobs_seconds_created{queue="a"} 1520000000.5 1520430000.123',
        'jobs_seconds_total{queue="é"} 6',
        '# TYPE temperature gauge',
        'temperature -3.5',
        '# TYPE build info',
        'build_info{version="1"} 1',
        '# TYPE state stateset',
        'state{state="on"} 1',
        'state{state="off"} 0',
        'other NaN',
        '# TYPE empty gauge',
        '# EOF',
      ].join('\n'),
    );
    expect(decoded(families)).toEqual([
      {
        name: 'jobs_seconds_total',
        help: 'Work',
        type: 'COUNTER',
        unit: 'seconds',
        metric: [
          {
            label: [label('queue', 'a')],
            counter: {
              value: 5,
              exemplar: {
                label: [label('trace_id', 'x')],
                value: 0.5,
                timestamp: { seconds: 1520430000, nanos: 250000000 },
              },
              created: { seconds: 1520000000, nanos: 500000000 },
            },
            timestamp_ms: 1520430000123,
          },
          { label: [label('queue', 'é')], counter: { value: 6 } },
        ],
      },
      { name: 'temperature', type: 'GAUGE', metric: [{ gauge: { value: -3.5 } }] },
      {
        name: 'build_info',
        type: 'GAUGE',
        metric: [{ label: [label('version', '1')], gauge: { value: 1 } }],
      },
      {
        name: 'state',
        type: 'GAUGE',
        metric: [
          { label: [label('state', 'on')], gauge: { value: 1 } },
          { label: [label('state', 'off')], gauge: { value: 0 } },
        ],
      },
      { name: 'other', type: 'UNTYPED', metric: [{ untyped: { value: Number.NaN } }] },
    ]);
  });

  it('groups the samples of histograms and summaries by label set', () => {
    const families = parseOpenMetrics(
      [
        '# TYPE h histogram',
        'h_bucket{a="1",le="0.5"} 1',
        'h_bucket{a="1",le="+Inf"} 3 # {t="y"} 9',
        'h_count{a="1"} 3',
        'h_sum{a="1"} 12.5',
        'h_created{a="1"} 100',
        'h_bucket{le="0.5",a="2"} 0',
        'h_bucket{le="+Inf",a="2"} 4',
        '# TYPE g gaugehistogram',
        'g_bucket{le="-1.0"} 1',
        'g_bucket{le="+Inf"} 3',
        'g_gcount 3',
        'g_gsum -1.5',
        '# TYPE s summary',
        's{quantile="0.5"} 2',
        's{quantile="0.9"} NaN',
        's_sum 7',
        's_count 2',
        '# EOF',
      ].join('\n'),
    );
    expect(decoded(families)).toEqual([
      {
        name: 'h',
        type: 'HISTOGRAM',
        metric: [
          {
            label: [{ name: 'a', value: '1' }],
            histogram: {
              count: 3,
              sum: 12.5,
              bucket: [
                { cumulative_count: 1, upper_bound: 0.5 },
                {
                  cumulative_count: 3,
                  upper_bound: Number.POSITIVE_INFINITY,
                  exemplar: { label: [{ name: 't', value: 'y' }], value: 9 },
                },
              ],
              created: { seconds: 100, nanos: 0 },
            },
          },
          {
            label: [{ name: 'a', value: '2' }],
            histogram: { count: 4, sum: 0, bucket: [{ cumulative_count: 0, upper_bound: 0.5 }] },
          },
        ],
      },
      {
        name: 'g',
        type: 'GAUGE_HISTOGRAM',
        metric: [{ histogram: { count: 3, sum: -1.5, bucket: [{ cumulative_count: 1, upper_bound: -1 }] } }],
      },
      {
        name: 's',
        type: 'SUMMARY',
        metric: [
          {
            summary: {
              count: 2,
              sum: 7,
              quantile: [
                { quantile: 0.5, value: 2 },
                { quantile: 0.9, value: Number.NaN },
              ],
            },
          },
        ],
      },
    ]);
  });

  it('writes native buckets beside classic ones', () => {
    const native = new NativeHistogram({ bucketFactor: 2 });
    for (const value of [0, 1, 3, 3, 1000, -2]) native.observe(value);
    const labels = { a: '1' };
    const exemplars = [{ labels: { t: 'x' }, value: 3, timestamp: 1.5 }];
    const family: MetricFamily = {
      name: 'n',
      type: 'histogram',
      help: '',
      unit: '',
      samples: [
        { name: 'n_bucket', labels: { le: '1', ...labels }, value: 3 },
        { name: 'n_bucket', labels: { le: '+Inf', ...labels }, value: 6 },
        { name: 'n_sum', labels, value: 1005 },
        { name: 'n_count', labels, value: 6 },
      ],
      native: [{ labels, ...native.snapshot(), createdTimestamp: -0.25, exemplars }],
    };
    expect(decoded([family])).toEqual([
      {
        name: 'n',
        type: 'HISTOGRAM',
        metric: [
          {
            label: [{ name: 'a', value: '1' }],
            histogram: {
              count: 6,
              sum: 1005,
              bucket: [{ cumulative_count: 3, upper_bound: 1 }],
              schema: 0,
              zero_threshold: 2 ** -128,
              zero_count: 1,
              negative_span: [{ offset: 1, length: 1 }],
              negative_delta: [1],
              positive_span: [
                { offset: 0, length: 3 },
                { offset: 7, length: 1 },
              ],
              positive_delta: [1, -1, 2, -1],
              created: { seconds: -1, nanos: 750000000 },
              exemplars: [
                { label: [{ name: 't', value: 'x' }], value: 3, timestamp: { seconds: 1, nanos: 500000000 } },
              ],
            },
          },
        ],
      },
    ]);
  });
});
