/** Alert rules over what will be: of spend, budgets, capacity and the disk, with the real server. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SizeHistory, sizesStatePart } from '../../packages/server/src/analysis/size-history.ts';
import { systemClock } from '../../packages/server/src/clock.ts';
import { openStateDatabase } from '../../packages/server/src/state/state-database.ts';
import { eventually } from '../metrics/prometheus-server.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GIB = 2 ** 30;

interface Alert {
  readonly rule: string;
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly summary: string;
}

/** Sixty days of a team whose requests grow by two a day, a dollar each. */
function traffic(nowMs: number): object[] {
  const todayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  return Array.from({ length: 60 }, (_none, day) =>
    Array.from({ length: 2 * day }, (_request, n) => ({
      id: `${day}-${n}`,
      timestamp: todayMs - (60 - day) * DAY_MS + n * 60_000,
      provider: 'openai',
      model: 'gpt-5',
      team: 'search',
      cost_usd: 1,
    })),
  ).flat();
}

describe('alert rules over forecasts', () => {
  const directory = temporaryDirectory();
  const data = join(directory.path, 'data');
  const file = join(directory.path, 'bellwether.yaml');
  const nowMs = Date.now();
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer(data, { environment: { BELLWETHER_ALERTS_ENABLED: 'false' } });
    await post(server.url, traffic(nowMs), { query: '?live=false' });
    await server.stop();
    const state = openStateDatabase({ dataDir: data, clock: systemClock, parts: [sizesStatePart] });
    const history = new SizeHistory(state);
    // A ledger that took three GiB a day, on a disk with thirty left.
    for (let hour = 24 * 20; hour > 0; hour -= 1)
      history.add({
        atMs: nowMs - hour * HOUR_MS + 60_000,
        ledgerBytes: Math.round(200 * GIB - (hour * GIB) / 8),
        availableBytes: 30 * GIB,
      });
    history.add({ atMs: Date.now(), ledgerBytes: 200 * GIB, availableBytes: 30 * GIB });
    state.close();
    const rules = [
      { id: 'month', forecast: 'month_end_usd', bound: 'upper80', by: 'team', above: 100 },
      { id: 'month-fine', forecast: 'month_end_usd', bound: 'upper95', above: 1e6 },
      { id: 'budget', forecast: 'budget_end_percent', bound: 'lower95', above: 100 },
      { id: 'budget-day', forecast: 'budget_days_left', matchers: 'budget="large"', below: 400 },
      { id: 'limit', forecast: 'days_until_limit', measure: 'requests', step: '1d', limit: 150, below: 30 },
      {
        id: 'limit-far',
        forecast: 'days_until_limit',
        measure: 'requests',
        step: '1d',
        limit: 1e6,
        below: 30,
      },
    ];
    const budgets = {
      items: [
        { id: 'small', amount_usd: 1000, period: 'month' },
        { id: 'large', amount_usd: 1_000_000, period: 'month' },
      ],
    };
    const alerts = { evaluation_interval: 1, rules };
    writeFileSync(file, JSON.stringify({ alerts, budgets }));
    server = await startServer(data, { args: ['--config', file] });
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`${server.url}${path}`);
    return (await response.json()) as T;
  }

  it('are raised by what is expected, or by the edge that they name', async () => {
    const alerts = await eventually('the alerts', async () => {
      const { alerts: open } = await get<{ alerts: Alert[] }>('/api/v1/alerts');
      return ['month', 'budget', 'limit'].every((id) => open.some(({ rule }) => rule === id))
        ? open
        : undefined;
    });
    const of = (rule: string): Alert | undefined => alerts.find((alert) => alert.rule === rule);
    const { month_end: end } = await get<{ month_end: { upper80: number } }>('/api/v1/forecasts');
    expect(of('month')?.labels).toMatchObject({ team: 'search' });
    expect(of('month')?.value).toBeCloseTo(end.upper80, 6);
    expect(of('month-fine')).toBeUndefined();
    const { projections } = await get<{ projections: { end_lower95_usd: string }[] }>(
      '/api/v1/budgets/small',
    );
    expect(of('budget')?.labels).toMatchObject({ budget: 'small' });
    expect(of('budget')?.value).toBeCloseTo(Number(projections[0]?.end_lower95_usd) / 10, 4);
    // It does not run out in this month, so there is no figure.
    expect(of('budget-day')).toBeUndefined();
    // 118 requests yesterday and two more a day: 150 are there in about sixteen days.
    expect(Math.abs((of('limit')?.value ?? 0) - 15)).toBeLessThanOrEqual(3);
    expect(of('limit-far')).toBeUndefined();
  });

  it('come ready-made for the disk, with a gauge', async () => {
    const gauge = await eventually('the gauge', async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return /custom_metrics_disk_full_days\{bound="expected"\} (\S+)/.exec(text)?.[1];
    });
    expect(Math.abs(Number(gauge) - 10)).toBeLessThanOrEqual(1);
    const { alerts } = await get<{ alerts: Alert[] }>('/api/v1/alerts?state=pending');
    expect(alerts.map(({ rule }) => rule)).toContain('disk-fills');
    const listed = await runCli(['check', 'rules', '--config', file]);
    expect(listed.stdout).toMatch(/disk-fills +medium +disk_full_days \(upper80\) below 14 for 3600 s/);
  });
});
