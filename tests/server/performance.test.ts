import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
  const event = {
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: 1000,
    output_tokens: 100,
    cost_usd: '0.5',
  };
  await post(server.url, [
    // The period before has two requests, in half as many hours.
    { ...event, id: '0', timestamp: '2026-10-31T12:00:00Z', latency_ms: 100, ttft_ms: 10 },
    { ...event, id: '00', timestamp: '2026-10-31T01:00:00Z', latency_ms: 100, ttft_ms: 10 },
    { ...event, id: '1', timestamp: '2026-11-01T00:00:00Z', latency_ms: 100, backend_id: 'a', user_id: 'u1' },
    {
      ...event,
      id: '2',
      timestamp: '2026-11-01T10:00:00Z',
      latency_ms: 300,
      backend_id: 'b',
      user_id: 'u2',
      status: 'error',
    },
    {
      ...event,
      id: '3',
      timestamp: '2026-11-01T23:59:59.999Z',
      backend_id: 'b',
      user_id: 'u2',
      cache_read_tokens: 600,
      latency_ms: 300,
    },
    { id: '4', timestamp: '2026-11-01T12:00:00Z', provider: 'nobody', model: 'none', ttft_ms: 7.5 },
    // The next day is not asked for.
    { ...event, id: '5', timestamp: '2026-11-02T00:00:00Z', latency_ms: 1 },
  ]);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

const DAY = 'from=2026-11-01&to=2026-11-02';

async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: await response.json() };
}

/** A percentile as a sketch has it. */
const near = (value: number) => expect.closeTo(value, Math.floor(-Math.log10(value * 0.01 * 2)));

const none = { avg: null, p50: null, p90: null, p95: null, p99: null, max: null };

