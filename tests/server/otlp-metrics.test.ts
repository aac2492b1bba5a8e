import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { applicationMetrics, catalogue } from '@bellwether/events';
import { OtlpPusher, parseText, Registry } from '@bellwether/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otlpTypes, toProtobuf } from '../../packages/server/src/ingest/otlp/test-schema.ts';
import { metric, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path, {
    environment: { BELLWETHER_INGEST_SERIES_PER_SOURCE_MAX: '50' },
  });
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

interface Series {
  readonly source: string;
  readonly kind: string;
  readonly labels: Record<string, string>;
  readonly values: [number, number | null][];
}

/** The samples of a metric. */
async function samples(name: string, more = ''): Promise<Series[]> {
  const answer = await fetch(`${server.url}/api/v1/samples?name=${name}${more}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { series: Series[] }).series;
}

async function exposition(accept = 'text/plain'): Promise<string> {
  return (await fetch(`${server.url}/metrics`, { headers: { accept } })).text();
}

/** Milliseconds since the epoch, some time ago. */
const ago = (seconds: number): number => Date.now() - seconds * 1000;
const nanos = (epochMs: number): string => `${epochMs}000000`;

/** A request with metrics of one service, in the JSON form. */
function requestOf(service: string, metrics: readonly Record<string, unknown>[]): Record<string, unknown> {
  const attributes = [
    { key: 'service.name', value: { stringValue: service } },
    { key: 'service.namespace', value: { stringValue: 'shop' } },
    { key: 'service.instance.id', value: { stringValue: 'i-1' } },
  ];
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] };
}

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

async function send(request: Record<string, unknown>, encoding: 'json' | 'protobuf' = 'protobuf') {
  const body =
    encoding === 'json' ? Buffer.from(JSON.stringify(request)) : toProtobuf(otlpTypes.metrics, request);
  const answer = await fetch(`${server.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf' },
    body: new Uint8Array(body),
  });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}

