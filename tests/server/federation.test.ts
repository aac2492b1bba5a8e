import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { formatUsd, parseUsd } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';
import { freePort } from './free-port.ts';

const directory = temporaryDirectory();
const TOKEN = 'a-token-that-reads-only';
const HOUR_MS = 3_600_000;
const names = ['east', 'west'] as const;
type Name = (typeof names)[number];
const ports: Record<string, number> = {};
const spokes = new Map<Name, RunningServer>();
let hub: RunningServer;
let sent = 0;

const startSpoke = async (name: Name): Promise<void> => {
  const args = ['--port', String(ports[name])];
  const environment = { BELLWETHER_ACCESS_READ_TOKEN: TOKEN, BELLWETHER_ACCESS_INGEST_TOKEN: `${TOKEN}-in` };
  spokes.set(name, await startServer(join(directory.path, name), { args, environment }));
};

const startHub = async (): Promise<void> => {
  hub = await startServer(join(directory.path, 'hub'), {
    args: ['--config', join(directory.path, 'hub.yaml')],
  });
};

/** Events of a spoke, some hours ago, each of an id of its own; amounts to the pico-dollar. */
async function send(to: string, count: number, hoursAgo: number, headers = {}): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => ({
    id: `event-${(sent += 1)}`,
    timestamp: new Date(Date.now() - hoursAgo * HOUR_MS).toISOString(),
    provider: 'openai',
    model: i % 2 === 0 ? 'gpt-4o' : 'gpt-4o-mini',
    team: i % 3 === 0 ? 'red' : 'blue',
    user_id: `user-${i % 5}`,
    input_tokens: 100 + sent,
    output_tokens: 10,
    latency_ms: 100 + i,
    cost_usd: `0.${String(sent).padStart(12, '0')}`,
  }));
  expect((await post(to, events, { headers })).status).toBe(200);
}

const sendTo = (name: Name, count: number, hoursAgo = 0): Promise<void> =>
  send(spokes.get(name)?.url ?? '', count, hoursAgo, { authorization: `Bearer ${TOKEN}-in` });

interface Costs {
  readonly total: { readonly requests: number; readonly cost_usd: string };
  readonly rows: readonly {
    readonly key: Record<string, string>;
    readonly requests: number;
    readonly cost_usd: string;
  }[];
}

async function ask<Answer>(url: string, path: string, token = TOKEN): Promise<Answer> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  expect([path, response.status]).toEqual([path, 200]);
  return (await response.json()) as Answer;
}

const PERIOD = 'hours=240';

/** What the spokes and the hub have by themselves, and what the hub says of all. */
async function figures() {
  const own = new Map<string, Costs>();
  for (const [name, { url }] of spokes) own.set(name, await ask<Costs>(url, `/api/v1/costs?${PERIOD}`));
  own.set('centre', await ask<Costs>(hub.url, `/api/v1/costs?${PERIOD}`));
  const all = await ask<Costs>(hub.url, `/api/v1/federation/costs?${PERIOD}`);
  const sum = [...own.values()].reduce((usd, { total }) => usd + (parseUsd(total.cost_usd) ?? 0n), 0n);
  return {
    expected: {
      sites: Object.fromEntries(
        [...own].map(([name, { total }]) => [name, [total.requests, total.cost_usd]]),
      ),
      requests: [...own.values()].reduce((requests, { total }) => requests + total.requests, 0),
      usd: formatUsd(sum),
    },
    found: {
      sites: Object.fromEntries(
        all.rows.map(({ key, requests, cost_usd: usd }) => [key['site'], [requests, usd]]),
      ),
      requests: all.total.requests,
      usd: all.total.cost_usd,
    },
  };
}

/** What there is once the hub says what the sites say, or after some time in which it does not. */
async function settled(): Promise<Awaited<ReturnType<typeof figures>>> {
  for (let tries = 0; ; tries += 1) {
    const both = await figures();
    if (tries === 100 || isDeepStrictEqual(both.expected, both.found)) return both;
    await setTimeout(200);
  }
}

interface Site {
  readonly site: string;
  readonly state: string;
  readonly age_seconds: number | null;
  readonly problem: string | null;
}

/** A site once it is in a state, or as it is after some time. */
async function siteAt(name: string, state: string): Promise<Site | undefined> {
  for (let tries = 0; ; tries += 1) {
    const { sites } = await ask<{ sites: Site[] }>(hub.url, '/api/v1/federation/sites');
    const found = sites.find(({ site }) => site === name);
    if (found?.state === state || tries === 100) return found;
    await setTimeout(100);
  }
}

