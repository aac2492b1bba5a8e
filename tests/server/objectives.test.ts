/** Objectives of a real server: over its ledger and over a real Prometheus, by HTTP and by the command line. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasProgram, PrometheusServer } from '../metrics/prometheus-server.ts';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const MINUTE_MS = 60_000;

async function get(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const configuration = `alerts: { evaluation_interval: 1 }
objectives:
  items:
    - { id: available, kind: availability, target_percent: 99, window: 7d, agreement: true, per: backend }
    - { id: quick, kind: latency, threshold_ms: 500, target_percent: 90 }
    - { id: liked, kind: satisfaction, threshold: 0.6, target_percent: 50 }
  files: [more-*.yaml]
`;
const more = `objectives:
  - { id: cheap, kind: cost, threshold_usd: 0.01, target_percent: 50 }
`;

describe('the objectives of a server', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'bellwether.yaml');
  const options = { args: ['--config', file] };
  let server: RunningServer;
  const nowMs = Date.now();
  const events = Array.from({ length: 100 }, (_none, n) => ({
    id: `e${n}`,
    timestamp: nowMs - 2 * MINUTE_MS + n,
    provider: 'openai',
    model: 'x',
    backend_id: n < 60 ? 'b1' : 'b2',
    status: n < 30 ? 'error' : 'success',
    latency_ms: n < 95 ? 400 : 600,
    cost_usd: n < 40 ? '0.01' : '0.010000000001',
  }));

  beforeAll(async () => {
    writeFileSync(file, configuration);
    writeFileSync(join(directory.path, 'more-costs.yaml'), more);
    server = await startServer(directory.path, options);
    await post(server.url, events);
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  it('stand as what was acknowledged makes them', async () => {
    const { status, body } = await get(`${server.url}/api/v1/objectives`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      objectives: [
        {
          id: 'available',
          type: 'sla',
          target_percent: 99,
          window: '7d',
          entries: [
            {
              key: { backend: 'b1' },
              total: 60,
              good: 30,
              bad: 30,
              compliance_percent: 50,
              met: false,
              error_budget: { allowed: 0.6, spent_percent: 5000, remaining_percent: -4900 },
              violated: ['budget-exhausted', 'page-1h', 'page-6h'],
            },
            { key: { backend: 'b2' }, total: 40, good: 40, met: true, violated: [] },
          ],
        },
        { id: 'quick', threshold: '500', entries: [{ total: 70, good: 65, met: true }] },
        { id: 'liked', entries: [{ total: 0, met: null, violated: [] }] },
        { id: 'cheap', threshold: '0.01', entries: [{ total: 100, good: 40, met: false }] },
      ],
    });
  });

  it('count late events, and duplicates once', async () => {
    const late = { ...events[0], id: 'late', timestamp: nowMs - 26 * 3_600_000, backend_id: 'b2' };
    await post(server.url, [late, events[99]]);
    const { body } = await get(`${server.url}/api/v1/objectives/available`);
    expect(body).toMatchObject({
      entries: [{ total: 60 }, { key: { backend: 'b2' }, total: 41, good: 40 }],
    });
  });

  it('take ratings that are given afterwards', async () => {
    const liked = async (id: string, score: number): Promise<unknown> => {
      await fetch(`${server.url}/v1/feedback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ request_id: id, satisfaction_score: score }),
      });
      return (await get(`${server.url}/api/v1/objectives/liked`)).body;
    };
    expect(await liked('e1', 0.6)).toMatchObject({ entries: [{ total: 1, good: 1 }] });
    expect(await liked('e2', 0.5)).toMatchObject({ entries: [{ total: 2, good: 1 }] });
    expect(await liked('e1', 0.1)).toMatchObject({ entries: [{ total: 2, good: 0 }] });
  });

  it('show in the exposition, and count each violation once', async () => {
    const { url } = server;
    expect(await metric(url, 'load_balancer_sla_compliance_percent', { sla: 'available/b1' })).toBe(50);
    expect(await metric(url, 'load_balancer_slo_error_budget_remaining_ratio', { slo: 'quick' })).toBeCloseTo(
      1 - 5 / 7,
      12,
    );
    await get(`${url}/api/v1/slos`);
    const violations = (labels: Record<string, string>) =>
      metric(url, 'load_balancer_sla_violations_total', labels);
    // The agreement's budget and its pair of an hour; the pair of six hours.
    expect(await violations({ kind: 'availability', severity: 'critical' })).toBe(2);
    expect(await violations({ kind: 'availability', severity: 'high' })).toBe(1);
    expect(await metric(url, 'load_balancer_sla_availability_violations_total', { backend: 'b1' })).toBe(3);
  });

  it('alert by the ready-made rules', async () => {
    const raised = await eventually('the alerts', async () => {
      const { body } = await get(`${server.url}/api/v1/alerts`);
      const alerts = body['alerts'] as { rule: string; labels: Record<string, string> }[];
      const found = alerts.filter(({ rule }) => rule.startsWith('objective-'));
      return found.length < 5 ? undefined : found;
    });
    const about = raised.map(
      ({ rule, labels }) => `${rule} ${labels['objective']}/${labels['backend'] ?? ''}`,
    );
    expect(new Set(about)).toEqual(
      new Set([
        'objective-page-1h available/b1',
        'objective-page-6h available/b1',
        'objective-missed available/b1',
        'objective-missed cheap/',
        'objective-ticket-3d cheap/',
      ]),
    );
  });

  it('are reported over the history, with their violations', async () => {
    const { body } = await get(`${server.url}/api/v1/objectives/available/compliance?hours=48&by=month`);
    expect(body).toMatchObject({
      id: 'available',
      by: 'month',
      totals: [
        { key: { backend: 'b1' }, total: 60, good: 30, met: false },
        { key: { backend: 'b2' }, total: 41, good: 40, met: false },
      ],
    });
    const { violations } = body as { violations: { condition: string; ended_at: string | null }[] };
    expect(violations.map(({ condition }) => condition).toSorted()).toEqual([
      'budget-exhausted',
      'page-1h',
      'page-6h',
    ]);
    const all = await get(`${server.url}/api/v1/sla?from=2026-01-01&by=quarter`);
    expect((all.body['objectives'] as { id: string }[]).map(({ id }) => id)).toEqual([
      'available',
      'quick',
      'liked',
      'cheap',
    ]);
  });

  it('are shown on the command line', async () => {
    const list = await runCli(['objectives', 'list', '--url', server.url]);
    expect(list.stdout).toMatch(
      /^available +b1 +99 % +7d +30 +60 +50 % +-4900 % +budget-exhausted, page-1h/m,
    );
    const show = await runCli(['objectives', 'show', 'quick', '--url', server.url]);
    expect(show.stdout).toMatch(/^ +page-1h +14\.4 +/m);
    const ask = ['objectives', 'compliance', 'cheap', '--hours', '48', '--json'];
    const history = await runCli([...ask, '--url', server.url]);
    expect(JSON.parse(history.stdout)).toMatchObject({ objectives: [{ totals: [{ total: 101 }] }] });
  });

  it('refuse what they do not know', async () => {
    for (const [path, status] of [
      ['objectives/nothing', 404],
      ['objectives/nothing/compliance', 404],
      ['objectives/quick/compliance?by=hour', 400],
      ['objectives/quick/compliance?from=x', 400],
      ['objectives/quick/compliance?from=1990-01-01&by=day', 400],
      ['objectives/violations?limit=1', 400],
    ] as const)
      expect([path, (await get(`${server.url}/api/v1/${path}`)).status]).toEqual([path, status]);
  });

  it('go on with their violations after a crash, and do not begin them again', async () => {
    await server.kill();
    server = await startServer(directory.path, options);
    const { body } = await get(`${server.url}/api/v1/objectives/available`);
    expect(body).toMatchObject({ entries: [{ total: 60, good: 30 }, { total: 41 }] });
    expect((body['violations'] as unknown[]).length).toBe(3);
    expect(await metric(server.url, 'load_balancer_sla_violations_total')).toBe(0);
    await server.stop();
    const ask = ['objectives', 'show', 'quick', '--json'];
    const offline = await runCli([...ask, '--config', file, '--data', directory.path]);
    expect(JSON.parse(offline.stdout)).toMatchObject({ id: 'quick', entries: [{ total: 70, good: 65 }] });
    const audit = await runCli(['audit', 'list', '--data', directory.path, '--json']);
    expect(audit.stdout.match(/objective\.defined/g)?.length).toBe(4);
    server = await startServer(directory.path, options);
  });

  it('change at a reload, and keep what has not changed', async () => {
    const reload = () => runCli(['reload', '--config', file, '--data', directory.path]);
    writeFileSync(file, `${configuration}  # and something that is wrong\n  other: 1\n`);
    expect((await reload()).code).toBe(1);
    writeFileSync(join(directory.path, 'more-costs.yaml'), more.replace('0.01', '0.02'));
    writeFileSync(file, configuration.replace('threshold_ms: 500', 'threshold_ms: 700'));
    expect((await reload()).code).toBe(0);
    const { body } = await get(`${server.url}/api/v1/objectives`);
    expect(body).toMatchObject({
      objectives: [
        { id: 'available', entries: [{ total: 60, good: 30 }, { total: 41 }] },
        { id: 'quick', entries: [{ total: 70, good: 70 }] },
        { id: 'liked' },
        { id: 'cheap', entries: [{ total: 101, good: 101 }] },
      ],
    });
    writeFileSync(file, 'objectives: []\n');
    expect((await reload()).code).toBe(0);
    expect((await get(`${server.url}/api/v1/objectives`)).body).toEqual({ objectives: [] });
    const { body: past } = await get(`${server.url}/api/v1/objectives/violations`);
    const violations = past['violations'] as { ended_at: string | null }[];
    expect(violations.length).toBeGreaterThan(3);
    expect(violations.filter(({ ended_at: ended }) => ended === null)).toEqual([]);
    expect(await metric(server.url, 'load_balancer_sla_compliance_percent')).toBe(0);
  });

  it('say what is wrong with a file of theirs', async () => {
    const wrong = join(directory.path, 'wrong.yaml');
    writeFileSync(wrong, 'objectives: [{ id: a, kind: latency, target_percent: 95 }]\n');
    const { code, stderr } = await runCli(['objectives', 'check', wrong]);
    expect(code).toBe(1);
    expect(stderr).toContain('item 1: threshold_ms');
    const right = await runCli(['objectives', 'check', join(directory.path, 'more-costs.yaml')]);
    expect(right.stdout).toMatch(/^OK: bellwether, 1 objective\b/);
  });
});

describe.skipIf(!hasProgram('prometheus', '--version'))('an objective over a Prometheus', () => {
  it('is asked for every window', async () => {
    const directory = temporaryDirectory();
    const file = join(directory.path, 'bellwether.yaml');
    const prometheus = await PrometheusServer.start('scrape_configs: []\n');
    try {
      writeFileSync(
        file,
        `monitoring: { prometheus_endpoint: "${prometheus.url}" }
objectives:
  - { id: counted, kind: promql, target_percent: 99, bad_query: "vector(2) + 0 * time() + 0 * avg_over_time(vector(1)[$window:1m])", total_query: "vector(100) + 0 * avg_over_time(vector(1)[$window:1m])" }
  - { id: shared, kind: promql, target_percent: 90, good_ratio_query: "vector(0.95) + 0 * avg_over_time(vector(1)[$window:1m])" }
  - { id: broken, kind: promql, target_percent: 90, bad_ratio_query: "sum($window" }
`,
      );
      const server = await startServer(directory.path, { args: ['--config', file] });
      try {
        const found = await eventually('the objectives', async () => {
          const { status, body } = await get(`${server.url}/api/v1/objectives`);
          return status === 200 ? (body['objectives'] as Record<string, unknown>[]) : undefined;
        });
        expect(found).toMatchObject([
          {
            id: 'counted',
            problem: null,
            entries: [
              {
                total: 100,
                good: 98,
                bad: 2,
                met: false,
                burn_rates: [
                  { name: 'page-1h', long_rate: 2, short_rate: 2 },
                  {},
                  {},
                  { name: 'ticket-3d', burning: true },
                ],
              },
            ],
          },
          { id: 'shared', entries: [{ total: null, compliance_percent: 95, met: true }] },
          { id: 'broken', entries: [] },
        ]);
        expect(String(found[2]?.['problem'])).toContain('parse error');
      } finally {
        await server.stop();
      }
    } finally {
      await prometheus.stop();
      directory.remove();
    }
  });
});
