/**
 * The path to long-term storage, with the generated configuration: a Prometheus that
 * scrapes writes to VictoriaMetrics and to a second Prometheus, and reads from the
 * latter what it does not have itself.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../server/free-port.ts';
import {
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from '../server/running-server.ts';
import { areInstalled, PATIENCE_MS, PROMETHEUS, RunningProgram, startPrometheus } from './running-program.ts';

const VICTORIA_METRICS = '/usr/bin/victoria-metrics';
const patient = { timeout: PATIENCE_MS, interval: 250 };
const QUERY =
  'sum(llm_tokens_used_total{job="custom-metrics", token_type="input", environment="production"})';

describe.skipIf(!areInstalled(PROMETHEUS, VICTORIA_METRICS))('long-term storage', () => {
  const directory = temporaryDirectory();
  const at = (name: string): string => join(directory.path, name);
  let server: RunningServer;
  let victoria: RunningProgram;
  let storage: RunningProgram;
  let scraper: RunningProgram | undefined;
  let reader: RunningProgram | undefined;

  async function generate(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await runCli(['generate', 'prometheus', '--scrape-interval', '1s', ...args]);
    expect([code, stderr]).toEqual([0, '']);
  }

  const valueIn = async (program: RunningProgram, promql: string): Promise<number> =>
    Number((await program.query(promql))[0]?.value[1]);

  beforeAll(async () => {
    server = await startServer(at('data'));
    const victoriaPort = await freePort();
    victoria = await RunningProgram.start(
      VICTORIA_METRICS,
      [
        `-storageDataPath=${at('victoria')}`,
        `-httpListenAddr=127.0.0.1:${victoriaPort}`,
        '-retentionPeriod=12',
        // It would keep back what is younger than half a minute.
        '-search.latencyOffset=1s',
      ],
      { port: victoriaPort, ready: '/health' },
    );
    const storagePort = await freePort();
    mkdirSync(at('storage'));
    writeFileSync(at('storage/prometheus.yml'), 'global: {}\n');
    storage = await startPrometheus(at('storage'), storagePort, '--web.enable-remote-write-receiver');
    const target = ['--target', server.url.replace('http://', '')];
    await generate(
      '--out',
      at('scraper'),
      ...target,
      '--remote-write',
      `${victoria.url}/api/v1/write`,
      '--remote-write',
      `${storage.url}/api/v1/write`,
    );
    await generate(
      '--out',
      at('reader'),
      '--target',
      '127.0.0.1:1',
      '--remote-read',
      `${storage.url}/api/v1/read`,
    );
    scraper = await startPrometheus(at('scraper'), await freePort());
  });

  afterAll(async () => {
    for (const program of [reader, scraper, storage, victoria]) await program?.stop();
    await server?.stop();
    directory.remove();
  });

  it('receives every sample by remote write, in VictoriaMetrics and in a second Prometheus', async () => {
    const event = {
      provider: 'openai',
      model: 'gpt-4o',
      timestamp: '2026-11-20T12:00:00Z',
      output_tokens: 10,
    };
    await post(
      server.url,
      Array.from({ length: 50 }, (_none, n) => ({ ...event, id: `long-${n}`, input_tokens: 1000 + n })),
    );
    const sum = 50 * 1000 + (49 * 50) / 2;
    for (const program of [scraper, victoria, storage]) {
      await expect.poll(() => valueIn(program as RunningProgram, QUERY), patient).toBe(sum);
    }
    // What the rules record goes there too.
    const recorded = 'sum(provider:llm_cost_usd:increase1h) or sum(llm_tokens_used)';
    await expect.poll(() => valueIn(victoria, recorded), patient).toBeGreaterThanOrEqual(0);
  });

  it('is read from where Prometheus itself has nothing', async () => {
    const { value } = (await storage.query(QUERY))[0] ?? { value: [0, ''] };
    await scraper?.stop();
    const second = await startPrometheus(at('reader'), await freePort());
    reader = second;
    await expect.poll(() => valueIn(second, QUERY), patient).toBe(Number(value[1]));
  });
});
