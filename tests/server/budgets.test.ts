import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
const args = ['--config', config];
let server: RunningServer | undefined;

writeFileSync(
  config,
  `budgets:
  - { id: all, amount_usd: 10, period: month, time_zone: Europe/Berlin }
  - { id: tiny, amount_usd: "0.000000000010", period: day, scope: { team: tiny } }
  - { id: teams, amount_usd: 3, period: month, per: team, hard: false }
  - { id: openai, amount_usd: 1000, period: month, scope: { provider: openai } }
  - { id: box, amount_usd: 8, period: day, scope: { backend: box }, hard: false }
`,
);

afterAll(async () => {
  await server?.stop();
  directory.remove();
});

async function start(): Promise<string> {
  server = await startServer(join(directory.path, 'data'), { args });
  await expect
    .poll(async () => (await fetch(`${server?.url}/api/v1/budgets`)).status, { timeout: 20_000 })
    .toBe(200);
  return server.url;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, never> & {
    readonly reservation: string;
    readonly state: string;
    readonly remaining_usd: string;
    readonly error: { readonly code: string; readonly field?: string };
  };
}

async function call(url: string, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/budgets/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

interface Entry {
  readonly key: Record<string, string>;
  readonly spent_usd: string;
  readonly reserved_usd: string;
  readonly remaining_usd: string;
  readonly state: string;
}

async function entries(url: string, id: string): Promise<readonly Entry[]> {
  const response = await fetch(`${url}/api/v1/budgets/${id}`);
  return ((await response.json()) as { entries: Entry[] }).entries;
}

const event = (id: string, cost: string, more: object = {}) => ({
  id,
  timestamp: Date.now(),
  provider: 'openai',
  model: 'gpt-4o',
  cost_usd: cost,
  ...more,
});

describe('budgets of a real server', { timeout: 120_000 }, () => {
  it('admit exactly as many concurrent reservations as there is room for, killed in the middle or not', async () => {
    let url = await start();
    const reserve = (key: string) =>
      call(url, 'tiny/reserve', { amount_usd: '0.000000000001', key, labels: { team: 'tiny' } }).catch(
        () => null,
      );
    // The answers of the first ones may be lost with the server; their reservations must not be.
    const early = Array.from({ length: 250 }, (_none, n) => reserve(`k${n}`));
    await Promise.race(early);
    await server?.kill();
    const seen = (await Promise.all(early)).filter((answer) => answer?.status === 200);
    url = await start();
    const answers = await Promise.all(Array.from({ length: 500 }, (_none, n) => reserve(`k${n}`)));
    const admitted = answers.filter((answer) => answer?.status === 200);
    expect(admitted.length).toBe(10);
    expect(answers.filter((answer) => answer?.status === 402).length).toBe(490);
    expect(answers.find((answer) => answer?.status === 402)?.body.error).toMatchObject({
      code: 'budget_exceeded',
      field: 'tiny',
    });
    const ids = new Set(admitted.map((answer) => answer?.body.reservation));
    expect(ids.size).toBe(10);
    for (const answer of seen) expect(ids.has(answer?.body.reservation)).toBe(true);
    expect(await entries(url, 'tiny')).toMatchObject([
      { spent_usd: '0.00', reserved_usd: '0.00000000001', remaining_usd: '0.00' },
    ]);
  });

  it('count what is acknowledged, at once and again after kill -9', async () => {
    let url = server?.url ?? '';
    const sent = Array.from({ length: 40 }, (_none, n) =>
      event(`e${n}`, '0.01', { team: n % 2 ? 'a' : 'b' }),
    );
    expect((await post(url, sent)).status).toBe(200);
    const both = [
      { key: { team: 'a' }, spent_usd: '0.20', reserved_usd: '0.00', remaining_usd: '2.80' },
      { key: { team: 'b' }, spent_usd: '0.20', reserved_usd: '0.00', remaining_usd: '2.80' },
    ];
    expect(await entries(url, 'teams')).toMatchObject(both);
    await server?.kill();
    url = await start();
    expect(await entries(url, 'teams')).toMatchObject(both);
    // Sent again they are duplicates, to the budgets too.
    expect((await post(url, sent)).body).toMatchObject({ accepted: 0, duplicates: 40 });
    expect(await entries(url, 'teams')).toMatchObject(both);
    expect(await entries(url, 'all')).toMatchObject([{ spent_usd: '0.40' }]);
  });

  it('replace a reservation by its event, whichever comes first', async () => {
    const url = server?.url ?? '';
    const reserved = await call(url, 'reserve', {
      amount_usd: 2,
      key: 'r1',
      labels: { team: 'c', provider: 'openai' },
    });
    expect(reserved).toMatchObject({ status: 200, body: { remaining_usd: '1.00' } });
    // The same key is the same reservation, and another question under it is refused.
    const again = await call(url, 'reserve', {
      amount_usd: 2,
      key: 'r1',
      labels: { team: 'c', provider: 'openai' },
    });
    expect(again.body.reservation).toBe(reserved.body.reservation);
    expect((await call(url, 'reserve', { amount_usd: 3, key: 'r1' })).body.error.code).toBe(
      'reservation_conflict',
    );
    const { reservation } = reserved.body;
    const commit = { reservation, request_id: 'late', cost_usd: '1.5' };
    expect((await call(url, 'commit', commit)).status).toBe(200);
    expect((await call(url, 'commit', commit)).status).toBe(200);
    const of = async (team: string) => (await entries(url, 'teams')).find(({ key }) => key.team === team);
    expect(await of('c')).toMatchObject({ spent_usd: '1.50', reserved_usd: '0.00' });
    await post(url, event('late', '1.25', { team: 'c' }));
    expect(await of('c')).toMatchObject({ spent_usd: '1.25', reserved_usd: '0.00' });

    const second = await call(url, 'reserve', { amount_usd: 1, key: 'r2', labels: { team: 'd' } });
    await post(url, event('early', '0.75', { team: 'd' }));
    expect(await of('d')).toMatchObject({ spent_usd: '0.75', reserved_usd: '1.00' });
    await call(url, 'commit', { reservation: second.body.reservation, request_id: 'early', cost_usd: '0.8' });
    await expect
      .poll(() => of('d'), { timeout: 10_000 })
      .toMatchObject({ spent_usd: '0.75', reserved_usd: '0.00' });
  });

  it('reserve on all budgets that match or on none', async () => {
    const url = server?.url ?? '';
    const before = await entries(url, 'teams');
    const refused = await call(url, 'reserve', { amount_usd: 9, key: 'big', labels: { team: 'e' } });
    expect(refused).toMatchObject({
      status: 402,
      body: { error: { code: 'budget_exceeded', field: 'all' } },
    });
    expect(await entries(url, 'teams')).toEqual(before);
  });

  it('free what killed clients hold when its time is over', async () => {
    const url = server?.url ?? '';
    const held = await call(url, 'box/reserve', { amount_usd: 8, key: 'x', ttl_seconds: 1 });
    expect(held.status).toBe(200);
    expect(await entries(url, 'box')).toMatchObject([{ reserved_usd: '8.00' }]);
    await expect
      .poll(() => entries(url, 'box'), { timeout: 10_000 })
      .toMatchObject([{ reserved_usd: '0.00' }]);
    // It may still be committed: the money is gone.
    const { reservation } = held.body;
    expect((await call(url, 'box/commit', { reservation, cost_usd: 6.5 })).status).toBe(200);
    expect(await entries(url, 'box')).toMatchObject([{ spent_usd: '6.50', state: 'soft' }]);
    expect((await call(url, 'box/release', { reservation })).body.error.code).toBe('reservation_conflict');
  });

  it('are shown by gauges and commands, verified, and accounted for', async () => {
    const url = server?.url ?? '';
    const spent = Number((await entries(url, 'openai'))[0]?.spent_usd);
    expect(await metric(url, 'monthly_spend_usd', { provider: 'openai' })).toBe(spent);
    expect(await metric(url, 'monthly_budget_remaining_usd', { provider: 'openai' })).toBeCloseTo(
      1000 - spent,
      9,
    );
    expect(await metric(url, 'load_balancer_daily_budget_usage_percent', { backend: 'box' })).toBe(81.25);
    const verified = await runCli(['budgets', 'verify', '--json', '--url', url]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ consistent: true, differences: [] });
    const audited = await runCli([
      'audit',
      'list',
      '--data',
      join(directory.path, 'data'),
      '--action',
      'budget.defined',
      '--json',
    ]);
    expect(audited.stdout.match(/"change": ?"added"/g)?.length).toBe(5);
    await server?.stop();
    const data = ['--config', config, '--data', join(directory.path, 'data')];
    const listed = await runCli(['budgets', 'list', '--json', ...data]);
    const shown = (JSON.parse(listed.stdout) as { budgets: { id: string; entries: Entry[] }[] }).budgets;
    expect(Number(shown.find(({ id }) => id === 'openai')?.entries[0]?.spent_usd)).toBe(spent);
    expect((await runCli(['budgets', ...data])).stdout).toMatch(/^openai +month from .* ok$/m);
  });
});
