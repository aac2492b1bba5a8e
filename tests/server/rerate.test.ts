/** Re-rating through the command, against a server that is started again with other rate cards. */

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const run = promisify(execFile);
const data = temporaryDirectory();
const settings = temporaryDirectory();
const config = join(settings.path, 'bellwether.yaml');
let server: RunningServer;

/** Writes a card with prices per million tokens, for all of 2026. */
function writeCard(version: string, prices: Readonly<Record<string, number>>): void {
  const lines = Object.entries(prices).map(
    ([model, price]) =>
      `  - { provider: acme, model: ${model}, per_million_tokens: { input: ${price}, output: ${price} } }`,
  );
  writeFileSync(
    join(settings.path, 'card.yaml'),
    `name: acme\nversion: "${version}"\nprices:\n${lines.join('\n')}\n`,
  );
}

const start = async (): Promise<RunningServer> => startServer(data.path, { args: ['--config', config] });

async function bellwether<Answer>(...args: string[]): Promise<Answer> {
  const { stdout } = await run(process.execPath, [
    cli,
    ...args,
    '--config',
    config,
    '--data',
    data.path,
    '--json',
  ]);
  return JSON.parse(stdout) as Answer;
}

interface Preview {
  readonly examined: number;
  readonly total: Readonly<Record<string, number | string>>;
  readonly groups: readonly Readonly<Record<string, number | string>>[];
  readonly plan: string;
  readonly applied: { readonly id: string } | null;
}

async function costs(range = ''): Promise<unknown> {
  const response = await fetch(`${server.url}/api/v1/costs?by=month,model${range}`);
  return response.json();
}

async function isConsistent(): Promise<unknown> {
  const response = await fetch(`${server.url}/api/v1/verify`);
  const { comparisons } = (await response.json()) as { comparisons: { equal: boolean }[] };
  return comparisons.filter(({ equal }) => !equal);
}

/** Events of two months: `known` has a price, `late` gets one later, `paid` brings its own cost. */
const events = Array.from({ length: 3000 }, (_none, i) => ({
  id: `r-${i}`,
  timestamp: Date.UTC(2026, i % 2 === 0 ? 8 : 9, 10 + (i % 5)),
  provider: 'acme',
  model: ['known', 'late', 'paid'][i % 3] ?? '',
  input_tokens: 1000,
  output_tokens: 0,
  ...(i % 3 === 2 ? { cost_usd: '7' } : {}),
}));

beforeAll(async () => {
  writeFileSync(config, `pricing: { cards: ["${join(settings.path, 'card.yaml')}"] }\n`);
  writeCard('1', { known: 1 });
  server = await start();
  for (let at = 0; at < events.length; at += 1000) await post(server.url, events.slice(at, at + 1000));
});

afterAll(async () => {
  await server.stop();
  data.remove();
  settings.remove();
});

