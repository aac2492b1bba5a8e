/** Backends compared by a running server, and for a terminal. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
  const event = (n: number, backend: string, status: string) => ({
    id: `${backend}-${n}`,
    timestamp: '2026-11-01T10:00:00Z',
    provider: 'openai',
    model: 'gpt-4o',
    backend_id: backend,
    algorithm: 'round_robin',
    status,
    // A failure at once does not make a backend fast.
    latency_ms: status === 'success' ? 100 + n : 1,
    cost_usd: backend === 'a' ? '0.5' : '0.25',
    quality_score: 0.5,
  });
  const many = (count: number, backend: string, failures: number) =>
    Array.from({ length: count }, (_none, n) => event(n, backend, n < failures ? 'error' : 'success'));
  await post(server.url, [
    ...many(30, 'a', 0),
    ...many(10, 'b', 5),
    // Neither the next day nor what went to no backend counts.
    { ...event(99, 'a', 'error'), timestamp: '2026-11-02T00:00:00Z' },
    { ...event(98, '', 'error'), backend_id: undefined },
  ]);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

const DAY = 'from=2026-11-01&to=2026-11-02';

async function get(query: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${server.url}/api/v1/backends?${query}`);
  return { status: response.status, body: await response.json() };
}

describe('GET /api/v1/backends', () => {
  it('ranks backends, scores algorithms, and tells how evenly load fell', async () => {
    const { status, body } = await get(DAY);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-02T00:00:00Z',
      model: null,
      ranked_by: 'success',
      requests: 40,
      truncated: false,
      backends: [
        {
          backend: 'a',
          share: 0.75,
          requests: 30,
          success: { value: 1, high: 1, requests: 30 },
          latency_ms: { value: 114.5, requests: 30 },
          cost_usd: '15.00',
          cost_per_request_usd: { value: 0.5, low: 0.5, high: 0.5, requests: 30 },
          rank: {
            success: { best: 1, worst: 1 },
            latency: { best: 2, worst: 2 },
            cost: { best: 2, worst: 2 },
          },
        },
        {
          backend: 'b',
          success: { value: 0.5, requests: 10 },
          latency_ms: { value: 107, requests: 5 },
          cost_usd: '2.50',
          rank: { cost: { best: 1, worst: 1 } },
        },
      ],
      // 35 of 40 succeeded, with a score of one half.
      algorithms: [{ algorithm: 'round_robin', requests: 40, effectiveness_score: 0.4375 }],
      distribution: { score: 0.8, coefficient_of_variation: 0.5, backends: 2 },
    });
  });

  it('goes by another measure, a model and capacities', async () => {
    const { body } = await get(`${DAY}&rank=cost&model=gpt-4o&capacity=a=3,b=1`);
    expect(body).toMatchObject({
      model: 'gpt-4o',
      backends: [{ backend: 'b' }, { backend: 'a' }],
      distribution: { score: 1, coefficient_of_variation: 0 },
    });
  });

  it.each(['rank=speed', 'capacity=a', 'hours=-1', 'other=1'])('refuses %s', async (query) => {
    expect((await get(query)).status).toBe(400);
  });

  it('is a report for terminals', async () => {
    const run = promisify(execFile);
    const args = ['report', 'backends', '--from', '2026-11-01', '--to', '2026-11-02', '--rank', 'cost'];
    const { stdout } = await run(process.execPath, [cli, ...args, '--data', directory.path]);
    expect(stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      'Backends by cost, 2026-11-01T00:00:00Z to 2026-11-02T00:00:00Z',
      '',
      'place backend share requests success % latency ms p95 cost USD a request',
      expect.stringMatching(
        /^1 b 25\.0 % 10 50\.00 \(23\.66–76\.34\) 107 \(105–109\) \d+ 2\.5000 0\.250000 \(0\.250000–0\.250000\)$/,
      ),
      expect.stringMatching(/^2 a 75\.0 % 30 100\.00 \(88\.65–100\.00\) 115 \(111–118\) \d+ 15\.0000 /),
      '',
      'algorithm effectiveness quality requests success % latency ms p95 cost USD a request',
      expect.stringMatching(/^round_robin 0\.438 0\.500 40 87\.50 /),
      '',
      'Distribution over 2 backends: 0.800 (1 is even), coefficient of variation 0.500.',
      'In brackets: 95 % intervals. Backends whose intervals overlap share places.',
      '',
    ]);
    const json = await run(process.execPath, [cli, ...args, '--format', 'json', '--data', directory.path]);
    expect(JSON.parse(json.stdout)).toEqual((await get(`${DAY}&rank=cost`)).body);
  });
});
