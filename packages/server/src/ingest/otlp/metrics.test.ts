import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../journal/identities/test-support.ts';
import type { OnMetric } from './metric.ts';
import { labelsOf, metricName } from './metric-names.ts';
import { cumulated, exponentialQuantile, isWhole } from './metric-samples.ts';
import { decodeMetricsJson } from './metrics-json.ts';
import { decodeMetricsProtobuf } from './metrics-protobuf.ts';
import { otlpTypes, toProtobuf } from './test-schema.ts';
import { MalformedOtlp } from './wire.ts';

/** What a decoder hands over, copied. */
function decoded(decode: (body: Buffer, onMetric: OnMetric) => void, body: Buffer): unknown[] {
  const metrics: unknown[] = [];
  decode(body, (metric, resource) =>
    metrics.push({
      ...metric,
      points: metric.points.map((point) => ({ ...point, attributes: [...point.attributes] })),
      resource: [...resource.values],
    }),
  );
  return metrics;
}

/** What protobufjs makes of a body, in the JSON form, which our other decoder reads. */
function byDescriptor(body: Buffer): Buffer {
  const message = otlpTypes.metrics.toObject(otlpTypes.metrics.decode(body), {
    longs: String,
    bytes: String,
  });
  return Buffer.from(JSON.stringify(message));
}

const TIME = '1790000000123456789';

function randomRequest(random: () => number): Record<string, unknown> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const whole = (most: number): number => Math.floor(random() * most);
  const texts = ['a', '', 'ünï ✓', 'x'.repeat(200), 'le'];
  const value = (depth = 0): Record<string, unknown> =>
    pick<() => Record<string, unknown>>([
      () => ({ stringValue: pick(texts) }),
      () => ({ intValue: String(whole(1e9) - 5e8) }),
      () => ({ doubleValue: random() * 10 }),
      () => ({ boolValue: random() < 0.5 }),
      () =>
        depth > 2 ? { stringValue: 'end' } : { arrayValue: { values: [value(depth + 1), value(depth + 1)] } },
      () =>
        depth > 2 ? { intValue: '1' } : { kvlistValue: { values: [{ key: 'k', value: value(depth + 1) }] } },
    ])();
  const point = (more: Record<string, unknown>): Record<string, unknown> => ({
    attributes: Array.from({ length: whole(4) }, (_none, i) => ({ key: `key.${i}`, value: value() })),
    startTimeUnixNano: TIME,
    timeUnixNano: TIME,
    ...(random() < 0.1 ? { flags: 1 } : {}),
    ...more,
  });
  const sum = (): Record<string, unknown> => (random() < 0.8 ? { sum: random() * 100 - 50 } : {});
  const points = (make: () => Record<string, unknown>): Record<string, unknown>[] =>
    Array.from({ length: whole(4) }, () => point(make()));
  const counts = (length: number): string[] => Array.from({ length }, () => String(whole(1000)));
  const number = (): Record<string, unknown> =>
    random() < 0.5 ? { asInt: String(whole(1e12) - 5e11) } : { asDouble: random() * 1e6 };
  const aggregationTemporality = pick([0, 1, 2]);
  const histogram = (): Record<string, unknown> => ({
    count: String(whole(1e6)),
    ...sum(),
    explicitBounds: [0.5, 1, 2.25],
    bucketCounts: counts(4),
  });
  const exponential = (): Record<string, unknown> => ({
    count: String(whole(1e6)),
    ...sum(),
    scale: whole(30) - 10,
    zeroCount: String(whole(5)),
    zeroThreshold: random(),
    positive: { offset: whole(200) - 100, bucketCounts: counts(whole(20)) },
    negative: { offset: whole(200) - 100, bucketCounts: counts(whole(20)) },
  });
  const summary = (): Record<string, unknown> => ({
    count: '7',
    sum: 3.5,
    quantileValues: [
      { quantile: 0.5, value: random() },
      { quantile: 0.99, value: random() },
    ],
  });
  const metric = (i: number): Record<string, unknown> => ({
    name: `metric.${i}`,
    description: 'what nobody reads',
    unit: pick(['', 'ms', '1', 'By']),
    ...pick<() => Record<string, unknown>>([
      () => ({ gauge: { dataPoints: points(number) } }),
      () => ({ sum: { dataPoints: points(number), aggregationTemporality, isMonotonic: random() < 0.5 } }),
      () => ({ histogram: { dataPoints: points(histogram), aggregationTemporality } }),
      () => ({ exponentialHistogram: { dataPoints: points(exponential), aggregationTemporality } }),
      () => ({ summary: { dataPoints: points(summary) } }),
    ])(),
  });
  return {
    resourceMetrics: Array.from({ length: 1 + whole(2) }, (_none, r) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: `service ${r}` } }] },
      scopeMetrics: [
        { scope: { name: 's' }, metrics: Array.from({ length: whole(6) }, (_no, i) => metric(i)) },
      ],
    })),
  };
}

