/** What a real server scrapes: the real Prometheus, exporters that come, restart and hang, and targets from discovery. */

import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram, PrometheusServer } from '../metrics/prometheus-server.ts';
import { metric, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const configFile = join(directory.path, 'bellwether.yaml');
const waits = { timeout: 60_000, interval: 100 };
const closers: (() => unknown)[] = [];
let server: RunningServer;
let prometheus: PrometheusServer | null = null;

/** Tokens that the exporter has counted, by the names of vLLM; and a family of our own catalogue. */
let tokens = 100;
const exporter: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end(`# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{model_name="m"} ${tokens}
# TYPE load_balancer_backend_health gauge
load_balancer_backend_health{backend="b1"} 1
`);
};

async function listen(listener: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    if ('closeAllConnections' in listener) listener.closeAllConnections();
    listener.close();
  });
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

interface Answer {
  readonly jobs: { readonly job: string; readonly targets: Record<string, unknown>[] }[];
  readonly series: { readonly source: string; readonly values: [number, number][] }[];
  readonly checks: Record<string, { readonly status: string; readonly message: string }>;
  readonly alerts: { readonly labels: Record<string, string> }[];
}

/** What the server answers; each route has one of the keys. */
async function get(path: string, accept = '*/*'): Promise<Answer> {
  return (await fetch(`${server.url}${path}`, { headers: { accept } })).json() as Promise<Answer>;
}

async function target(job: string): Promise<Record<string, unknown> | undefined> {
  const { jobs } = await get('/api/v1/targets');
  return jobs.find((one) => one.job === job)?.targets[0];
}

beforeAll(async () => {
  if (hasProgram('prometheus', '--version')) prometheus = await PrometheusServer.start('global: {}\n');
  const vllm = await listen(createServer(exporter));
  const hung = await listen(createServer(() => undefined));
  const found = await listen(createServer(exporter));
  const discovery = await listen(
    createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify([{ targets: [found], labels: { zone: 'z1', __metrics_path__: '/m' } }]));
    }),
  );
  const postgres = await listen(createTcpServer((socket) => socket.once('data', () => socket.write('N'))));
  writeFileSync(join(directory.path, 'targets.yaml'), `- targets: ['${found}']\n`);
  const jobs = [
    { id: 'vllm', targets: [vllm], interval: '1s', labels: { cluster: 'c1' } },
    { id: 'hung', targets: [hung], interval: '1s', timeout: '500ms' },
    { id: 'discovered', http_sd: `http://${discovery}/`, interval: '1s' },
    { id: 'files', file_sd: join(directory.path, 'targets.yaml'), interval: '1s' },
    ...(prometheus === null
      ? []
      : [{ id: 'prometheus', targets: [new URL(prometheus.url).host], interval: '1s' }]),
  ];
  const config = {
    collectors: {
      jobs,
      checks: [
        { id: 'hung', http: `http://${hung}/`, timeout: '300ms' },
        { id: 'port', tcp: vllm },
      ],
    },
    monitoring: {
      sql_database_endpoint: postgres,
      ...(prometheus === null ? {} : { prometheus_endpoint: prometheus.url }),
      // A port where nothing listens any more.
      grafana_endpoint: 'http://127.0.0.1:1',
    },
    alerts: {
      rules: [
        {
          id: 'target-gone',
          severity: 'high',
          signal: 'target_up',
          below: 1,
          matchers: ['job="hung"'],
          for: '0s',
        },
      ],
      evaluation_interval: 1,
    },
    // What answers as PostgreSQL here takes no figures.
    business_intelligence: { enabled: false },
    outgoing: { allow_private: ['127.0.0.1'] },
  };
  writeFileSync(configFile, JSON.stringify(config));
  server = await startServer(join(directory.path, 'data'), { args: ['--config', configFile] });
}, 60_000);

afterAll(async () => {
  await server.stop();
  await prometheus?.stop();
  for (const close of closers) close();
  directory.remove();
});