describe('a re-rating', () => {
  let before: unknown;

  it('has nothing to change while prices are what they were', async () => {
    const preview = await bellwether<Preview>('rerate');
    expect(preview).toMatchObject({ examined: 2000, total: { events: 0 }, applied: null });
    before = await costs();
  });

  it('is never silent: another card changes nothing by itself', async () => {
    await server.stop();
    writeCard('2', { known: 3, late: 0.5 });
    server = await start();
    expect(JSON.stringify(await costs())).toBe(JSON.stringify(before));
  });

  it('shows by model and day what would change', async () => {
    const preview = await bellwether<Preview>('rerate');
    expect(preview.examined).toBe(2000);
    expect(preview.applied).toBeNull();
    expect(preview.total).toEqual({
      events: 2000,
      former_cost_usd: '1.00',
      new_cost_usd: '3.50',
      difference_usd: '2.50',
      former_unpriced: 1000,
      new_unpriced: 0,
    });
    // Two months, five days each, two models; the sums add up.
    expect(preview.groups).toHaveLength(20);
    const sum = preview.groups.reduce((total, group) => total + Number(group.difference_usd), 0);
    expect(sum).toBeCloseTo(2.5, 12);
    expect(preview.groups[0]).toMatchObject({
      day: '2026-09-10',
      provider: 'acme',
      model: 'known',
      events: 100,
    });
    expect(JSON.stringify(await costs())).toBe(JSON.stringify(before));
  });

  it('refuses a plan that is not what would change', async () => {
    const response = await fetch(`${server.url}/api/v1/reratings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ plan: '2000-00' }),
    });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ error: { code: 'plan_changed' } });
    expect(JSON.stringify(await costs())).toBe(JSON.stringify(before));
    expect(await bellwether<unknown[]>('rerate', 'list')).toEqual([]);
  });

  it('gives what has no price one, when only that is asked for, and leaves other months as they are', async () => {
    const october = await costs('&from=2026-10-01');
    const { applied, total } = await bellwether<Preview>(
      'rerate',
      '--unpriced',
      '--to',
      '2026-10-01',
      '--apply',
    );
    expect(applied).not.toBeNull();
    expect(total).toMatchObject({ events: 500, difference_usd: '0.25', former_unpriced: 500 });
    expect(JSON.stringify(await costs('&from=2026-10-01'))).toBe(JSON.stringify(october));
    expect(await isConsistent()).toEqual([]);
  });

  it('applies what it has shown, keeps the sender’s own costs, and still adds up', async () => {
    const { applied, total } = await bellwether<Preview>('rerate', '--apply');
    expect(total).toMatchObject({ events: 1500, difference_usd: '2.25' });
    expect(await costs()).toMatchObject({
      rows: [
        { key: { month: '2026-09', model: 'paid' }, cost_usd: '3500.00' },
        { key: { month: '2026-09', model: 'known' }, cost_usd: '1.50' },
        { key: { month: '2026-09', model: 'late' }, cost_usd: '0.25' },
        { key: { month: '2026-10', model: 'paid' }, cost_usd: '3500.00' },
        { key: { month: '2026-10', model: 'known' }, cost_usd: '1.50' },
        { key: { month: '2026-10', model: 'late' }, cost_usd: '0.25' },
      ],
      total: { requests: 3000, unpriced_requests: 0, cost_usd: '7003.50' },
    });
    expect(await isConsistent()).toEqual([]);
    // A re-send is still the same event, whatever it costs now.
    const { body } = await post(server.url, events.slice(0, 500));
    expect(body).toMatchObject({ accepted: 0, duplicates: 500 });
    const again = await bellwether<Preview>('rerate');
    expect(again.total).toMatchObject({ events: 0 });
    expect(applied?.id).toMatch(/^[0-9a-f]{12}$/);
  });

  it('can be taken back, once', async () => {
    const [first, second] = await bellwether<{ id: string; status: string }[]>('rerate', 'list');
    await bellwether('rerate', 'undo', String(second?.id));
    await expect(bellwether('rerate', 'undo', String(second?.id))).rejects.toThrow('taken back already');
    expect(await isConsistent()).toEqual([]);
    await bellwether('rerate', 'undo', String(first?.id));
    expect(JSON.stringify(await costs())).toBe(JSON.stringify(before));
    expect(await isConsistent()).toEqual([]);
    const list = await bellwether<{ status: string }[]>('rerate', 'list');
    expect(list.map(({ status }) => status)).toEqual(['undone', 'undone', 'applied', 'applied']);
  });

  it('is in the audit log', async () => {
    const { stdout } = await run(process.execPath, [cli, 'audit', 'list', '--data', data.path, '--json']);
    const actions = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { action: string }).action);
    expect(actions.filter((action) => action.startsWith('rerate.'))).toEqual([
      'rerate.applied',
      'rerate.applied',
      'rerate.undone',
      'rerate.undone',
    ]);
  });

  it('comes to its end although the server is killed while it is applied', async () => {
    const { plan } = await bellwether<Preview>('rerate');
    const applying = fetch(`${server.url}/api/v1/reratings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ plan }),
    }).catch(() => 'cut');
    const state = new DatabaseSync(join(data.path, 'state.db'), { readOnly: true });
    const underWay = state.prepare("SELECT count(*) AS n FROM reratings WHERE status = 'applying'");
    while (underWay.get()?.['n'] !== 1) await sleep(1);
    state.close();
    await server.kill();
    expect(await applying).toBe('cut');
    server = await start();
    const ended = async (): Promise<boolean> =>
      (await bellwether<{ status: string }[]>('rerate', 'list')).every(({ status }) => status !== 'applying');
    await expect.poll(ended, { timeout: 20_000 }).toBe(true);
    expect(await isConsistent()).toEqual([]);
    expect(await costs()).toMatchObject({ total: { requests: 3000, cost_usd: '7003.50' } });
  });
});
