/** Series of a Prometheus and of the samples in the ledger: watched, asked, forecast and alerted on. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram, eventually, PrometheusServer } from '../metrics/prometheus-server.ts';
import { type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Anomaly {
  readonly measure: string;
  readonly labels: Record<string, string>;
  readonly since: string;
  readonly until: string | null;
  readonly actual: number;
  readonly is_bad: boolean | null;
}
interface Baseline {
  readonly measure: string;
  readonly labels: Record<string, string>;
  readonly learnt: boolean;
  readonly expected: number;
}
interface Alert {
  readonly rule: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** A gauge of two hosts every half a minute, and a counter that begins anew in the middle. */
function pushed(endMs: number) {
  const start = endMs - 30 * MINUTE_MS;
  const point = (atMs: number, value: number, host: string) => ({
    timeUnixNano: `${atMs}000000`,
    asDouble: value,
    attributes: [{ key: 'host', value: { stringValue: host } }],
  });
  const times = Array.from({ length: 60 }, (_none, n) => start + n * 30_000);
  const counted = (n: number): number => (n < 30 ? n * 60 : (n - 30) * 60);
  return {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'gpu' } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'kv_cache_usage',
                gauge: {
                  dataPoints: times.flatMap((atMs) => [point(atMs, 0.25, 'a'), point(atMs, 0.75, 'b')]),
                },
              },
              {
                name: 'jobs',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: times.flatMap((atMs, n) => [
                    point(atMs, counted(n), 'a'),
                    point(atMs, counted(n), 'b'),
                  ]),
                },
              },
            ],
          },
        ],
      },
    ],
  };
}