describe('collectors', () => {
  it('keep what an exporter shows, and show the families that are known', async () => {
    await expect.poll(async () => (await target('vllm'))?.['state'], waits).toBe('up');
    const kept = async () => (await get('/api/v1/samples?name=vllm:generation_tokens_total&hours=1')).series;
    const ofJob = async () => (await kept()).find(({ source }) => source.startsWith('vllm '));
    await expect
      .poll(ofJob, waits)
      .toMatchObject({ kind: 'counter', labels: { cluster: 'c1', model_name: 'm' } });
    expect((await ofJob())?.values[0]?.[1]).toBe(100);
    await expect
      .poll(() => metric(server.url, 'load_balancer_backend_health', { job: 'vllm', backend: 'b1' }), waits)
      .toBe(1);
    expect(
      await metric(server.url, 'custom_metrics_collection_targets', { collector: 'vllm', state: 'up' }),
    ).toBe(1);
  });

  it('see a restart once', async () => {
    tokens = 3;
    await expect.poll(async () => (await target('vllm'))?.['restarts'], waits).toBe(1);
    expect(await metric(server.url, 'custom_metrics_collection_restarts_total', { job: 'vllm' })).toBe(1);
  });

  it('give up what hangs, and keep that it was down', async () => {
    await expect.poll(() => target('hung'), waits).toMatchObject({ state: 'down', samples: 0 });
    await expect
      .poll(
        async () =>
          (await get('/api/v1/samples?name=up&hours=1')).series.find((one) => one.source.startsWith('hung'))
            ?.values[0]?.[1],
        waits,
      )
      .toBe(0);
  });

  it('find targets by HTTP and in files', async () => {
    await expect
      .poll(() => target('discovered'), waits)
      .toMatchObject({ state: 'up', labels: { zone: 'z1' } });
    expect(String((await target('discovered'))?.['url'])).toMatch(/\/m$/);
    await expect.poll(() => target('files'), waits).toMatchObject({ state: 'up' });
  });

  it('scrape the real Prometheus', async ({ skip }) => {
    skip(prometheus === null, 'prometheus is not installed');
    await expect.poll(() => target('prometheus'), waits).toMatchObject({ state: 'up', problem: null });
    expect((await target('prometheus'))?.['samples']).toBeGreaterThan(300);
  });

  it('are a signal for rules', async () => {
    await expect
      .poll(async () => (await get('/api/v1/alerts')).alerts.map(({ labels }) => labels['job']), waits)
      .toContain('hung');
  });

  it('are listed on the command line', async () => {
    const { code, stdout } = await runCli(['targets', '--url', server.url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^hung +127\.0\.0\.1:\d+ +down/m);
  });
});

describe('health', () => {
  it('has a check for each integration, each job and each check of one’s own', async () => {
    const status = async () => {
      const { checks } = await get('/health');
      return Object.fromEntries(Object.entries(checks).map(([name, one]) => [name, one.status]));
    };
    await expect.poll(status, waits).toMatchObject({
      journal: 'healthy',
      integration_postgresql: 'healthy',
      integration_grafana: 'unhealthy',
      custom_port: 'healthy',
      custom_hung: 'unhealthy',
      collector_vllm: 'healthy',
      collector_hung: 'unhealthy',
      ...(prometheus === null ? {} : { integration_prometheus: 'healthy' }),
    });
    expect(
      await metric(server.url, 'custom_metrics_integration_connectivity', { integration: 'postgresql' }),
    ).toBe(1);
    expect(
      await metric(server.url, 'custom_metrics_integration_connectivity', { integration: 'grafana' }),
    ).toBe(0);
    const { checks } = await get('/health');
    expect(checks['integration_grafana']?.message).toBe('It does not answer (unreachable).');
    expect(JSON.stringify(checks)).not.toContain('127.0.0.1');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await get('/health', 'application/health+json')).toMatchObject({ status: 'warn' });
  });

  it('follows a reload', async () => {
    writeFileSync(configFile, JSON.stringify({ outgoing: { allow_private: ['127.0.0.1'] } }));
    const answer = await fetch(`${server.url}/-/reload`, { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(await get('/api/v1/targets')).toEqual({ jobs: [] });
    expect(Object.keys((await get('/health')).checks)).not.toContain('custom_hung');
  });
});