beforeAll(async () => {
  writeFileSync(join(directory.path, 'token'), `${TOKEN}\n`);
  for (const name of names) ports[name] = await freePort();
  const spoke = (name: Name): string =>
    `{ site: ${name}, url: "http://127.0.0.1:${ports[name]}", token_file: token }`;
  writeFileSync(
    join(directory.path, 'hub.yaml'),
    `federation: { site: centre, interval: 1, stale_after: 3, spokes: [${names.map(spoke).join(', ')}] }\n`,
  );
  await Promise.all([...names.map(startSpoke), startHub()]);
}, 90_000);

afterAll(async () => {
  await Promise.all([hub.stop(), ...[...spokes.values()].map((spoke) => spoke.stop())]);
  directory.remove();
});

describe('a hub and its sites', () => {
  it('agree to the pico-dollar, with late events and events of the hub itself', async () => {
    await sendTo('east', 50);
    await sendTo('west', 30, 5);
    await send(hub.url, 10, 1);
    const early = await settled();
    expect(early.found).toEqual(early.expected);
    // Older than the days that each look is at.
    await sendTo('east', 20, 100);
    await sendTo('west', 7, 30);
    const late = await settled();
    expect(late.found).toEqual(late.expected);
  }, 60_000);

  it('give overview, performance and the dearest over all sites', async () => {
    const overview = await ask<{
      by_site: Costs['rows'];
      users: { total: number; by_site: Record<string, number> };
      sites: Site[];
    }>(hub.url, `/api/v1/federation/overview?${PERIOD}`);
    expect(overview.by_site.map(({ key }) => key['site'])).toEqual(['east', 'west', 'centre']);
    expect(overview.users).toEqual({ total: 5, by_site: { centre: 5, east: 5, west: 5 } });
    expect(overview.sites.map(({ site }) => site)).toEqual(['centre', 'east', 'west']);
    const teams = await ask<Costs>(hub.url, `/api/v1/federation/top?by=team,site&limit=1&${PERIOD}`);
    expect(teams.rows).toHaveLength(1);
    const models = await ask<Costs>(hub.url, `/api/v1/federation/performance?by=model&${PERIOD}`);
    expect(new Set(models.rows.map(({ key }) => key['model']))).toEqual(new Set(['gpt-4o', 'gpt-4o-mini']));
  });

  it('lose and double nothing when either is killed at any moment', async () => {
    const kills = [130, 480, 900];
    for (const [i, killMs] of kills.entries()) {
      const name = names[i % 2] ?? 'east';
      await sendTo('east', 40, i);
      await sendTo('west', 40, 60 + i);
      await setTimeout(killMs);
      await hub.kill();
      await startHub();
      await setTimeout(killMs);
      await spokes.get(name)?.kill();
      await startSpoke(name);
    }
    const killed = await settled();
    expect(killed.found).toEqual(killed.expected);
  }, 120_000);

  it('go on without a site that is away, with its figures and their age', async () => {
    const before = await figures();
    await spokes.get('west')?.stop();
    const away = await siteAt('west', 'down');
    expect(away).toMatchObject({ state: 'down', problem: expect.stringMatching(/./) as string });
    const { rows } = await ask<Costs>(hub.url, `/api/v1/federation/costs?${PERIOD}`);
    const west = rows.find(({ key }) => key['site'] === 'west');
    expect([west?.requests, west?.cost_usd]).toEqual(before.expected.sites['west']);
    expect(await metric(hub.url, 'custom_metrics_federation_up', { site: 'west' })).toBe(0);
    expect(await metric(hub.url, 'custom_metrics_federation_up', { site: 'east' })).toBe(1);
    const status = await runCli(['federation', 'status', '--url', hub.url]);
    expect(status.stdout).toMatch(/^west +down +\S+ +\d+ s +\S/m);
    // Once it is older than it may be, health says so, and the hub serves on.
    let health = '';
    for (let tries = 0; tries < 100 && !health.includes('Figures are old of: west.'); tries += 1) {
      await setTimeout(200);
      health = await (await fetch(`${hub.url}/health`)).text();
    }
    expect(health).toContain('Figures are old of: west.');
    await startSpoke('west');
    expect((await siteAt('west', 'up'))?.state).toBe('up');
    await sendTo('west', 3);
    const again = await settled();
    expect(again.found).toEqual(again.expected);
  }, 60_000);

  it('refuse what is not theirs to give', async () => {
    const url = spokes.get('east')?.url ?? '';
    const statuses = await Promise.all(
      ['wrong-token-that-is-long', `${TOKEN}-in`].map(
        async (token) =>
          (await fetch(`${url}/api/v1/federation/buckets`, { headers: { authorization: `Bearer ${token}` } }))
            .status,
      ),
    );
    expect(statuses).toEqual([401, 403]);
    const { code, stdout } = await runCli(['federation', 'status', '--url', url, '--token', TOKEN]);
    expect([code, stdout]).toEqual([
      0,
      'This server is no hub: the configuration has no federation.spokes.\n',
    ]);
  });
});
