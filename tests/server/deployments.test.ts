/** Deployment markers by HTTP and by the command line, over restarts; and business figures of a real server. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../metrics/prometheus-server.ts';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

async function send(body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}/api/v1/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('deployments', () => {
  const marker = {
    id: 'run-7',
    service: 'chat',
    version: 'v7',
    environment: 'production',
    at: '2026-11-01T10:00:00Z',
    annotations: { commit: 'abc', author: 'kim' },
  };

  it('are marked once by their id', async () => {
    expect(await send(marker)).toMatchObject({
      status: 201,
      body: { ...marker, at: '2026-11-01T10:00:00.000Z', duplicate: false },
    });
    const again = { ...marker, annotations: { author: 'kim', commit: 'abc' } };
    expect(await send(again)).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(await send({ ...marker, version: 'v8' })).toMatchObject({
      status: 409,
      body: { error: { code: 'deployment_conflict' } },
    });
    const { at: _at, ...undated } = { ...marker, id: 'run-8' };
    const first = await send(undated);
    expect(await send(undated)).toMatchObject({ status: 200, body: { at: first.body['at'] } });
  });

  it('are refused where something is wrong', async () => {
    for (const wrong of [
      '{',
      '[]',
      {},
      { service: 'a' },
      { service: 'a', version: '' },
      { service: 'a', version: 'b\nc' },
      { service: 'a', version: 'b', at: 'yesterday' },
      { service: 'a', version: 'b', at: '2999-01-01T00:00:00Z' },
      { service: 'a', version: 'b', annotations: { x: 1 } },
      { service: 'a', version: 'b', color: 'red' },
    ]) {
      const { status } = await send(wrong);
      expect([wrong, status]).toEqual([wrong, 400]);
    }
    expect((await get('/api/v1/deployments')).body['deployments']).toHaveLength(2);
  });

  it('are listed by time, service and environment', async () => {
    await send({ id: 'old', service: 'search', version: '1', at: Date.UTC(2026, 9, 1) });
    const ids = async (query: string): Promise<unknown[]> => {
      const { body } = await get(`/api/v1/deployments?${query}`);
      return (body['deployments'] as { id: string }[]).map(({ id }) => id);
    };
    expect(await ids('')).toEqual(['run-8', 'run-7', 'old']);
    expect(await ids('service=search')).toEqual(['old']);
    expect(await ids('environment=production&to=2026-11-02')).toEqual(['run-7']);
    expect(await ids('from=2026-09-01&to=2026-11-01T10:00:00Z')).toEqual(['old']);
    expect((await get('/api/v1/deployments?limit=1')).body['truncated']).toBe(true);
    expect((await get('/api/v1/deployments/run-7')).body).toMatchObject({ version: 'v7' });
    expect((await get('/api/v1/deployments/none')).status).toBe(404);
  });

  it('are on the command line', async () => {
    const add = ['deployments', 'add', '--service', 'chat', '--version', 'v9', '--id', 'run-9'];
    const more = ['--at', '2026-11-02T00:00:00Z', '--annotation', 'commit=def', '--url', server.url];
    const first = await runCli([...add, ...more]);
    expect(first.stdout).toBe('Marked: chat v9 at 2026-11-02T00:00:00.000Z, id run-9\n');
    expect((await runCli([...add, ...more])).stdout).toMatch(/^Known already: chat v9/);
    const list = await runCli(['deployments', 'list', '--service', 'chat', '--url', server.url]);
    expect(list.stdout).toMatch(/^2026-11-02T00:00:00.000Z +chat +v9 +run-9 +commit=def$/m);
  });

  it('outlive a restart, are audited, and show their newest version', async () => {
    expect(await metric(server.url, 'custom_metrics_deployments_total', { service: 'chat' })).toBe(3);
    await server.kill();
    const offline = await runCli(['deployments', 'list', '--data', directory.path, '--json']);
    expect(JSON.parse(offline.stdout)).toMatchObject({ deployments: [{ id: 'run-8' }, {}, {}, {}] });
    server = await startServer(directory.path);
    const newest = { service: 'chat', environment: '', version: 'v9' };
    expect(await metric(server.url, 'custom_metrics_deployment_timestamp_seconds', newest)).toBe(
      Date.UTC(2026, 10, 2) / 1000,
    );
    const audit = await runCli(['audit', 'list', '--data', directory.path, '--json']);
    expect(audit.stdout.match(/deployment\.added/g)?.length).toBe(4);
  });
});

describe('business figures', () => {
  it('are answered by HTTP and by the command line, and shown for windows', async () => {
    const nowMs = Date.now();
    const event = { provider: 'openai', model: 'x', application: 'chat', timestamp: nowMs - 60_000 };
    await post(server.url, [
      { ...event, id: '1', user_id: 'u1', cost_usd: '0.5', revenue_usd: '2', satisfaction_score: 0.5 },
      { ...event, id: '2', user_id: 'u2', cost_usd: '0.5', status: 'error' },
      {
        ...event,
        id: '3',
        user_id: 'u1',
        cost_usd: '1',
        revenue_usd: '1',
        timestamp: nowMs - 3 * 86_400_000,
      },
    ]);
    const { body } = await get('/api/v1/business?hours=24&by=application');
    const figures = { requests: 2, users: 2, revenue_usd: '2.01', cost_usd: '1.00', roi: 1.01 };
    expect(body).toMatchObject({
      by: ['application'],
      rows: [{ key: { application: 'chat' }, ...figures }],
      total: figures,
      adoption: { active_users: 2, new_users: 1, returning_users: 1 },
      satisfaction: { explicit: { rated_requests: 1, satisfaction_score: 0.5 } },
    });
    const cli = await runCli([
      'report',
      'business',
      '--hours',
      '24',
      '--url',
      server.url,
      '--format',
      'json',
    ]);
    expect(JSON.parse(cli.stdout)).toMatchObject({ total: figures });
    const text = await runCli(['report', 'business', '--hours', '24', '--url', server.url]);
    expect(text.stdout).toMatch(/^chat +2 +2 +\$2\.0100 +\$1\.0000 +\$1\.0100 +101\.0 % +50\.0 % +50\.0 %/m);
    expect((await get('/api/v1/business?by=secret')).status).toBe(400);
    // The windows are read at the start, and then once a minute.
    await server.stop();
    server = await startServer(directory.path);
    const roi = await eventually('the figures of windows', async () => {
      const value = await metric(server.url, 'business_roi_window_ratio', { window: '24h' });
      return value === 0 ? undefined : value;
    });
    expect(roi).toBe(1.01);
    expect(await metric(server.url, 'users_new', { window: '24h' })).toBe(1);
    expect(await metric(server.url, 'users_returning_ratio', { window: '24h' })).toBe(0.5);
    expect(await metric(server.url, 'business_user_adoption_ratio', { application: 'chat' })).toBe(1);
    const business = await (await fetch(`${server.url}/metrics/business`)).text();
    expect(business).toContain('business_roi_window_ratio{window="7d"} ');
  });
});
