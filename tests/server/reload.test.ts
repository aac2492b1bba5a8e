import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const directory = temporaryDirectory();
const config = join(directory.path, 'bellwether.yaml');
const card = join(directory.path, 'card.yaml');
const dataDirectory = join(directory.path, 'data');
let server: RunningServer;

interface Settings {
  readonly warning?: string;
  readonly watch?: number;
  readonly workers?: number;
  readonly eventsMax?: number;
  readonly budgetUsd?: number;
  readonly alertBelowUsd?: number;
}

function write({
  warning = '90',
  watch = 0,
  workers = 2,
  eventsMax = 100,
  budgetUsd = 1,
  alertBelowUsd = -1e6,
}: Settings = {}) {
  writeFileSync(
    config,
    `service: { workers: ${workers} }
storage:
  disk_warning_percent: ${warning}
ingest: { events_per_request_max: ${eventsMax} }
reload: { watch_seconds: ${watch} }
pricing: { cards: ["${card}"] }
budgets:
  - { id: all, amount_usd: ${budgetUsd}, period: month }
alerts:
  preset: none
  evaluation_interval: 1
  rules:
    - { id: little-left, signal: budget_remaining_usd, below: ${alertBelowUsd}, summary: little is left }
`,
  );
}

function writeCard(usd: number): void {
  writeFileSync(
    card,
    `name: ours\nversion: "${usd}"\nprices: [{ provider: acme, model: m, per_million_tokens: { input: ${usd}, output: 0 } }]\n`,
  );
}

const event = (id: string): Record<string, unknown> => ({
  id,
  timestamp: new Date().toISOString(),
  provider: 'acme',
  model: 'm',
  input_tokens: 1_000_000,
});

interface Reloaded {
  readonly changed: readonly { readonly key: string; readonly from: string; readonly to: string }[];
  readonly awaiting_restart: readonly string[];
}

async function reload(): Promise<{ readonly status: number; readonly body: Reloaded }> {
  const response = await fetch(`${server.url}/-/reload`, { method: 'POST' });
  return { status: response.status, body: (await response.json()) as Reloaded };
}

async function get<Body>(path: string): Promise<Body> {
  return (await (await fetch(server.url + path)).json()) as Body;
}

const succeeded = (): Promise<number> => metric(server.url, 'custom_metrics_config_last_reload_successful');

