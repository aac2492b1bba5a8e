/** Business figures in a real PostgreSQL: written, corrected, delayed by its absence and never lost. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metric, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';
import { PASSWORD, PostgresServer, postgresPrograms } from './postgres-server.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const programs = postgresPrograms();

/** Waits until `check` gives true, generously: the machine may be busy. */
async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await check().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`waited a minute in vain for ${what}`);
}

describe.skipIf(programs === null)('business figures in PostgreSQL', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'bellwether.yaml');
  const options = {
    args: ['--config', file],
    environment: { BELLWETHER_SQL_DATABASE_PASSWORD: PASSWORD },
  };
  let postgres: PostgresServer;
  let server: RunningServer;

  const event = { provider: 'openai', model: 'x', application: 'chat', team: 'a' };
  const events = [
    {
      ...event,
      id: '1',
      timestamp: '2026-11-10T10:15:00Z',
      cost_usd: '0.5',
      revenue_usd: '2',
      user_id: 'u1',
    },
    {
      ...event,
      id: '2',
      timestamp: '2026-11-10T10:59:59Z',
      cost_usd: '0.25',
      status: 'error',
      user_id: 'u2',
    },
    {
      ...event,
      id: '3',
      timestamp: '2026-11-10T23:30:00Z',
      user_id: 'u1',
      satisfaction_score: 0.75,
      input_tokens: 10,
      cost_usd: '0.000000000001',
      revenue_usd: '0',
    },
    { ...event, id: '4', timestamp: '2026-11-11T00:00:00Z', team: 'b', cost_usd: '1', user_id: 'u3' },
  ];

  const hourly = () =>
    postgres.query<Record<string, string>>(
      `SELECT to_char(hour, 'YYYY-MM-DD HH24') AS hour, team, requests, revenue_usd, cost_usd, updated_at
       FROM bellwether.business_hourly ORDER BY hour, team`,
    );
  const complete = () =>
    until('all days to be written', async () => {
      const [row] = await postgres.query<{ n: string }>(
        'SELECT coalesce(sum(requests), 0) AS n FROM bellwether.business_daily_totals',
      );
      return (
        Number(row?.n) === (await metric(server.url, 'custom_metrics_events_loaded_total')) + loadedBefore
      );
    });
  let loadedBefore = 0;

  beforeAll(async () => {
    postgres = await PostgresServer.make(programs ?? '');
    await postgres.start();
    writeFileSync(
      file,
      `monitoring: { sql_database_endpoint: "${postgres.endpoint}" }\nsql_database: { interval: 1 }\n`,
    );
    server = await startServer(directory.path, options);
    await post(server.url, events);
  });

  afterAll(async () => {
    await server.stop();
    await postgres.stop();
    postgres.remove();
    directory.remove();
  });

  it('are written by the hour and by the day, exactly', async () => {
    await complete();
    expect(await hourly()).toMatchObject([
      {
        hour: '2026-11-10 10',
        team: 'a',
        requests: '2',
        revenue_usd: '2.010000000000',
        cost_usd: '0.750000000000',
      },
      {
        hour: '2026-11-10 23',
        team: 'a',
        requests: '1',
        revenue_usd: '0.000000000000',
        cost_usd: '0.000000000001',
      },
      {
        hour: '2026-11-11 00',
        team: 'b',
        requests: '1',
        revenue_usd: '0.010000000000',
        cost_usd: '1.000000000000',
      },
    ]);
    const totals = await postgres.query(
      `SELECT day::text, requests, successes, users, tokens, profit_usd, satisfaction_score, performance_score
       FROM bellwether.business_daily_totals_figures ORDER BY day`,
    );
    expect(totals).toMatchObject([
      {
        day: '2026-11-10',
        requests: '3',
        successes: '2',
        users: '2',
        tokens: '10',
        profit_usd: '1.259999999999',
        satisfaction_score: '0.750000000',
        performance_score: '0.666666667',
      },
      { day: '2026-11-11', requests: '1', users: '1', satisfaction_score: null },
    ]);
  });

  it('agree with the report, scores and ratios too', async () => {
    const response = await fetch(`${server.url}/api/v1/business?from=2026-11-10&to=2026-11-11`);
    const { total } = (await response.json()) as { total: Record<string, unknown> };
    const [row] = await postgres.query<Record<string, string>>(
      "SELECT * FROM bellwether.business_daily_totals_figures WHERE day = '2026-11-10'",
    );
    for (const name of [
      'roi',
      'margin',
      'cost_efficiency_score',
      'composite_score',
      'revenue_usd',
      'cost_usd',
    ])
      expect([name, Number(row?.[name])]).toEqual([name, Number(total[name])]);
  });

  it('are described where BI tools look', async () => {
    const [missing] = await postgres.query<{ n: string }>(
      `SELECT count(*) AS n FROM information_schema.columns AS c JOIN pg_class AS t ON t.relname = c.table_name AND t.relkind = 'r'
       WHERE c.table_schema = 'bellwether' AND c.table_name LIKE 'business_%' AND c.table_name != 'business_settings'
       AND col_description(t.oid, c.ordinal_position::int) IS NULL`,
    );
    expect(missing?.n).toBe('0');
  });

  it('are corrected by late events and late ratings; rows that stay the same are not touched', async () => {
    const before = await hourly();
    await post(server.url, [
      { ...event, id: '5', timestamp: '2026-11-10T10:00:00Z', cost_usd: '0.5', user_id: 'u9' },
    ]);
    await fetch(`${server.url}/v1/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ request_id: '4', satisfaction_score: 1 }),
    });
    await until('the correction', async () => {
      const [first] = await hourly();
      const [rated] = await postgres.query<{ n: string }>(
        "SELECT rated_requests AS n FROM bellwether.business_daily_totals WHERE day = '2026-11-11'",
      );
      return first?.['requests'] === '3' && rated?.n === '1';
    });
    const after = await hourly();
    expect(after[0]).toMatchObject({ requests: '3', cost_usd: '1.250000000000' });
    expect(after[1]).toEqual(before[1]);
  });

  it('wait while it is away, over a crash of the server too, and are whole afterwards', async () => {
    await postgres.stop();
    await post(server.url, [{ ...event, id: '6', timestamp: '2026-11-12T08:00:00Z', cost_usd: '3' }]);
    await until(
      'the failure to be seen',
      async () => (await metric(server.url, 'custom_metrics_sql_failures_total')) > 0,
    );
    await until(
      'the days to wait',
      async () => (await metric(server.url, 'custom_metrics_sql_days_pending')) === 1,
    );
    await until('the check to say so', async () => {
      const health = (await (await fetch(`${server.url}/health`)).json()) as {
        checks: Record<string, { status: string }>;
      };
      return health.checks['sql_database']?.status === 'degraded';
    });
    loadedBefore = 6;
    await server.kill();
    server = await startServer(directory.path, options);
    await post(server.url, [{ ...event, id: '7', timestamp: '2026-11-12T09:00:00Z', cost_usd: '4' }]);
    await postgres.start();
    await complete();
    expect((await hourly()).slice(-2)).toMatchObject([
      { hour: '2026-11-12 08', cost_usd: '3.000000000000' },
      { hour: '2026-11-12 09', cost_usd: '4.000000000000' },
    ]);
    expect(await metric(server.url, 'custom_metrics_sql_days_pending')).toBe(0);
  });

  it('are written anew to a database that was emptied', async () => {
    await server.stop();
    await postgres.query('DROP SCHEMA bellwether CASCADE');
    loadedBefore = 7;
    server = await startServer(directory.path, options);
    await complete();
    expect((await hourly()).length).toBe(5);
  });

  it('keep the password out of what the server prints', () => {
    expect(server.output()).not.toContain(PASSWORD);
  });
});

describe.skipIf(programs === null)('a PostgreSQL over TLS', () => {
  it('is held against its name and authority', async () => {
    const postgres = await PostgresServer.make(programs ?? '', { tls: true });
    const directory = temporaryDirectory();
    try {
      await postgres.start();
      const file = join(directory.path, 'bellwether.yaml');
      const start = async (ca: string): Promise<RunningServer> => {
        writeFileSync(
          file,
          `monitoring: { sql_database_endpoint: "localhost:${postgres.port}" }\nsql_database: { interval: 1, tls: verify${ca} }\n`,
        );
        return startServer(directory.path, {
          args: ['--config', file],
          environment: { BELLWETHER_SQL_DATABASE_PASSWORD: PASSWORD },
        });
      };
      let server = await start('');
      await post(server.url, [{ provider: 'p', model: 'm', id: '1', timestamp: '2026-11-10T10:00:00Z' }]);
      await until(
        'the failure',
        async () => (await metric(server.url, 'custom_metrics_sql_failures_total')) > 0,
      );
      await server.stop();
      expect(server.output()).toMatch(/self-signed certificate/);
      server = await start(`, ca_file: "${postgres.certificate}"`);
      await until(
        'the day',
        async () => (await metric(server.url, 'custom_metrics_sql_days_written_total')) > 0,
      );
      const [row] = await postgres.query<{ requests: string }>(
        'SELECT requests FROM bellwether.business_daily_totals',
      );
      expect(row?.requests).toBe('1');
      await server.stop();
    } finally {
      await postgres.stop();
      postgres.remove();
      directory.remove();
    }
  });
});
