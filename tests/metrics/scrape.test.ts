import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketIndex, bucketUpperBound } from '../../packages/metrics/src/native/index.ts';
import {
  Counter,
  openMetricsContentType,
  Registry,
  type ScrapeRequest,
  scrape,
} from '../../packages/metrics/src/index.ts';
import { eventually, hasProgram, PrometheusServer } from './prometheus-server.ts';
import { flatten, OBSERVATIONS, parseNumber, sampleRegistry, seriesKey } from './sample-registry.ts';

const hasPrometheus = hasProgram('prometheus', '--version');

/** What each path is asked for; `negotiated` answers what Prometheus itself wants. */
const ACCEPT: Readonly<Record<string, string | undefined>> = {
  '/text': 'text/plain; version=0.0.4',
  '/openmetrics': 'application/openmetrics-text; version=1.0.0',
  '/negotiated': undefined,
};

describe.runIf(hasPrometheus)('a real Prometheus that scrapes', () => {
  const registry = sampleRegistry();
  const answered = new Map<string, string>();
  let exposer: Server;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const exemplars = new Registry(openMetricsContentType);
    const counter = new Counter({
      name: 'traced_total',
      help: 'Traced',
      enableExemplars: true,
      registers: [exemplars],
    });
    counter.inc({ value: 3, exemplarLabels: { trace_id: 'abc"1' } });
    exposer = createServer((request, response) => {
      const path = request.url ?? '';
      const source = path === '/exemplars' ? exemplars : registry;
      const ask: ScrapeRequest = {
        accept: ACCEPT[path] ?? request.headers.accept,
        acceptEncoding: request.headers['accept-encoding'],
      };
      void scrape(source, ask).then(({ headers, body }) => {
        answered.set(path, `${headers['content-type']} ${headers['content-encoding']}`);
        response.writeHead(200, headers);
        response.end(body);
        return undefined;
      });
    });
    await new Promise<void>((resolve) => {
      exposer.listen(0, '127.0.0.1', resolve);
    });
    const { port } = exposer.address() as AddressInfo;
    const jobs = [...Object.keys(ACCEPT), '/exemplars'].map(
      (path) =>
        `  - job_name: ${path.slice(1)}\n    metrics_path: ${path}\n    static_configs: [{ targets: ['127.0.0.1:${port}'] }]`,
    );
    prometheus = await PrometheusServer.start(
      `global: { scrape_interval: 1s }\nscrape_configs:\n${jobs.join('\n')}\n`,
      '--enable-feature=native-histograms,exemplar-storage',
    );
    await eventually('every target to be scraped', async () => {
      const up = await prometheus.query('up == 1');
      return up.length === 4 ? true : undefined;
    });
  });

  afterAll(async () => {
    await prometheus.stop();
    exposer.close();
  });

  it('finds nothing to complain about', async () => {
    const targets = await prometheus.targets();
    const states = targets.map(({ labels, health, lastError }) => [labels.job, `${health} ${lastError}`]);
    expect(Object.fromEntries(states)).toEqual({
      exemplars: 'up ',
      negotiated: 'up ',
      openmetrics: 'up ',
      text: 'up ',
    });
  });

  it('is answered in the format it prefers, compressed', () => {
    expect(Object.fromEntries(answered)).toEqual({
      '/text': 'text/plain; version=0.0.4; charset=utf-8 gzip',
      '/openmetrics': 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores gzip',
      '/negotiated':
        'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited gzip',
      // Below a kilobyte nothing is compressed.
      '/exemplars':
        'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited undefined',
    });
  });

  it.each(['text', 'openmetrics', 'negotiated'])(
    'stores every value of the %s format exactly',
    async (job) => {
      const expected = flatten(await registry.families());
      // OpenMetrics and the creation times: 1.0 has them as samples, which are not compared.
      const stored = await prometheus.query(`{job="${job}", __name__=~"app_.+", __name__!~".+_created"}`);
      const found = new Map<string, number>();
      for (const { metric, value } of stored) {
        const { __name__: name = '', job: _job, instance: _instance, ...labels } = metric;
        if (value !== undefined) found.set(seriesKey(name, labels), parseNumber(value[1]));
      }
      if (job === 'openmetrics') renameVisits(expected);
      // In protobuf a histogram with native buckets is stored as one, without classic series.
      if (job === 'negotiated') removeSizes(expected);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    },
  );

  it('stores the native histogram bucket by bucket', async () => {
    const [series] = await prometheus.query('app_size_bytes{job="negotiated"}');
    const histogram = series?.histogram?.[1];
    expect([histogram?.count, histogram?.sum]).toEqual([
      '11',
      String(OBSERVATIONS.reduce((sum, value) => sum + value)),
    ]);
    const buckets = new Map<string, number>();
    for (const value of OBSERVATIONS) {
      const bound = value === 0 ? 0 : Math.sign(value) * bucketUpperBound(bucketIndex(Math.abs(value), 1), 1);
      const key = bound === 0 ? 'zero' : bound.toPrecision(12);
      buckets.set(key, (buckets.get(key) ?? 0) + 1);
    }
    // Rule 3 is the zero bucket; a positive bucket is named by its upper bound, a negative one by its lower.
    const found = (histogram?.buckets ?? []).map(([rule, from, to, count]): [string, number] => {
      if (rule === 3) return ['zero', Number(count)];
      return [Number(Number(from) < 0 ? from : to).toPrecision(12), Number(count)];
    });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(buckets));
  });

  it('keeps the exemplars', async () => {
    const found = await eventually('the exemplar', async () => {
      const [series] = await prometheus.exemplars('traced_total');
      return series?.exemplars[0];
    });
    expect(found).toMatchObject({ labels: { trace_id: 'abc"1' }, value: '3' });
  });
});

/** OpenMetrics has the suffix on every counter, also on one that was declared without. */
function renameVisits(samples: Map<string, number>): void {
  const value = samples.get('app_visits[]')!;
  samples.delete('app_visits[]');
  samples.set('app_visits_total[]', value);
}

function removeSizes(samples: Map<string, number>): void {
  for (const key of samples.keys()) if (key.startsWith('app_size_bytes')) samples.delete(key);
}