beforeAll(async () => {
  write();
  writeCard(1);
  server = await startServer(dataDirectory, { args: ['--config', config] });
}, 90_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

describe('a reload', () => {
  it('puts thresholds, limits, prices and budgets into effect without a restart', async () => {
    await expect
      .poll(async () => (await fetch(`${server.url}/api/v1/costs`)).status, { timeout: 60_000 })
      .toBe(200);
    expect((await post(server.url, event('1'))).status).toBe(200);
    const many = Array.from({ length: 6 }, (_none, n) => event(`many-${n}`));
    writeCard(3);
    write({ warning: '0.5', eventsMax: 5, budgetUsd: 7 });
    // A percentage below the least permitted one is wrong; the right one comes next.
    expect((await reload()).status).toBe(422);
    write({ warning: '1', eventsMax: 5, budgetUsd: 7 });
    const { status, body } = await reload();
    expect([status, body]).toEqual([
      200,
      {
        file: config,
        changed: [
          { key: 'storage.disk_warning_percent', from: '90 percent', to: '1 percent', effect: 'live' },
          { key: 'ingest.events_per_request_max', from: '100 events', to: '5 events', effect: 'live' },
          { key: 'budgets.items', from: expect.any(String), to: expect.any(String), effect: 'live' },
        ],
        awaiting_restart: [],
      },
    ]);
    expect((await post(server.url, many)).status).toBe(413);
    expect((await post(server.url, event('2'))).status).toBe(200);
    const costs = await get<{ rows: { cost_usd: string }[] }>('/api/v1/costs?by=model');
    expect(costs.rows[0]?.cost_usd).toBe('4.00');
    await expect
      .poll(
        async () => {
          const { budgets = [] } = await get<{ budgets?: { entries: { limit_usd: string }[] }[] }>(
            '/api/v1/budgets',
          );
          return budgets[0]?.entries[0]?.limit_usd;
        },
        { timeout: 60_000 },
      )
      .toBe('7.00');
    await expect
      .poll(async () => (await get<{ status: string }>('/health')).status, { timeout: 60_000 })
      .toBe('degraded');
    expect(await succeeded()).toBe(1);
  });

  it('reaches the threads that prepare large bodies', async () => {
    writeCard(5);
    write({ warning: '1', eventsMax: 10_000 });
    expect((await reload()).status).toBe(200);
    const cost = async (): Promise<number> =>
      Number((await get<{ total: { cost_usd: string } }>('/api/v1/costs')).total.cost_usd);
    let expected = await cost();
    // Large enough for a thread; the second of them finds one that runs.
    for (let round = 0; round < 3; round += 1) {
      const large = Array.from({ length: 400 }, (_none, n) => event(`large-${round}-${n}`));
      expect((await post(server.url, large)).status).toBe(200);
      expected += 400 * 5;
    }
    writeCard(11);
    expect((await reload()).status).toBe(200);
    for (let round = 3; round < 6; round += 1) {
      const large = Array.from({ length: 400 }, (_none, n) => event(`large-${round}-${n}`));
      expect((await post(server.url, large)).status).toBe(200);
      expected += 400 * 11;
    }
    expect(await cost()).toBe(expected);
  });

  it('with a fault changes nothing, and says where it is', async () => {
    const before = await get('/api/v1/config');
    write({ warning: 'many', eventsMax: 3 });
    const answer = await reload();
    expect([answer.status, answer.body]).toMatchObject([
      422,
      {
        error: {
          code: 'invalid_configuration',
          message: `storage.disk_warning_percent: must be a number, is "many" (in ${config} line 3)`,
        },
      },
    ]);
    expect(await get('/api/v1/config')).toEqual(before);
    expect(await succeeded()).toBe(0);
    // A file that a key names counts as much as the file itself.
    write({ warning: '1' });
    writeFileSync(card, 'name: [');
    expect((await reload()).status).toBe(422);
    expect(await get('/api/v1/config')).toEqual(before);
    const command = await runCli(['reload', '--data', dataDirectory]);
    expect(command.code).toBe(1);
    expect(command.stderr).toMatch(
      /^bellwether: the server at \S+ says: \S*card\.yaml: [^\n]*line 1[^\n]*\n$/,
    );
    writeCard(3);
    expect((await reload()).status).toBe(200);
    expect(await succeeded()).toBe(1);
  });

  it('names keys that wait for a restart, for as long as they do', async () => {
    write({ warning: '1', workers: 3 });
    expect((await reload()).body).toMatchObject({
      changed: [{ key: 'service.workers', effect: 'restart' }],
      awaiting_restart: ['service.workers'],
    });
    expect((await reload()).body).toMatchObject({ changed: [], awaiting_restart: ['service.workers'] });
    const { keys } = await get<{ keys: { key: string; awaits_restart: boolean }[] }>('/api/v1/config');
    expect(keys.filter((each) => each.awaits_restart).map(({ key }) => key)).toEqual(['service.workers']);
    write({ warning: '1' });
    expect((await reload()).body).toMatchObject({ awaiting_restart: [] });
  });

  it('puts other thresholds of alerts into effect, and ends alerts of rules that are gone', async () => {
    const raised = async (): Promise<string[]> => {
      const { alerts } = await get<{ alerts: { rule: string; state: string }[] }>('/api/v1/alerts');
      return alerts.filter(({ state }) => state !== 'resolved').map(({ rule }) => rule);
    };
    expect(await raised()).toEqual([]);
    write({ warning: '1', alertBelowUsd: 1e6 });
    expect((await reload()).body).toMatchObject({ changed: [{ key: 'alerts.rules', effect: 'live' }] });
    await expect.poll(raised, { timeout: 60_000 }).toEqual(['little-left']);
    write({ warning: '1' });
    writeFileSync(config, readFileSync(config, 'utf8').replace('little-left', 'another'));
    expect((await reload()).status).toBe(200);
    await expect.poll(raised, { timeout: 60_000 }).toEqual([]);
    writeFileSync(config, readFileSync(config, 'utf8').replace('budget_remaining_usd', 'nothing'));
    expect((await reload()).status).toBe(422);
    expect(await succeeded()).toBe(0);
  });

  it('follows SIGHUP, and a change of the file where it is watched', async () => {
    const warning = async (): Promise<string | undefined> => {
      const { keys } = await get<{ keys: { key: string; value: string }[] }>('/api/v1/config');
      return keys.find(({ key }) => key === 'storage.disk_warning_percent')?.value;
    };
    write({ warning: '77', watch: 1 });
    server.process.kill('SIGHUP');
    await expect.poll(warning, { timeout: 60_000 }).toBe('77 percent');
    write({ warning: '78', watch: 1 });
    await expect.poll(warning, { timeout: 60_000 }).toBe('78 percent');
  });

  it('is accounted for, with what was before and after, and by whom', async () => {
    const { entries, next } = await get<{ entries: Record<string, unknown>[]; next: number | null }>(
      '/api/v1/audit?action=config.changed&limit=2',
    );
    expect(entries).toMatchObject([
      {
        actor: 'anonymous',
        target: 'storage.disk_warning_percent',
        details: { from: '90 percent', to: '1 percent', effect: 'live' },
      },
      { target: 'ingest.events_per_request_max' },
    ]);
    const rest = await get<{ entries: { sequence: number; actor: string }[] }>(
      `/api/v1/audit?action=config.changed&after=${next}`,
    );
    expect(rest.entries[0]?.sequence).toBeGreaterThan(Number(next));
    expect(new Set(rest.entries.map(({ actor }) => actor))).toEqual(
      new Set(['anonymous', 'SIGHUP', 'file watch']),
    );
    const refused = await get<{ entries: unknown[] }>('/api/v1/audit?action=config.refused&target=');
    expect(refused.entries).toEqual([]);
    expect(await get(`/api/v1/audit?action=config.refused&target=${config}`)).toMatchObject({
      entries: expect.arrayContaining([
        expect.objectContaining({ details: { problem: expect.stringContaining('line 3') } }),
      ]),
    });
    expect(await runCli(['audit', 'verify', '--data', dataDirectory])).toMatchObject({ code: 0 });
    for (const query of ['action=nothing', 'from=yesterday', 'limit=0', 'after=-1', 'who=me'])
      expect((await fetch(`${server.url}/api/v1/audit?${query}`)).status).toBe(400);
  });
});
