/** What a real server asks of models by itself: their answers become events, with a price and within a limit. */

import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metric, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const configFile = join(directory.path, 'bellwether.yaml');
const waits = { timeout: 60_000, interval: 100 };
const asked: {
  readonly path: string;
  readonly authorization: string;
  readonly body: Record<string, unknown>;
}[] = [];
let server: RunningServer;
let address = '';

/** Answers as OpenAI does, by the path that is asked. */
const models = createServer((request: IncomingMessage, response: ServerResponse) => {
  const path = request.url ?? '';
  void text(request).then((body) => {
    const authorization = request.headers['authorization'] ?? '';
    asked.push({ path, authorization, body: JSON.parse(body) as Record<string, unknown> });
    if (path.startsWith('/hangs')) return;
    response.setHeader('content-type', 'application/json');
    if (path.startsWith('/busy')) response.writeHead(429).end('{"error":{"message":"slow down"}}');
    else
      response.end(
        JSON.stringify({
          object: 'chat.completion',
          model: 'gpt-4o-2024-08-06',
          choices: [{ index: 0, message: { role: 'assistant', content: 'OK' }, finish_reason: 'length' }],
          usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 },
        }),
      );
  });
});

interface Event {
  readonly task_type: string;
  readonly status: string;
  readonly error_type?: string;
  readonly [field: string]: unknown;
}

/** The configuration, with the day's limit of the dear probe. */
function configuration(): string {
  const probe = (id: string, more: Record<string, unknown> = {}) => ({
    id,
    url: `http://${address}/${id}/v1/chat/completions`,
    provider: 'openai',
    model: 'gpt-4o',
    interval: '60s',
    ...more,
  });
  return JSON.stringify({
    collectors: {
      completions: [
        probe('works', { backend: 'b1', bearer_token_file: join(directory.path, 'key'), max_tokens: 2 }),
        probe('busy', { tokens_field: 'max_completion_tokens', critical: true }),
        probe('hangs', { timeout: '300ms' }),
        // 64 tokens in and 1 out cost 0.00017 dollars at the list price, and more than this.
        probe('dear', { daily_usd_max: '0.0001' }),
        probe('unpriced', { provider: 'local', model: 'own' }),
      ],
    },
    business_intelligence: { revenue_per_request: 0.01 },
  });
}

async function health(): Promise<Record<string, { readonly status: string; readonly message: string }>> {
  const { checks } = (await (await fetch(`${server.url}/health`)).json()) as {
    checks: Record<string, { readonly status: string; readonly message: string }>;
  };
  return checks;
}

async function costs(by: string): Promise<Record<string, Record<string, unknown>>> {
  const { rows } = (await (await fetch(`${server.url}/api/v1/costs?by=${by}`)).json()) as {
    rows: { readonly key: Record<string, string> }[];
  };
  return Object.fromEntries(rows.map((row) => [Object.values(row.key).join(' '), row]));
}

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    models.listen(0, '127.0.0.1', resolve);
  });
  address = `127.0.0.1:${(models.address() as AddressInfo).port}`;
  writeFileSync(join(directory.path, 'key'), 'sk-canary\n');
  writeFileSync(configFile, configuration());
  server = await startServer(join(directory.path, 'data'), { args: ['--config', configFile] });
}, 60_000);

afterAll(async () => {
  await server.stop();
  models.closeAllConnections();
  models.close();
  directory.remove();
});

describe('a probe by a completion', () => {
  it('asks for next to nothing, with its credentials', async () => {
    await expect.poll(() => asked.some(({ path }) => path.startsWith('/works')), waits).toBe(true);
    expect(asked.find(({ path }) => path.startsWith('/works'))).toEqual({
      path: '/works/v1/chat/completions',
      authorization: 'Bearer sk-canary',
      body: {
        model: 'gpt-4o',
        messages: [{ role: 'user', content: 'Reply with OK.' }],
        max_tokens: 2,
        stream: false,
      },
    });
    await expect.poll(() => asked.some(({ path }) => path.startsWith('/busy')), waits).toBe(true);
    const busy = asked.find(({ path }) => path.startsWith('/busy'))?.body;
    expect([busy?.['max_completion_tokens'], busy?.['max_tokens']]).toEqual([1, undefined]);
  });

  it('is a health check', async () => {
    await expect.poll(health, waits).toMatchObject({
      completion_works: { status: 'healthy', message: 'It completes.' },
      completion_busy: { status: 'unhealthy', message: 'It answered 429.' },
      completion_hangs: { status: 'unhealthy', message: 'It does not answer (timeout).' },
      completion_dear: { status: 'degraded' },
      completion_unpriced: { status: 'healthy' },
    });
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
  });

  it('is an event with a price, of a task type of its own, that earns nothing', async () => {
    const outcome = (probe: string, which: string) =>
      metric(server.url, 'custom_metrics_completion_probes_total', { probe, outcome: which });
    await expect.poll(() => outcome('works', 'success'), waits).toBeGreaterThan(0);
    await expect
      .poll(async () => (await costs('task_type'))['health_probe']?.['errors'], waits)
      .toBeGreaterThanOrEqual(2);
    const answer = await fetch(`${server.url}/api/v1/export/events?format=json`);
    expect(answer.status).toBe(200);
    const events = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    const ofProbe = (id: string) =>
      events.find(({ attributes }) => (attributes as Record<string, string> | undefined)?.['probe'] === id);
    // Ten tokens in and one out, at 2.50 and 10 dollars for a million.
    expect(ofProbe('works')).toMatchObject({
      task_type: 'health_probe',
      status: 'success',
      backend_id: 'b1',
      application: 'bellwether',
      input_tokens: 10,
      output_tokens: 1,
      cost_usd: '0.000035',
      revenue_usd: '0',
    });
    expect(ofProbe('busy')).toMatchObject({ status: 'error', error_type: 'rate_limit' });
    expect(ofProbe('hangs')).toMatchObject({ status: 'timeout', error_type: 'timeout' });
    expect(ofProbe('dear')).toBeUndefined();
    const spend = await metric(server.url, 'custom_metrics_completion_probe_spend_usd_total', {
      probe: 'works',
    });
    expect(spend).toBeCloseTo(0.000035 * (await outcome('works', 'success')), 12);
    expect(await outcome('dear', 'limited')).toBeGreaterThan(0);
    expect(asked.filter(({ path }) => path.startsWith('/dear'))).toEqual([]);
  });

  it('can be left out of figures', async () => {
    const requests = async (where: string): Promise<number> => {
      const answer = await fetch(`${server.url}/api/v1/series?measure=requests&step=3600${where}`);
      const { series } = (await answer.json()) as { series: { values: number[] }[] };
      return series.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0);
    };
    expect(await requests('')).toBeGreaterThan(0);
    expect(await requests('&where=task_type!=health_probe')).toBe(0);
  });

  it('keeps what it has spent over a restart', async () => {
    const spent = await metric(server.url, 'custom_metrics_completion_probe_spend_usd_total', {
      probe: 'works',
    });
    expect(spent).toBeGreaterThan(0);
    await server.stop();
    // Less than one request more may cost.
    writeFileSync(
      configFile,
      configuration().replace('"backend":"b1"', '"backend":"b1","daily_usd_max":"0.00019"'),
    );
    server = await startServer(join(directory.path, 'data'), { args: ['--config', configFile] });
    await expect.poll(async () => (await health())['completion_works']?.status, waits).toBe('degraded');
  });
});
