import {
  AggregationType,
  type CollectionResult,
  InMemoryMetricExporter,
  AggregationTemporality,
  type IMetricReader,
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../family.ts';
import { NativeHistogram } from '../../native/native-histogram.ts';
import { decodeSpans } from '../../native/spans.ts';
import { parseOpenMetrics } from '../../parse/openmetrics.ts';
import { fakeTimerClock } from '../../../../../tests/metrics/fake-timer-clock.ts';
import { BellwetherMetricProducer } from './metric-producer.ts';
import { BellwetherMetricReader } from './metric-reader.ts';
import { familyNames, labelsOf } from './prometheus-names.ts';

const FAMILIES = parseOpenMetrics(
  [
    '# TYPE jobs_seconds counter',
    '# UNIT jobs_seconds seconds',
    '# HELP jobs_seconds Work',
    'jobs_seconds_total{zone="x"} 5.5',
    'jobs_seconds_created{zone="x"} 1.5',
    '# TYPE h histogram',
    'h_bucket{le="1.0"} 3',
    'h_bucket{le="+Inf"} 7',
    'h_count 7',
    'h_sum 12.5',
    '# TYPE s summary',
    's{quantile="0.5"} 2',
    's_sum 7',
    's_count 3',
    '# TYPE g gauge',
    'g -1',
    '# EOF',
  ].join('\n'),
);

function nativeFamily(): MetricFamily {
  const native = new NativeHistogram({ bucketFactor: 2 });
  for (const value of [0, 1, 3, 3, -2]) native.observe(value);
  const samples = [{ labels: {}, ...native.snapshot() }];
  return { name: 'n', type: 'histogram', help: '', unit: '', samples: [], native: samples };
}

describe('BellwetherMetricProducer', () => {
  it('hands the metrics to the exporter of an OpenTelemetry SDK', async () => {
    // The types of the SDK accept the producer as it is.
    const producer: MetricProducer = new BellwetherMetricProducer({
      families: () => [...FAMILIES, nativeFamily()],
      clock: fakeTimerClock(5000),
    });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] });
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('own').createCounter('own').add(1);
    await provider.forceFlush();
    const scopes = exporter.getMetrics()[0]?.scopeMetrics ?? [];
    expect(scopes.map(({ scope }) => scope.name)).toEqual(['own', '@bellwether/metrics']);
    const metrics = (scopes[1]?.metrics ?? []).map(({ descriptor, dataPointType, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      dataPointType,
      points: dataPoints.map(({ attributes, value, startTime, endTime }) => [
        attributes,
        value,
        startTime,
        endTime,
      ]),
    }));
    expect(metrics).toEqual([
      {
        name: 'jobs_seconds_total',
        unit: 's',
        dataPointType: 3,
        points: [[{ zone: 'x' }, 5.5, [1, 5e8], [5, 0]]],
      },
      {
        name: 'h',
        unit: '',
        dataPointType: 0,
        points: [[{}, { buckets: { boundaries: [1], counts: [3, 4] }, count: 7, sum: 12.5 }, [5, 0], [5, 0]]],
      },
      { name: 's', unit: '', dataPointType: 2, points: [[{ quantile: '0.5' }, 2, [5, 0], [5, 0]]] },
      { name: 's_sum', unit: '', dataPointType: 3, points: [[{}, 7, [5, 0], [5, 0]]] },
      { name: 's_count', unit: '', dataPointType: 3, points: [[{}, 3, [5, 0], [5, 0]]] },
      { name: 'g', unit: '', dataPointType: 2, points: [[{}, -1, [5, 0], [5, 0]]] },
      {
        name: 'n',
        unit: '',
        dataPointType: 1,
        points: [
          [
            {},
            {
              count: 5,
              sum: 5,
              scale: 0,
              zeroCount: 1,
              positive: { offset: -1, bucketCounts: [1, 0, 2] },
              negative: { offset: 0, bucketCounts: [1] },
            },
            [5, 0],
            [5, 0],
          ],
        ],
      },
    ]);
    await provider.shutdown();
  });

  it('says what went wrong instead of throwing', async () => {
    const error = new Error('collecting failed');
    const producer = new BellwetherMetricProducer({ families: () => Promise.reject(error) });
    const result: CollectionResult = await (producer as MetricProducer).collect();
    expect(result.errors).toEqual([error]);
    expect(result.resourceMetrics.scopeMetrics[0]?.metrics).toEqual([]);
  });
});

