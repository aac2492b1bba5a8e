import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { metric, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const PROMETHEUS = '/usr/bin/prometheus';
const PROMTOOL = '/usr/bin/promtool';
const HOUR_MS = 3_600_000;
const canRun = (existsSync(PROMETHEUS) && existsSync(PROMTOOL)) || process.env.CI === 'true';
const directory = temporaryDirectory();
const config = join(directory.path, 'bellwether.yaml');
/** The last hour that is over, and the one before. */
const lastHourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
const hourBeforeMs = lastHourMs - HOUR_MS;
/** What is asked about: an hour that ends while the test runs is not in it. */
const range = `from=${new Date(hourBeforeMs).toISOString()}&to=${new Date(lastHourMs + HOUR_MS).toISOString()}`;
let exporter: Server;
let prometheus: ChildProcess;
let prometheusUrl: string;
let server: RunningServer | undefined;

/**
 * Two GPUs at these percentages, once a minute through an hour. They are the series that the target is scraped into,
 * so that a sample of the history is never averaged with one of now, not even just after the hour.
 */
function history(target: string, hourMs: number, first: number, second: number): string {
  const lines: string[] = [];
  for (const [gpu, value] of [first, second].entries()) {
    for (let minute = 0; minute <= 60; minute++)
      lines.push(
        `DCGM_FI_DEV_GPU_UTIL{gpu="${gpu}",instance="${target}",job="gpus"} ${value} ${hourMs / 1000 + minute * 60}`,
      );
  }
  return lines.join('\n');
}

beforeAll(async () => {
  if (!canRun) return;
  exporter = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(
      '# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu="0"} 90\nDCGM_FI_DEV_GPU_UTIL{gpu="1"} 30\n',
    );
  });
  await new Promise<void>((resolve) => {
    exporter.listen(0, '127.0.0.1', () => resolve());
  });
  const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
  const past = join(directory.path, 'past.om');
  // The hour before the last one has no sample: nothing measured it.
  writeFileSync(past, `# TYPE DCGM_FI_DEV_GPU_UTIL gauge\n${history(target, lastHourMs, 100, 50)}\n# EOF\n`);
  const blocks = join(directory.path, 'tsdb');
  mkdirSync(blocks);
  execFileSync(PROMTOOL, ['tsdb', 'create-blocks-from', 'openmetrics', past, blocks], { stdio: 'ignore' });
  const scraping = join(directory.path, 'prometheus.yml');
  writeFileSync(
    scraping,
    `scrape_configs: [{ job_name: gpus, scrape_interval: 1s, static_configs: [{ targets: ['${target}'] }] }]\n`,
  );
  const port = await freePort();
  prometheus = spawn(PROMETHEUS, [
    `--config.file=${scraping}`,
    `--storage.tsdb.path=${blocks}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  prometheusUrl = `http://127.0.0.1:${port}`;
  writeFileSync(
    config,
    `self_hosted:
  - id: rack
    provider: vllm
    models: ["llama-*"]
    usd_per_gpu_hour: 5
    gpus: 2
    concurrency: 2
    gpu_query: avg(DCGM_FI_DEV_GPU_UTIL)
    percent: true
monitoring: { prometheus_endpoint: "${prometheusUrl}" }
`,
  );
}, 60_000);

afterAll(async () => {
  await server?.stop();
  prometheus?.kill('SIGKILL');
  exporter?.close();
  directory.remove();
});

async function restart(): Promise<string> {
  await server?.stop();
  server = await startServer(join(directory.path, 'data'), { args: ['--config', config] });
  return server.url;
}

interface Figures {
  readonly allocated_usd: string;
  readonly idle_usd: string;
  readonly charged_usd: string;
  readonly requests: number;
}

async function selfHosted(
  url: string,
  by: string,
): Promise<{ readonly rows: readonly (Figures & { readonly key: object })[]; readonly total: Figures }> {
  return (await (await fetch(`${url}/api/v1/self-hosted?by=${by}&${range}`)).json()) as never;
}

const event = (id: string, hourMs: number, more: object) => ({
  id,
  timestamp: hourMs + 60_000,
  provider: 'vllm',
  model: 'llama-70b',
  input_tokens: 60,
  output_tokens: 40,
  latency_ms: 720_000,
  ...more,
});

describe.skipIf(!canRun)('self-hosted models', { timeout: 120_000 }, () => {
  it('have the cost of their machines divided by what Prometheus and the requests say', async () => {
    const query = `${prometheusUrl}/api/v1/query?query=${encodeURIComponent('count(DCGM_FI_DEV_GPU_UTIL)')}`;
    const scraped = async (): Promise<string> => (await (await fetch(query)).text()).slice(-120);
    await expect.poll(() => scraped().catch(() => ''), { timeout: 30_000 }).toContain('"2"');
    let url = await restart();
    const sent = [
      event('a', lastHourMs, { team: 'web' }),
      event('b', lastHourMs, { team: 'ops', input_tokens: 160 }),
      event('other', lastHourMs, { model: 'mistral' }),
      event('c', hourBeforeMs, { team: 'web' }),
    ];
    expect((await post(url, sent)).status).toBe(200);
    url = await restart();
    // The last hour: 75 % in use, divided 1 : 2. The one before: 720 s of twice 3600 s are a tenth.
    await expect
      .poll(() => selfHosted(url, 'hour,team'), { timeout: 30_000 })
      .toMatchObject({
        total: { allocated_usd: '8.50', idle_usd: '11.50', charged_usd: '0.00', requests: 3 },
      });
    // The events keep their missing price; what the machines cost stands beside them.
    const costs = (await (await fetch(`${url}/api/v1/costs?${range}`)).json()) as object;
    expect(costs).toMatchObject({
      total: { requests: 4, cost_usd: '0.00', unpriced_requests: 4 },
      self_hosted: { allocated_usd: '8.50', idle_usd: '11.50' },
    });
    const byTeam = await selfHosted(url, 'team');
    expect(byTeam.rows).toMatchObject([
      { key: { team: '' }, allocated_usd: '0.00', idle_usd: '11.50' },
      { key: { team: 'ops' }, allocated_usd: '5.00', idle_usd: '0.00' },
      { key: { team: 'web' }, allocated_usd: '3.50', idle_usd: '0.00' },
    ]);
    await expect
      .poll(() => metric(url, 'cost_resource_utilization_ratio', { backend: 'rack', resource: 'gpu' }))
      .toBe(0.6);
  });

  it('are divided anew when a late event comes, and never twice', async () => {
    let url = server?.url ?? '';
    await post(url, event('late', lastHourMs, { team: 'web', cost_usd: '0.01', input_tokens: 260 }));
    url = await restart();
    // 100, 200 and 300 of 600 tokens; the last has a charge of its own.
    await expect
      .poll(() => selfHosted(url, 'hour'), { timeout: 30_000 })
      .toMatchObject({
        total: { allocated_usd: '4.75', idle_usd: '11.50', charged_usd: '3.75', requests: 4 },
      });
    const before = await selfHosted(url, 'hour,team');
    url = await restart();
    await expect.poll(() => metric(url, 'cost_resource_utilization_ratio'), { timeout: 30_000 }).toBe(0.6);
    expect(await selfHosted(url, 'hour,team')).toEqual(before);
  });
});
