import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

const events = [
  {
    id: '1',
    timestamp: '2026-11-01T00:00:00Z',
    provider: 'openai',
    model: 'gpt-4o',
    team: 'a',
    input_tokens: 1000,
    output_tokens: 100,
  },
  {
    id: '2',
    timestamp: '2026-11-02T00:00:00Z',
    provider: 'openai',
    model: 'gpt-4o',
    team: 'b',
    input_tokens: 3000,
    error_type: 'timeout',
  },
  {
    id: '3',
    timestamp: '2026-11-02T12:00:00.000000001Z',
    provider: 'nobody',
    model: 'x',
    team: 'a',
    input_tokens: 7,
  },
];

beforeAll(async () => {
  server = await startServer(directory.path);
  await post(server.url, events);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: await response.json() };
}

describe('GET /api/v1/costs', () => {
  it('gives exact figures by dimension, dearest first, and a total', async () => {
    const openai = {
      requests: 2,
      errors: 1,
      input_tokens: 4000,
      output_tokens: 100,
      cost_usd: '0.011',
      unpriced_requests: 0,
    };
    const nobody = {
      requests: 1,
      errors: 0,
      input_tokens: 7,
      output_tokens: 0,
      cost_usd: '0.00',
      unpriced_requests: 1,
    };
    expect((await get('/api/v1/costs?by=provider')).body).toEqual({
      from: null,
      to: null,
      by: ['provider'],
      rows: [
        { key: { provider: 'openai' }, ...openai },
        { key: { provider: 'nobody' }, ...nobody },
      ],
      total: {
        requests: 3,
        errors: 1,
        input_tokens: 4007,
        output_tokens: 100,
        cost_usd: '0.011',
        unpriced_requests: 1,
      },
      truncated: false,
    });
  });

  it('includes from and excludes to, to the nanosecond', async () => {
    const count = async (query: string): Promise<unknown> =>
      ((await get(`/api/v1/costs?${query}`)).body as { total: { requests: number } }).total.requests;
    expect(await count('from=2026-11-02')).toBe(2);
    expect(await count('to=2026-11-02')).toBe(1);
    expect(await count('from=2026-11-02T12:00:00.000000001Z')).toBe(1);
    expect(await count('to=2026-11-02T12:00:00.000000001Z')).toBe(2);
  });

  it('groups by several dimensions, times in their order', async () => {
    const { body } = await get('/api/v1/costs?by=day,team');
    expect((body as { rows: { key: unknown }[] }).rows.map(({ key }) => key)).toEqual([
      { day: '2026-11-01', team: 'a' },
      { day: '2026-11-02', team: 'b' },
      { day: '2026-11-02', team: 'a' },
    ]);
  });

  it.each([
    ['by=password', 'by'],
    ['by=provider)--', 'by'],
    ["from=2026-11-01'%20OR%201", 'from'],
    ['from=2026-11-02&to=2026-11-01', 'to'],
    ['hours=0', 'hours'],
    ['hours=1&from=2026-11-01', 'hours'],
    ['form=2026-11-01', 'form'],
    ['hours=many', 'hours'],
  ])('refuses %s', async (query, field) => {
    expect(await get(`/api/v1/costs?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_parameter', field } },
    });
  });
});

describe('an address with another method', () => {
  it('says which methods there are', async () => {
    const response = await fetch(`${server.url}/v1/events`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await get('/nothing/here')).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  });
});

describe('a command that cannot do its work', () => {
  it('says so in one line and exits with 1, when the port is taken', async () => {
    const data = temporaryDirectory();
    const port = new URL(server.url).port;
    const result = await runCli(['serve', '--port', port, '--data', data.path]);
    expect(result).toMatchObject({
      code: 1,
      stderr: `bellwether: port ${port} on 127.0.0.1 is taken; choose another with --port\n`,
    });
    data.remove();
  });

  it.each([
    [
      ['report', 'cost', '--data', './no/such/place'],
      /^bellwether: there are no data in \.\/no\/such\/place[^\n]*\n$/,
    ],
    [['verify', '--data', './no/such/place'], /^bellwether: there are no data in/],
    [['report', 'cost', '--url', 'nonsense'], /^bellwether: nonsense is not an http or https address\n$/],
    [
      ['serve', '--port', '0', '--data', '/dev/null/x'],
      /^bellwether: the data directory \/dev\/null\/x cannot be used: [^\n]*\n$/,
    ],
    [
      ['replay', 'x.ndjson', '--format', 'ndjson', '--data', './no/such/place'],
      /^bellwether: no server runs on \.\/no\/such\/place[^\n]*\n$/,
    ],
  ])('says so in one line and exits with 1: %j', async (args, message) => {
    const { code, stderr } = await runCli(args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
  });
});

describe('report cost', () => {
  it('prints a table for people', async () => {
    const { stdout } = await runCli(['report', 'cost', '--data', directory.path, '--by', 'team']);
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'Cost, from the beginning to now',
      '─'.repeat(72),
      'team   requests  errors  input tokens  output tokens  cost USD  unpriced',
      '─'.repeat(72),
      'b             1       1         3,000              0    0.0075         0',
      'a             2       0         1,007            100    0.0035         1',
      '─'.repeat(72),
      'total         3       1         4,007            100     0.011         1',
      '1 request has no known price and is not in the cost.',
      '',
    ]);
  });
});

describe('the description of the API', () => {
  it('names every route, the event and the errors', async () => {
    const { body } = await get('/openapi.json');
    const { paths } = body as {
      paths: Record<string, { post?: { requestBody: { content: Record<string, unknown> } } }>;
    };
    await expect(`${Object.keys(paths).toSorted().join('\n')}\n`).toMatchFileSnapshot('routes.txt');
    const content = paths['/v1/events']?.post?.requestBody.content;
    expect(Object.keys(content ?? {})).toEqual(['application/json', 'application/x-ndjson']);
    expect(JSON.stringify(content)).toContain('"cache_write_1h_tokens"');
  });
});

describe('health', () => {
  it('has the shape that was asked for, and becomes healthy', async () => {
    await expect
      .poll(async () => ((await get('/health')).body as { status: string }).status, { timeout: 20_000 })
      .toBe('healthy');
    const { status, body } = await get('/health');
    expect(status).toBe(200);
    const check = {
      component: expect.any(String),
      status: 'healthy',
      message: expect.any(String),
      last_check: expect.any(String),
      duration_ms: expect.any(Number),
    };
    expect(body).toMatchObject({
      status: 'healthy',
      service: 'custom-metrics',
      metrics_collected: true,
      timestamp: expect.stringMatching(/Z$/),
      uptime_seconds: expect.any(Number),
      checks: { journal: check, ledger: check, disk_space: check },
    });
  });
});

describe('beyond loopback and without tokens', () => {
  it('boots with the file that was asked for, and answers monitoring only', async () => {
    const data = temporaryDirectory();
    const file = join(data.path, 'config.yaml');
    writeFileSync(
      file,
      `service: { name: custom-metrics, port: 9091, host: "0.0.0.0", workers: 2 }
metrics: { collection_interval: 15, retention_days: 90, compression_enabled: true, backup_enabled: true, archival_enabled: true }
business_intelligence: { enabled: true, revenue_per_request: 0.01, cost_per_request: 0.005, user_satisfaction_weight: 0.3, performance_weight: 0.4, cost_efficiency_weight: 0.3 }
cost_analysis: { enabled: true, model_cost_tracking: true, resource_utilization_tracking: true, optimization_recommendations: true }
user_analytics: { enabled: true, adoption_tracking: true, usage_pattern_analysis: true, satisfaction_metrics: true }
performance: { memory_limit_gb: 1, cpu_cores: 2, log_level: INFO }
monitoring: { prometheus_endpoint: "http://HOST:9090", grafana_endpoint: "http://HOST:3000", sql_database_endpoint: "HOST:5432", metrics_server_endpoint: "HOST:9093" }
`,
    );
    const exposed = await startServer(join(data.path, 'data'), { args: ['--config', file] });
    try {
      const status = async (path: string, method = 'GET'): Promise<number> =>
        (await fetch(`${exposed.url}${path}`, { method })).status;
      for (const path of ['/metrics', '/metrics/business', '/health', '/livez'])
        expect([path, await status(path)]).toEqual([path, 200]);
      for (const path of [
        '/',
        '/api/v1/costs',
        '/api/v1/export/events',
        '/api/v1/retention',
        '/api/v1/verify',
        '/openapi.json',
        '/nothing',
        '/v1/events',
        '/metrics/x',
      ]) {
        expect([path, await status(path)]).toEqual([path, 401]);
      }
      expect(await status('/v1/events', 'POST')).toBe(401);
    } finally {
      await exposed.stop();
      data.remove();
    }
  });
});

describe('the audit log', () => {
  it('accounts for the start and the stop', async () => {
    const data = temporaryDirectory();
    const audited = await startServer(data.path);
    await audited.stop();
    const { stdout } = await runCli(['audit', 'list', '--data', data.path, '--json']);
    expect(stdout).toMatch(/server\.started[\s\S]*config\.loaded[\s\S]*server\.stopped/);
    expect((await runCli(['audit', 'verify', '--data', data.path])).code).toBe(0);
    expect(readFileSync(join(data.path, 'state.db')).length).toBeGreaterThan(0);
    data.remove();
  });
});

describe('GET /metrics', () => {
  const scrape = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ type: string | null; text: string }> => {
    const response = await fetch(`${server.url}${path}`, { headers });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  it('speaks the format that the scraper prefers', async () => {
    expect((await scrape('/metrics')).type).toMatch(/^text\/plain; version=0\.0\.4/);
    const open = await scrape('/metrics', { accept: 'application/openmetrics-text; version=1.0.0' });
    expect(open.type).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(open.text).toMatch(/# EOF\n$/);
    expect((await scrape('/metrics', { 'accept-encoding': 'gzip' })).text).toContain('llm_requests_total');
  });

  it('gives only the families that are asked for', async () => {
    const { text } = await scrape('/metrics?name[]=llm_requests_total&name[]=llm_cost_usd_total');
    expect([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1])).toEqual([
      'llm_requests_total',
      'llm_cost_usd_total',
    ]);
  });

  it('gives business figures at an address of their own', async () => {
    const { text } = await scrape('/metrics/business');
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? '');
    expect(names).toContain('business_revenue_usd_total');
    expect(names.every((name) => /^(?:business|cost|users)_/.test(name))).toBe(true);
    expect((await scrape('/metrics/business?name[]=llm_requests_total')).text).not.toContain(
      'llm_requests_total',
    );
  });
});
