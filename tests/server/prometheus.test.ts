import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { metric, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';
import { azureSums, azureTrace } from './shared-data.ts';

const PROMETHEUS = '/usr/bin/prometheus';
const canRun = azureTrace !== null && (existsSync(PROMETHEUS) || process.env.CI === 'true');
const directory = temporaryDirectory();
let server: RunningServer;
let prometheus: ChildProcess;
let prometheusUrl: string;

interface CostJson {
  readonly total: {
    readonly requests: number;
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cost_usd: string;
  };
}

async function query(promql: string): Promise<number> {
  const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(promql)}`).catch(
    () => null,
  );
  const body = (await response?.json()) as { data?: { result: { value: [number, string] }[] } } | undefined;
  return Number(body?.data?.result[0]?.value[1] ?? Number.NaN);
}

async function report(): Promise<CostJson> {
  const { stdout } = await runCli([
    'report',
    'cost',
    '--data',
    directory.path,
    '--by',
    'model',
    '--format',
    'json',
  ]);
  return JSON.parse(stdout) as CostJson;
}

describe.skipIf(!canRun)('real traffic, scraped by the real Prometheus', () => {
  const trace = azureTrace ?? '';
  const replay = () =>
    runCli([
      'replay',
      trace,
      '--format',
      'azure',
      '--url',
      server.url,
      '--provider',
      'openai',
      '--model',
      'gpt-4o',
      '--json',
    ]);

  beforeAll(async () => {
    server = await startServer(directory.path);
    const port = await freePort();
    prometheusUrl = `http://127.0.0.1:${port}`;
    const config = join(directory.path, 'prometheus.yml');
    const target = server.url.replace('http://', '');
    writeFileSync(
      config,
      `scrape_configs:
  - job_name: custom-metrics
    scrape_interval: 1s
    static_configs: [{ targets: ['${target}'], labels: { environment: test, cluster: one } }]
  - job_name: prometheus
    scrape_interval: 1s
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`,
    );
    prometheus = spawn(
      PROMETHEUS,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${directory.path}/tsdb`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => prometheus.once('exit', resolve));
    prometheus.kill('SIGTERM');
    await ended;
    await server.stop();
    directory.remove();
  });

  it('shows the target up, with its labels, and Prometheus itself beside it', async () => {
    await expect.poll(() => query('up{job="custom-metrics"}'), { timeout: 60_000, interval: 250 }).toBe(1);
    expect(await query('up{job="custom-metrics",environment="test",cluster="one"}')).toBe(1);
    await expect.poll(() => query('up{job="prometheus"}'), { timeout: 30_000, interval: 250 }).toBe(1);
    expect(await query('count(custom_metrics_events_accepted_total)')).toBe(1);
  });

  it('gives the same sums in the file, the counters, the ledger and Prometheus, however often it is replayed', async () => {
    const sums = azureSums(trace);
    expect(sums).toEqual({ rows: 8819, input: 18_059_974, output: 245_896 });
    expect(JSON.parse((await replay()).stdout)).toMatchObject({ rows: 8819, accepted: 8819, duplicates: 0 });
    expect(JSON.parse((await replay()).stdout)).toMatchObject({ rows: 8819, accepted: 0, duplicates: 8819 });
    const { total } = await report();
    expect(total).toMatchObject({ requests: 8819, input_tokens: sums.input, output_tokens: sums.output });
    expect(await metric(server.url, 'llm_requests_total')).toBe(8819);
    expect(await metric(server.url, 'llm_tokens_used_total', { token_type: 'input' })).toBe(sums.input);
    expect(await metric(server.url, 'llm_tokens_used_total', { token_type: 'output' })).toBe(sums.output);
    await expect.poll(() => query('sum(llm_requests_total)'), { timeout: 30_000, interval: 250 }).toBe(8819);
    expect(await query('sum(llm_tokens_used_total{token_type="input"})')).toBe(sums.input);
    expect(await query('sum(llm_tokens_used_total{token_type="output"})')).toBe(sums.output);
    expect(await query('sum(llm_cost_usd_total)')).toBe(Number(total.cost_usd));
    // gpt-4o: $2.50 and $10 per million tokens.
    expect(total.cost_usd).toBe((18_059_974 * 0.0000025 + 245_896 * 0.00001).toFixed(6).replace(/0+$/, ''));
  });

  it('leaves journal, ledger and counters in agreement', async () => {
    const { stdout, code } = await runCli(['verify', '--data', directory.path]);
    expect(stdout).toMatch(/^Consistent: 8,819 events/);
    expect(code).toBe(0);
  });
});