describe.skipIf(!hasProgram('prometheus', '--version'))('series from anywhere', () => {
  const directory = temporaryDirectory();
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const spikeMs = endMs - 3 * HOUR_MS;
  const pushedMs = Math.floor(endMs / (10 * MINUTE_MS)) * 10 * MINUTE_MS;
  let prometheus: PrometheusServer;
  let server: RunningServer;
  const file = join(directory.path, 'bellwether.yaml');
  let writeConfig: (rules: readonly object[]) => void;

  beforeAll(async () => {
    prometheus = await PrometheusServer.start('scrape_configs: []\n');
    const spikeSeconds = spikeMs / 1000;
    const during = `(vector(time()) > bool ${spikeSeconds}) * (vector(time()) <= bool ${spikeSeconds + 900})`;
    // Two zones that swing by the day; in one of them something happens for a quarter of an hour.
    const quiet = '(100 + 10 * sin(vector(time()) / 13750) + 3 * sin(vector(time()) * 7.7))';
    const expression = `label_replace(${quiet}, "zone", "a", "", "") or label_replace(${quiet} + 80 * ${during}, "zone", "b", "", "")`;
    writeConfig = (rules) =>
      writeFileSync(
        file,
        JSON.stringify({
          monitoring: { prometheus_endpoint: prometheus.url },
          analysis: {
            history_days: 3,
            settle_seconds: 0,
            series: [
              { id: 'zones', promql: expression, labels: { site: 'x' } },
              { id: 'wrong', promql: 'sum(' },
              { id: 'cache', sample: 'kv_cache_usage', by: ['host'], aggregate: 'max' },
            ],
          },
          alerts: { preset: 'none', evaluation_interval: 1, rules },
        }),
      );
    writeConfig([]);
    server = await startServer(join(directory.path, 'data'), { args: ['--config', file] });
    await fetch(`${server.url}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(pushed(pushedMs)),
    });
  });

  afterAll(async () => {
    await server.stop();
    await prometheus.stop();
    directory.remove();
  });

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`${server.url}${path}`);
    return (await response.json()) as T;
  }

  const baselines = () =>
    get<{
      baselines: Baseline[];
      declared: { measure: string; judged_to: string; problem: string | null; series: number }[];
    }>('/api/v1/baselines');

  it('watches the series of a Prometheus, and finds what is unusual in its past', async () => {
    await eventually('the series to be judged', async () => {
      const { declared } = await baselines();
      const zones = declared.find(({ measure }) => measure === 'series:zones');
      return Date.parse(zones?.judged_to ?? '') >= endMs || undefined;
    });
    const { anomalies } = await get<{ anomalies: Anomaly[] }>('/api/v1/anomalies?measure=series:zones');
    expect(anomalies).toHaveLength(1);
    expect(anomalies[0]).toMatchObject({
      labels: { zone: 'b', site: 'x' },
      since: new Date(spikeMs).toISOString(),
      is_bad: null,
    });
    expect(anomalies[0]?.actual).toBeGreaterThan(150);
    expect(Date.parse(anomalies[0]?.until ?? '') - spikeMs).toBeLessThanOrEqual(20 * MINUTE_MS);
    const known = await baselines();
    const zones = known.baselines.filter(({ measure }) => measure === 'series:zones');
    expect(zones.map(({ labels }) => labels['zone'])).toEqual(['a', 'b']);
    for (const { learnt, expected } of zones) {
      expect(learnt).toBe(true);
      expect(Math.abs(expected - 100)).toBeLessThan(20);
    }
  });

  it('says of a series that it cannot be asked, and goes on with the others', async () => {
    const { declared } = await baselines();
    expect(declared.find(({ measure }) => measure === 'series:wrong')?.problem).toMatch(
      /Prometheus answers 400/,
    );
    expect(declared.find(({ measure }) => measure === 'series:zones')?.problem).toBeNull();
  });

  it('asks, forecasts and finds trends of any of them', async () => {
    const from = new Date(pushedMs - 30 * MINUTE_MS).toISOString();
    const to = new Date(pushedMs).toISOString();
    const range = `from=${from}&to=${to}&step=10m`;
    const jobs = await eventually('the samples', async () => {
      const answer = await get<{ series: { labels: object; values: number[] }[] }>(
        `/api/v1/series?measure=sample:jobs_total&${range}`,
      );
      return (answer.series[0]?.values.at(-1) ?? null) === null ? undefined : answer;
    });
    // Two a second of each host, whatever the counter was when it began anew.
    expect(jobs.series).toHaveLength(1);
    expect(jobs.series[0]?.values[0]).toBeCloseTo(4, 6);
    expect(jobs.series[0]?.values[2]).toBeCloseTo(4, 6);
    const cache = await get<object>(
      `/api/v1/series?measure=sample:kv_cache_usage&by=host&where=job=gpu&${range}`,
    );
    expect(cache).toMatchObject({
      unit: 'value',
      kind: 'level',
      series: [
        { labels: { host: 'a' }, values: [0.25, 0.25, 0.25] },
        { labels: { host: 'b' }, values: [0.75, 0.75, 0.75] },
      ],
    });
    const zones = `measure=series:zones&where=zone=a&step=1h`;
    const ahead = await get<{ forecasts: { labels: object; steps: { point: number }[] }[] }>(
      `/api/v1/forecasts?${zones}&horizon=3&hours=72`,
    );
    expect(ahead.forecasts).toHaveLength(1);
    expect(ahead.forecasts[0]?.labels).toEqual({ zone: 'a', site: 'x' });
    expect(Math.abs((ahead.forecasts[0]?.steps[0]?.point ?? 0) - 100)).toBeLessThan(20);
    const printed = await runCli(['trends', '--url', server.url, '--measure', 'series:zones', '--json']);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      unit: 'value',
      trends: [{ labels: { zone: 'a' } }, { labels: { zone: 'b' } }],
    });
    const listed = await get<{ measures: { name: string }[] }>('/api/v1/measures');
    expect(listed.measures.map(({ name }) => name)).toContain('series:zones');
  });

  it('raises alerts on them', async () => {
    writeConfig([
      { id: 'zone-low', measure: 'series:zones', where: { zone: 'a' }, below: 200 },
      { id: 'zone-high', measure: 'series:zones', where: { zone: 'b' }, above: 200 },
      { id: 'cache-full', measure: 'sample:kv_cache_usage', by: ['host'], window: '1h', above: 0.5 },
    ]);
    await fetch(`${server.url}/-/reload`, { method: 'POST' });
    const alerts = await eventually('both alerts', async () => {
      const { alerts: open } = await get<{ alerts: Alert[] }>('/api/v1/alerts');
      return open.length >= 2 ? open : undefined;
    });
    const found = alerts.map(({ rule, labels }) => [rule, labels['zone'] ?? labels['host']].join(' '));
    expect(new Set(found)).toEqual(new Set(['cache-full b', 'zone-low a']));
  });

  it('refuses names that there are not', async () => {
    for (const query of ['measure=series:none', 'measure=series:zones&by=zone', 'measure=sample:x&by=a-b']) {
      const response = await fetch(`${server.url}/api/v1/series?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
    }
  });
});