describe('BellwetherMetricReader', () => {
  it('gives what an OpenTelemetry SDK measures as families', async () => {
    const errors: unknown[] = [];
    const reader = new BellwetherMetricReader({ onError: (error) => errors.push(error) });
    // The types of the SDK accept the reader as it is.
    const asTheirs: IMetricReader = reader;
    const provider = new MeterProvider({
      readers: [asTheirs],
      views: [{ instrumentName: 'exp', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    });
    const meter = provider.getMeter('app');
    meter
      .createCounter('http.requests', { unit: '{request}', description: 'Requests' })
      .add(3, { 'http.method': 'GET' });
    meter.createUpDownCounter('queue.length').add(-2);
    meter.createHistogram('latency', { unit: 's', advice: { explicitBucketBoundaries: [1, 2] } }).record(1.5);
    const exponential = meter.createHistogram('exp');
    for (const value of [0, 1, 1000]) exponential.record(value);
    provider.getMeter('other').createCounter('http.requests').add(1);
    const [target, ...families] = await reader.families();
    expect(target).toMatchObject({ name: 'target', type: 'info' });
    expect(target?.samples[0]?.labels).toMatchObject({
      service_name: expect.stringContaining('unknown_service'),
    });
    const shown = families.map(({ name, type, help, unit, samples }) => ({
      name,
      type,
      help,
      unit,
      samples: samples.filter((sample) => !sample.name.endsWith('_created')),
    }));
    const scope = { otel_scope_name: 'app' };
    expect(shown.filter((family) => family.name !== 'exp')).toEqual([
      {
        name: 'http_requests',
        type: 'counter',
        help: 'Requests',
        unit: '',
        samples: [
          { name: 'http_requests_total', labels: { http_method: 'GET', ...scope }, value: 3 },
          { name: 'http_requests_total', labels: { otel_scope_name: 'other' }, value: 1 },
        ],
      },
      {
        name: 'queue_length',
        type: 'gauge',
        help: '',
        unit: '',
        samples: [{ name: 'queue_length', labels: scope, value: -2 }],
      },
      {
        name: 'latency_seconds',
        type: 'histogram',
        help: '',
        unit: 'seconds',
        samples: [
          { name: 'latency_seconds_bucket', labels: { ...scope, le: '1' }, value: 0 },
          { name: 'latency_seconds_bucket', labels: { ...scope, le: '2' }, value: 1 },
          { name: 'latency_seconds_bucket', labels: { ...scope, le: '+Inf' }, value: 1 },
          { name: 'latency_seconds_sum', labels: scope, value: 1.5 },
          { name: 'latency_seconds_count', labels: scope, value: 1 },
        ],
      },
    ]);
    const native = families.find((family) => family.name === 'exp')?.native?.[0];
    expect(native).toMatchObject({ count: 3, sum: 1001, zeroCount: 1, labels: scope });
    const buckets = decodeSpans(native?.positiveSpans ?? [], native?.positiveDeltas ?? []);
    expect(buckets.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
    meter.createObservableGauge('http.requests').addCallback((observed) => observed.observe(1));
    await reader.families();
    expect(errors.map(String)).toEqual([expect.stringContaining('http_requests are a counter and gauge')]);
    await provider.shutdown();
    expect(await reader.families()).toEqual([]);
    await expect(reader.collect()).rejects.toThrow('shut down');
    expect(() => reader.setMetricProducer({ collect: () => reader.collect() })).toThrow(
      'one MeterProvider only',
    );
  });
});

describe('familyNames', () => {
  it.each([
    ['http.server.duration', 's', false, 'http_server_duration_seconds', 'seconds'],
    ['gen_ai.client.token.usage', '{token}', false, 'gen_ai_client_token_usage', ''],
    ['cpu.utilization', '1', true, 'cpu_utilization_ratio', 'ratio'],
    ['requests', '1', false, 'requests', ''],
    ['io_bytes_total', 'By', false, 'io_bytes', 'bytes'],
    ['disk.rate', 'By/s', true, 'disk_rate_bytes_per_second', 'bytes_per_second'],
    ['a..b--c', '', false, 'a_b_c', ''],
    ['1st', '{x}/s', false, '_1st', ''],
    ['odd', 'odd-unit', false, 'odd_odd_unit', 'odd_unit'],
  ])('%s in %s', (name, unit, isGauge, expectedName, expectedUnit) => {
    expect(familyNames({ name, unit }, isGauge)).toEqual({ name: expectedName, unit: expectedUnit });
  });
});

describe('labelsOf', () => {
  it('joins attributes whose names become one, and keeps lists readable', () => {
    expect(labelsOf({ 'a.b': 1, a_b: true, list: ['x', 'y'], none: undefined }, '')).toEqual({
      a_b: '1;true',
      list: '["x","y"]',
    });
  });
});
