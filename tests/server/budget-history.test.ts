/** Budgets across restarts, late events, changed definitions and re-rating, on the real server. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const DAY_MS = 86_400_000;
const directory = temporaryDirectory();
const data = join(directory.path, 'data');
const config = join(directory.path, 'bellwether.yaml');
let server: RunningServer | undefined;

afterAll(async () => {
  await server?.stop();
  directory.remove();
});

/** Starts the server anew with these budgets, and waits until they are counted. */
async function restart(budgets: string, more = ''): Promise<string> {
  await server?.stop();
  writeFileSync(config, `budgets:\n${budgets}${more}`);
  server = await startServer(data, { args: ['--config', config] });
  const status = async (): Promise<number> => (await fetch(`${server?.url}/api/v1/budgets`)).status;
  await expect.poll(status, { timeout: 20_000 }).toBe(200);
  return server.url;
}

interface Shown {
  readonly entries: readonly { readonly key: Record<string, string>; readonly spent_usd: string }[];
  readonly projections: readonly { readonly method: string; readonly end_usd: string }[];
}

async function shown(url: string, id: string): Promise<Shown> {
  return (await (await fetch(`${url}/api/v1/budgets/${id}`)).json()) as Shown;
}

async function spent(url: string, id: string): Promise<Record<string, string>> {
  const { entries } = await shown(url, id);
  return Object.fromEntries(entries.map(({ key, spent_usd }) => [Object.values(key)[0] ?? '', spent_usd]));
}

const at = (timestamp: number, cost: string, model = 'gpt-4o') => ({
  timestamp,
  provider: 'openai',
  model,
  cost_usd: cost,
});

describe('budgets over time', { timeout: 120_000 }, () => {
  const models = '  - { id: models, amount_usd: 100, period: day, per: model }\n';

  it('count an event to the day of its timestamp, however late it comes', async () => {
    const url = await restart(models);
    const now = Date.now();
    await post(url, [
      at(now, '1.5'),
      at(now, '0.25', 'o3'),
      at(now - DAY_MS, '7'),
      at(now - 40 * DAY_MS, '9'),
    ]);
    expect(await spent(url, 'models')).toEqual({ 'gpt-4o': '1.50', o3: '0.25' });
  });

  it('keep what each model has spent over a restart, and refuse no sooner than before', async () => {
    const url = await restart(models);
    expect(await spent(url, 'models')).toEqual({ 'gpt-4o': '1.50', o3: '0.25' });
    const reserve = (amount: string, key: string): Promise<Response> =>
      fetch(`${url}/api/v1/budgets/reserve`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ amount_usd: amount, key, labels: { model: 'gpt-4o' } }),
      });
    expect((await reserve('98.500000000001', 'a')).status).toBe(402);
    expect((await reserve('98.5', 'b')).status).toBe(200);
  });

  it('count a new or changed definition from the ledger, and take a new amount at once', async () => {
    const month = new Date().toISOString().slice(0, 7);
    const inMonth = new Date(Date.now() - DAY_MS).toISOString().startsWith(month) ? '8.75' : '1.75';
    const url = await restart(
      '  - { id: models, amount_usd: 200, period: day, per: provider }\n  - { id: month, amount_usd: 50, period: month }\n',
    );
    // The reservation named no provider; it stays, and counts to the requests without one.
    expect(await spent(url, 'models')).toEqual({ openai: '1.75', '': '0.00' });
    expect(await spent(url, 'month')).toEqual({ '': inMonth });
    const verified = await runCli(['budgets', 'verify', '--url', url]);
    expect(verified.stdout).toMatch(/^Consistent: /);
    const audited = await runCli(['audit', 'list', '--data', data, '--action', 'budget.defined', '--json']);
    expect(audited.stdout.match(/"change": ?"\w+"/g)?.map((text) => JSON.parse(`{${text}}`).change)).toEqual([
      'added',
      'changed',
      'added',
    ]);
  });

  it('are forecast from the daily spend, and follow a re-rating', async () => {
    const card = join(directory.path, 'card.yaml');
    const prices = '[{ provider: lab, model: "*", per_request: 3 }]';
    writeFileSync(card, `name: mine\nversion: "1"\nprices: ${prices}\n`);
    const budgets = '  - { id: lab, amount_usd: 40, period: month, scope: { provider: lab } }\n';
    let url = await restart(budgets);
    const today = Date.now();
    const days = Array.from({ length: 60 }, (_none, n) => ({
      ...at(today - n * DAY_MS, '1'),
      provider: 'lab',
    }));
    const unpriced = { timestamp: today, provider: 'lab', model: 'x' };
    await post(url, [...days, unpriced]);
    const { entries, projections } = await shown(url, 'lab');
    const dayOfMonth = new Date(today).getUTCDate();
    expect(entries[0]?.spent_usd).toBe(`${dayOfMonth}.00`);
    const daysOfMonth = new Date(
      Date.UTC(new Date(today).getUTCFullYear(), new Date(today).getUTCMonth() + 1, 0),
    );
    expect(projections[0]?.method).toBe('forecast');
    expect(Number(projections[0]?.end_usd)).toBeCloseTo(daysOfMonth.getUTCDate(), 3);

    url = await restart(budgets, `pricing: { cards: ["${card}"] }\n`);
    const asked = ['rerate', '--unpriced', '--from', '2020-01-01', '--url', url];
    const applied = await runCli([...asked, '--apply', '--json']);
    expect(applied.stderr).toBe('');
    await expect
      .poll(async () => (await shown(url, 'lab')).entries[0]?.spent_usd, { timeout: 15_000 })
      .toBe(`${dayOfMonth + 3}.00`);
  });
});