describe('OTLP metrics', () => {
  it('of the SDK of OpenTelemetry are kept as samples', async () => {
    const reader = new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${server.url}/v1/metrics` }),
      exportIntervalMillis: 3_600_000,
    });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ 'service.name': 'js', 'service.instance.id': '1' }),
      readers: [reader],
      views: [
        {
          instrumentName: 'gen_ai.exponential',
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
        },
        {
          instrumentName: 'gen_ai.client.operation.duration',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 2] } },
        },
      ],
    });
    const meter = provider.getMeter('test');
    meter.createCounter('app.requests').add(5, { route: '/a' });
    meter.createUpDownCounter('app.active').add(-2);
    meter.createGauge('app.temperature', { unit: 'Cel' }).record(20.5);
    const duration = meter.createHistogram('gen_ai.client.operation.duration', { unit: 's' });
    const exponential = meter.createHistogram('gen_ai.exponential');
    for (const value of [0.5, 1.5, 1.5, 9]) {
      duration.record(value, { 'gen_ai.request.model': 'gpt-4o' });
      exponential.record(value);
    }
    await provider.forceFlush();
    await provider.shutdown();
    const short = (found: Series[]) =>
      found.map(({ kind, labels, values }) => [kind, labels, values.at(-1)?.[1]]);
    expect(short(await samples('app_requests_total'))).toEqual([['counter', { route: '/a' }, 5]]);
    expect(short(await samples('app_active'))).toEqual([['gauge', {}, -2]]);
    expect(short(await samples('app_temperature_celsius'))).toEqual([['gauge', {}, 20.5]]);
    const model = { gen_ai_request_model: 'gpt-4o' };
    expect(short(await samples('gen_ai_client_operation_duration_seconds_bucket'))).toEqual(
      [
        ['counter', { ...model, le: '+Inf' }, 4],
        ['counter', { ...model, le: '1' }, 1],
        ['counter', { ...model, le: '2' }, 3],
      ].map(([kind, labels, value]) => [kind, { ...(labels as object) }, value]),
    );
    expect(short(await samples('gen_ai_client_operation_duration_seconds_sum'))).toEqual([
      ['counter', model, 12.5],
    ]);
    const [median] = await samples('gen_ai_exponential', '&label=quantile%3D0.5');
    expect(median?.kind).toBe('gauge');
    expect(Math.abs(Math.log2((median?.values.at(-1)?.[1] ?? 0) / 1.5))).toBeLessThan(0.1);
    expect(median?.source).toBe('js 1');
  });

  it('of our own packs are shown by the server as the application shows them', async () => {
    const registry = new Registry();
    applicationMetrics({ registry, packs: ['platform'] });
    for (const family of registry.getMetricsAsArray()) record(family);
    // Taken once, since some follow the clock.
    const sent = await registry.families();
    const pusher = new OtlpPusher({
      url: `${server.url}/v1/metrics`,
      families: () => sent,
      resource: { 'service.name': 'gateway', 'service.instance.id': 'g1' },
      intervalMs: 3_600_000,
    });
    const outcome = await pusher.push();
    await pusher.close();
    expect(outcome).toMatchObject({ rejected: 0, error: undefined });
    const theirs = parseText(await exposition());
    const declared = new Set(catalogue.filter(({ pack }) => pack === 'platform').map(({ name }) => name));
    const families = sent.filter(({ name }) => declared.has(name) || declared.has(`${name}_total`));
    expect(families).toHaveLength(declared.size);
    for (const { name, type, help, samples: found } of families) {
      const shown = theirs.find((family) => family.name === name);
      expect([name, shown?.type, shown?.help]).toEqual([name, type, help]);
      const wanted = found
        .filter((sample) => !sample.name.endsWith('_created'))
        .map((sample) => ({ ...sample, labels: { ...sample.labels, job: 'gateway', instance: 'g1' } }));
      expect(sortedLines(shown?.samples ?? [])).toEqual(sortedLines(wanted));
    }
    const open = await exposition('application/openmetrics-text');
    expect(open).toContain('instance="g1",job="gateway",le="1.0"}');
    expect(open.match(/# EOF/g)).toHaveLength(1);
    expect(open.endsWith('# EOF\n')).toBe(true);
  });

  it('are the same however often and however they are sent', async () => {
    const at = ago(60);
    const metrics = [
      {
        name: 'config_access_total',
        sum: {
          aggregationTemporality: 1,
          isMonotonic: true,
          dataPoints: [{ asInt: '3', timeUnixNano: nanos(at), attributes: [attribute('operation', 'read')] }],
        },
      },
      { name: 'odd', gauge: { dataPoints: [{ asDouble: 'NaN', timeUnixNano: nanos(at) }] } },
    ];
    for (const encoding of ['protobuf', 'json', 'protobuf'] as const) {
      const { status, body } = await send(requestOf('again', metrics), encoding);
      expect([status, body.toString()]).toEqual([200, encoding === 'json' ? '{}' : '']);
    }
    expect(await samples('config_access_total')).toEqual([
      {
        source: 'shop/again i-1',
        kind: 'delta',
        labels: { operation: 'read' },
        values: [[at, 3]],
      },
    ]);
    expect((await samples('odd'))[0]?.values).toEqual([[at, null]]);
  });

  it('that cannot be kept are told of, and the rest is kept', async () => {
    const gauge = (value: number, epochMs: number, n = 0) => ({
      asDouble: value,
      timeUnixNano: nanos(epochMs),
      attributes: [attribute('n', String(n))],
    });
    const points = [gauge(1, ago(1)), gauge(2, ago(-3600)), gauge(3, ago(100 * 86_400))];
    const { body } = await send(
      requestOf('partial', [{ name: 'some', gauge: { dataPoints: points } }]),
      'json',
    );
    expect(JSON.parse(body.toString())).toEqual({
      partialSuccess: {
        rejectedDataPoints: '2',
        errorMessage: 'Points could not be stored: a point is of the future.',
      },
    });
    expect((await samples('some')).map(({ values }) => values.map(([, value]) => value))).toEqual([[1]]);
    const dataPoints = Array.from({ length: 60 }, (_none, n) => gauge(n, ago(1), n));
    const wide = await send(requestOf('wide', [{ name: 'wide', gauge: { dataPoints } }]));
    const answer = otlpTypes.metricsAnswer.toObject(otlpTypes.metricsAnswer.decode(wide.body), {
      longs: Number,
    });
    expect(answer).toEqual({
      partialSuccess: {
        rejectedDataPoints: 10,
        errorMessage: 'The source has more series than are kept of one.',
      },
    });
    expect(await samples('wide')).toHaveLength(50);
    expect(await metric(server.url, 'custom_metrics_samples_total{outcome="overflow"}')).toBe(10);
    const names = (await (await fetch(`${server.url}/api/v1/samples`)).json()) as {
      names: { name: string; series: number }[];
    };
    expect(names.names).toContainEqual(
      expect.objectContaining({ name: 'wide', kinds: ['gauge'], series: 50 }),
    );
  });

  it('outlive a kill of the server', async () => {
    const at = ago(10);
    await send(
      requestOf('kept', [
        { name: 'kept', gauge: { dataPoints: [{ asDouble: 4, timeUnixNano: nanos(at) }] } },
      ]),
    );
    await server.kill();
    server = await startServer(directory.path);
    expect((await samples('kept'))[0]?.values).toEqual([[at, 4]]);
  });
});

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function sortedLines(lines: readonly Line[]): string[] {
  return lines
    .map(({ labels: { le, ...labels }, ...line }) => ({
      ...line,
      // OpenMetrics writes 1.0 where the classic text has 1.
      labels: le === undefined ? labels : { ...labels, le: String(Number(le)) },
    }))
    .map(({ name, labels, value }) =>
      JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)), value]),
    )
    .toSorted();
}

/** Records something on an instrument, whatever it is. */
function record(family: unknown): void {
  const { type, labelNames = [] } = family as { type: string; labelNames?: readonly string[] };
  const labels = Object.fromEntries(labelNames.map((name) => [name, `${name} 1`]));
  const instrument = family as Record<string, (labels: object, value: number) => void>;
  const method = { counter: 'inc', gauge: 'set', histogram: 'observe', summary: 'observe' }[type];
  if (method !== undefined) instrument[method]?.(labels, 3);
}