describe('GET /api/v1/performance', () => {
  it('has the figures of each group, of all, and of the period before', async () => {
    const { status, body } = await get(`/api/v1/performance?by=backend_id&${DAY}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-02T00:00:00Z',
      by: ['backend_id'],
      truncated: false,
      rows: [
        {
          key: { backend_id: 'b' },
          requests: 2,
          errors: 1,
          error_ratio: 0.5,
          cost_usd: '1.00',
          cached_tokens: 600,
        },
        { key: { backend_id: '' }, requests: 1, cost_usd: '0.00', unpriced_requests: 1, latency_ms: none },
        { key: { backend_id: 'a' }, requests: 1, errors: 0, error_ratio: 0, cost_usd: '0.50', ttft_ms: none },
      ],
      total: {
        requests: 4,
        errors: 1,
        requests_per_second: 4 / 86_400,
        input_tokens: 3000,
        output_tokens: 300,
        tokens_per_second: 3300 / 86_400,
        cost_usd: '1.50',
        unpriced_requests: 1,
        latency_ms: { avg: 700 / 3, p50: near(300), p99: near(300), max: 300 },
        ttft_ms: { avg: 7.5, p50: near(7.5), max: 7.5 },
      },
      previous: {
        from: '2026-10-31T00:00:00Z',
        to: '2026-11-01T00:00:00Z',
        total: { requests: 2, errors: 0, cost_usd: '1.00' },
        comparable: true,
      },
    });
  });

  it('goes by time as well', async () => {
    const { body } = await get(`/api/v1/performance?by=hour&${DAY}`);
    expect(
      (body as { rows: { key: object; requests: number }[] }).rows.map(({ key, requests }) => [
        key,
        requests,
      ]),
    ).toEqual([
      [{ hour: '2026-11-01T00:00:00Z' }, 1],
      [{ hour: '2026-11-01T10:00:00Z' }, 1],
      [{ hour: '2026-11-01T12:00:00Z' }, 1],
      [{ hour: '2026-11-01T23:00:00Z' }, 1],
    ]);
  });

  it.each(['by=id', 'hours=-1', 'from=2999-01-01', 'other=1'])('refuses %s', async (query) => {
    expect((await get(`/api/v1/performance?${query}`)).status).toBe(400);
  });

  it('is a report for terminals', async () => {
    const run = promisify(execFile);
    const args = [
      'report',
      'performance',
      '--by',
      'backend_id',
      '--from',
      '2026-11-01',
      '--to',
      '2026-11-02',
    ];
    const { stdout } = await run(process.execPath, [cli, ...args, '--data', directory.path]);
    const lines = stdout.split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(lines[0]).toBe('Performance, 2026-11-01T00:00:00Z to 2026-11-02T00:00:00Z');
    expect(lines.find((line) => line.startsWith('before '))).toMatch(/^before 2 0 \(0\.0 %\)/);
    expect(lines.find((line) => line.startsWith('b '))).toMatch(
      /^b 2 1 \(50\.0 %\) 0\.0000231 \d+ \d+ \d+ – – 0\.0255 1\.0000$/,
    );
    expect(lines.find((line) => line.startsWith('(none)'))).toMatch(
      /^\(none\) 1 0 \(0\.0 %\) 0\.0000116 – – – 7\.\d 7\.\d 0\.00 unknown$/,
    );
    const json = await run(process.execPath, [cli, ...args, '--format', 'json', '--data', directory.path]);
    expect(JSON.parse(json.stdout)).toMatchObject(
      (await get(`/api/v1/performance?by=backend_id&${DAY}`)).body as object,
    );
  });
});

describe('GET /api/v1/overview', () => {
  it('sets a period beside the one before, and names who has most of it', async () => {
    const { status, body } = await get(`/api/v1/overview?${DAY}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total: { requests: 4, cost_usd: '1.50' },
      previous: { total: { requests: 2 }, comparable: true },
      change: {
        requests: 1,
        errors: null,
        cost_usd: 0.5,
        total_tokens: 0.5,
        latency_p95_ms: expect.closeTo(2, 1),
      },
      top: {
        models: [
          { key: { provider: 'openai', model: 'gpt-4o' }, requests: 3, cost_usd: '1.50' },
          { key: { provider: 'nobody', model: 'none' }, requests: 1, cost_usd: '0.00' },
        ],
        backends: [{ key: { backend_id: 'b' } }, { key: { backend_id: '' } }, { key: { backend_id: 'a' } }],
        users: [
          { key: { user_id: 'u2' }, requests: 2, errors: 1, cost_usd: '1.00' },
          { key: { user_id: 'u1' }, requests: 1, errors: 0, cost_usd: '0.50' },
        ],
      },
    });
  });

  it('says nothing of changes where the ledger reaches back too short, or has too little of what was before', async () => {
    const reached = await get('/api/v1/overview?from=2026-10-31T12:00:00Z&to=2026-11-01T12:00:00Z');
    expect(reached.body).toMatchObject({
      total: { requests: 3 },
      previous: { total: { requests: 1 }, comparable: false },
      change: { requests: null, cost_usd: null, latency_p95_ms: null },
    });
    // Five hours with requests against two.
    const sparse = await get('/api/v1/overview?from=2026-11-01&to=2026-11-02T00:00:01Z');
    expect(sparse.body).toMatchObject({
      total: { requests: 5 },
      previous: { total: { requests: 2 }, comparable: false },
      change: { requests: null },
    });
  });

  it.each([
    // The first request of the period before comes late in it, but the ledger has some from before; one hour of either has requests.
    ['from=2026-11-01T10:30:00Z&to=2026-11-01T13:30:00Z', 1, 0],
    // As many hours as half of those that the period touches: how many of them have requests does not matter.
    ['from=2026-11-01T11:00:00Z&to=2026-11-01T12:30:00Z', 1, 0],
    ['from=2026-11-01T10:00:00Z&to=2026-11-01T20:00:00Z', 2, 1],
  ])('compares with a period that has enough, whatever tells so: %s', async (range, requests, change) => {
    const { body } = await get(`/api/v1/overview?${range}`);
    expect(body).toMatchObject({
      total: { requests },
      previous: { total: { requests: 1 }, comparable: true },
      change: { requests: change },
    });
  });

  it('tells a period before that has no requests as any other without', async () => {
    const { body } = await get('/api/v1/overview?from=2026-11-01T05:00:00Z&to=2026-11-01T09:00:00Z');
    const same = await get('/api/v1/performance?from=2026-11-01T01:00:00Z&to=2026-11-01T05:00:00Z');
    const { total } = same.body as { total: object };
    expect(total).toMatchObject({ requests: 0, cost_usd: '0.00', latency_ms: none });
    expect((body as { previous: object }).previous).toEqual({
      from: '2026-11-01T01:00:00Z',
      to: '2026-11-01T05:00:00Z',
      total,
      comparable: false,
    });
  });

  it('is of the last day if no period is named', async () => {
    const { body } = await get('/api/v1/overview');
    expect(body).toMatchObject({
      total: { requests: 0, error_ratio: null, latency_ms: none },
      top: { users: [] },
    });
  });
});
