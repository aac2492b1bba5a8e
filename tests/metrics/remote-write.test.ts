import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counter, Gauge, PushError, Registry, RemoteWriter } from '../../packages/metrics/src/index.ts';
import { hasProgram, PrometheusServer } from './prometheus-server.ts';
import { flatten, OBSERVATIONS, parseNumber, sampleRegistry, seriesKey } from './sample-registry.ts';

const hasPrometheus = hasProgram('prometheus', '--version');

describe.runIf(hasPrometheus)('a real Prometheus that receives remote write', () => {
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    prometheus = await PrometheusServer.start(
      'global: {}\n',
      '--web.enable-remote-write-receiver',
      '--enable-feature=native-histograms,exemplar-storage',
    );
  });

  afterAll(async () => {
    await prometheus.stop();
  });

  function writerOf(
    registry: Registry,
    job: string,
    errors: PushError[],
    version: '1.0' | '2.0' = '1.0',
  ): RemoteWriter {
    return new RemoteWriter({
      url: `${prometheus.url}/api/v1/write`,
      families: () => registry.families(),
      labels: { job, instance: 'here:1' },
      version,
      samplesPerRequestMax: 20,
      onError: (error) => errors.push(error),
    });
  }

  /** The names of the pools that a query shows now. */
  async function pools(): Promise<string[]> {
    const series = await prometheus.query('sort(pools)');
    return series.map(({ metric }) => metric.name ?? '');
  }

  // To 2.42 a request of version 2.0 is an empty one, which it accepts without a word.
  it.each(['1.0', '2.0'] as const)('stores every value exactly, when pushed by %s', async (version) => {
    const registry = sampleRegistry();
    const errors: PushError[] = [];
    const job = `values ${version}`;
    const writer = writerOf(registry, job, errors, version);
    const stats = await writer.push();
    expect(errors).toEqual([]);
    expect(stats).toMatchObject({ rejected: 0, dropped: 0, queued: 0, version: '1.0' });
    const expected = flatten(await registry.families());
    expect(stats.written).toBe(expected.size + 1);
    const found = new Map<string, number>();
    for (const { metric, value } of await prometheus.query(`{job="${job}"}`)) {
      const { __name__: name = '', job: _job, instance, ...labels } = metric;
      expect(instance).toBe('here:1');
      if (value !== undefined) found.set(seriesKey(name, labels), parseNumber(value[1]));
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    const [native] = await prometheus.query(`app_size_bytes{job="${job}"}`);
    expect(native?.histogram?.[1]).toMatchObject({
      count: String(OBSERVATIONS.length),
      sum: String(OBSERVATIONS.reduce((sum, value) => sum + value)),
    });
  });

  it('shows a series as ended as soon as it is gone, and all of them when the writer is closed', async () => {
    const registry = new Registry();
    const gauge = new Gauge({ name: 'pools', help: 'Pools', labelNames: ['name'], registers: [registry] });
    gauge.set({ name: 'a' }, 1);
    gauge.set({ name: 'b' }, 2);
    const errors: PushError[] = [];
    const writer = writerOf(registry, 'stale', errors);
    await writer.push();
    expect(await pools()).toEqual(['a', 'b']);
    gauge.remove({ name: 'a' });
    await writer.push();
    expect(await pools()).toEqual(['b']);
    await writer.close();
    expect(await pools()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('keeps exemplars, each sent once', async () => {
    const registry = new Registry('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const counter = new Counter({
      name: 'traced_total',
      help: 'Traced',
      enableExemplars: true,
      registers: [registry],
    });
    counter.inc({ value: 1, exemplarLabels: { trace_id: 'first' } });
    const errors: PushError[] = [];
    const writer = writerOf(registry, 'exemplars', errors);
    await writer.push();
    await writer.push();
    counter.inc({ value: 1, exemplarLabels: { trace_id: 'second' } });
    await writer.push();
    const [series] = await prometheus.exemplars('traced_total');
    expect(series?.exemplars).toMatchObject([
      { labels: { trace_id: 'first' }, value: '1' },
      { labels: { trace_id: 'second' }, value: '1' },
    ]);
    expect(errors).toEqual([]);
  });
});