describe('the decoders of metrics', () => {
  it('agree with a descriptor-based one on random requests', () => {
    const random = seededRandom(7);
    for (let n = 0; n < 500; n++) {
      const request = randomRequest(random);
      const body = toProtobuf(otlpTypes.metrics, request);
      const ours = decoded(decodeMetricsProtobuf, body);
      expect(ours).toEqual(decoded(decodeMetricsJson, byDescriptor(body)));
      expect(ours).toEqual(decoded(decodeMetricsJson, Buffer.from(JSON.stringify(request))));
    }
  });

  it('take or refuse what is cut off or damaged, and never fail otherwise', () => {
    const random = seededRandom(8);
    const outcomes = { taken: 0, refused: 0 };
    for (let n = 0; n < 3000; n++) {
      const body = toProtobuf(otlpTypes.metrics, randomRequest(random));
      const damaged = body.subarray(0, n % 2 === 0 ? Math.floor(random() * body.length) : body.length);
      for (let hits = n % 5; hits > 0 && damaged.length > 0; hits--)
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      try {
        decoded(decodeMetricsProtobuf, damaged);
        outcomes.taken += 1;
      } catch (error) {
        if (!(error instanceof MalformedOtlp)) throw error;
        outcomes.refused += 1;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(1000);
    expect(outcomes.taken).toBeGreaterThan(100);
  });

  it('refuse more points than a request may have', () => {
    const dataPoints = Array.from({ length: 100_001 }, () => ({}));
    const request = {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints } }] }] }],
    };
    const body = toProtobuf(otlpTypes.metrics, request);
    expect(() => decoded(decodeMetricsProtobuf, body)).toThrow('There are too many points.');
    expect(() => decoded(decodeMetricsJson, Buffer.from(JSON.stringify(request)))).toThrow(
      'There are too many points.',
    );
  });
});

describe('names', () => {
  it.each([
    ['http.server.duration', 'ms', 'histogram', false, 'http_server_duration_milliseconds'],
    ['gen_ai.client.token.usage', '{token}', 'histogram', false, 'gen_ai_client_token_usage'],
    ['gen_ai.client.operation.duration', 's', 'histogram', false, 'gen_ai_client_operation_duration_seconds'],
    ['requests', '', 'sum', true, 'requests_total'],
    ['config_operations_total', '', 'sum', true, 'config_operations_total'],
    ['active', '', 'sum', false, 'active'],
    ['cpu.utilization', '1', 'gauge', false, 'cpu_utilization_ratio'],
    ['cache_hit_ratio', '1', 'gauge', false, 'cache_hit_ratio'],
    ['network.io', 'By/s', 'gauge', false, 'network_io_bytes_per_second'],
    ['total.time', 's', 'sum', true, 'time_seconds_total'],
    ['9lives', '', 'gauge', false, '_9lives'],
    ['...', '', 'gauge', false, ''],
  ])('%s in %j, a %s, monotonic: %s', (name, unit, kind, isMonotonic, expected) => {
    expect(metricName({ name, unit, kind, isMonotonic })).toBe(expected);
  });

  it('of attributes never make one label of two values', () => {
    const attributes = new Map([
      ['b.c', 'two'],
      ['1st', 'x'],
      ['b-c', 'one'],
      ['_own', 'y'],
      ['__proto__', 'z'],
    ]);
    expect(Object.entries(labelsOf(attributes))).toEqual([
      ['__proto__', 'z'],
      ['b_c', 'one;two'],
      ['key_1st', 'x'],
      ['key_own', 'y'],
    ]);
  });
});

describe('histograms', () => {
  it('are kept as Prometheus has them', () => {
    expect(cumulated({ bounds: [0.5, 1], counts: [3, 0, 4], count: 7 })).toEqual([
      { le: '0.5', count: 3 },
      { le: '1', count: 3 },
      { le: '+Inf', count: 7 },
    ]);
    expect(cumulated({ bounds: [], counts: [], count: 7 })).toEqual([{ le: '+Inf', count: 7 }]);
  });

  it('whose buckets do not fit are told', () => {
    const point = (bounds: number[], counts: number[]) =>
      isWhole({
        attributes: new Map(),
        timeNanos: 1n,
        isGap: false,
        data: { kind: 'histogram', count: 1, sum: null, bounds, counts },
      });
    expect([point([1, 2], [1, 0, 0]), point([], []), point([], [1])]).toEqual([true, true, true]);
    expect([point([1, 2], [1, 0]), point([2, 1], [1, 0, 0]), point([1], [])]).toEqual([false, false, false]);
  });

  it('of exponents give quantiles within their resolution', () => {
    const random = seededRandom(9);
    const scale = 4;
    const values = Array.from({ length: 5000 }, () => Math.exp(random() * 10 - 5));
    const indices = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
    const offset = Math.min(...indices);
    const counts = Array.from({ length: Math.max(...indices) - offset + 1 }, () => 0);
    for (const index of indices) counts[index - offset] = (counts[index - offset] ?? 0) + 1;
    const sorted = values.toSorted((a, b) => a - b);
    const none = { offset: 0, counts: [] };
    const data = {
      kind: 'exponential',
      count: values.length,
      sum: null,
      scale,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: { offset, counts },
      negative: none,
    } as const;
    for (const quantile of [0.01, 0.5, 0.9, 0.99, 1]) {
      const exact = sorted[Math.ceil(quantile * values.length) - 1] ?? 0;
      const ratio = exponentialQuantile(data, quantile) / exact;
      expect(ratio).toBeGreaterThan(2 ** (-1 / 2 ** scale));
      expect(ratio).toBeLessThan(2 ** (1 / 2 ** scale));
    }
    const mirrored = { ...data, positive: none, negative: { offset, counts } };
    expect(-exponentialQuantile(mirrored, 0.1)).toBeCloseTo(exponentialQuantile(data, 0.9), 6);
    expect(exponentialQuantile({ ...data, count: 2, zeroCount: 2, positive: none }, 0.5)).toBe(0);
  });
});
