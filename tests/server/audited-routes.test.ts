/**
 * Whoever changes something over HTTP is in the audit log by the name of their token.
 * The routes are those of the server's table: one that is new and changes something
 * has to say here what is recorded of it, or why nothing is.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/server/src/auth/index.ts';
import { type AuditAction, isAuditAction } from '../../packages/server/src/audit/index.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const dataDirectory = join(directory.path, 'data');
const config = join(directory.path, 'bellwether.yaml');
const card = join(directory.path, 'card.yaml');
const PATIENCE = { timeout: 60_000, interval: 100 };
const TEAMS = ['red', 'green', 'blue'] as const;
let server: RunningServer;
let receiver: Receiver;
let adminToken: string;

function writeConfig(threshold: number): void {
  writeFileSync(
    config,
    JSON.stringify({
      pricing: { cards: [card] },
      analysis: { threshold },
      alerts: {
        preset: 'none',
        evaluation_interval: 1,
        rules: [
          {
            id: 'busy',
            name: 'Busy',
            measure: 'requests',
            by: ['team'],
            window: '2h',
            reduce: 'sum',
            above: 0,
          },
        ],
      },
      notifications: {
        channels: [{ id: 'hook', type: 'webhook', url: receiver.url, allow_private: true }],
        routes: [{ id: 'all', channels: ['hook'], group_wait: 0 }],
      },
    }),
  );
}

function writeCard(price: number): void {
  writeFileSync(
    card,
    `name: acme\nversion: "${price}"\nprices:\n  - { provider: acme, model: known, per_million_tokens: { input: ${price}, output: 1 } }\n`,
  );
}

/** Sends a request that changes something; gives the last line of the answer. */
type Send = (body?: object, path?: string, method?: string) => Promise<Record<string, unknown>>;

/** What the log has to say of a route, and a request that makes it say so. */
interface Audited {
  readonly action: AuditAction;
  readonly act: (send: Send) => Promise<unknown>;
}

async function get<Body>(path: string): Promise<Body> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${adminToken}` } });
  return (await response.json()) as Body;
}

/** The id of the open alert of a team. */
async function alertOf(team: (typeof TEAMS)[number]): Promise<string> {
  const open = async (): Promise<string | undefined> =>
    (
      await get<{ alerts: { id: string; labels: Record<string, string> }[] }>('/api/v1/alerts?limit=100')
    ).alerts.find(({ labels }) => labels['team'] === team)?.id;
  await expect.poll(open, PATIENCE).toBeDefined();
  return (await open()) ?? '';
}

const onAlert =
  (team: (typeof TEAMS)[number], deed: string) =>
  async (send: Send): Promise<unknown> =>
    send({ by: 'somebody else' }, `/api/v1/alerts/${await alertOf(team)}/${deed}`);

const archive = join(directory.path, 'archive');
const backups = join(directory.path, 'backups');
const silence = { matchers: ['team="none"'], comment: 'test', by: 'somebody else' };
let rerating = '';

/** Every route that changes something; a text says why it is not accounted for. */
const deeds: Readonly<Record<string, Audited | string>> = {
  'POST /v1/events': 'the ledger is the account of events',
  'POST /v1/traces': 'the ledger is the account of events',
  'POST /v1/metrics': 'the ledger is the account of samples',
  'POST /v1/feedback': 'the ledger is the account of ratings',
  'POST /api/v1/budgets/reserve': 'requests do it, by the thousand, and the budget counts them',
  'POST /api/v1/budgets/commit': 'as reserve',
  'POST /api/v1/budgets/release': 'as reserve',
  'POST /api/v1/budgets/:id/reserve': 'as reserve',
  'POST /api/v1/budgets/:id/commit': 'as reserve',
  'POST /api/v1/budgets/:id/release': 'as reserve',
  'POST /api/v1/reconciliations': 'it changes nothing: the bill comes in the body',
  'POST /api/v1/backups/verify': 'it changes nothing',
  'POST /api/v1/deployments': {
    action: 'deployment.added',
    act: (send) => send({ service: 'shop', version: '1' }),
  },
  'POST /api/v1/backups': { action: 'backup.made', act: (send) => send({ directory: backups }) },
  'POST /api/v1/archive': {
    action: 'archive.written',
    act: (send) => send({ directory: archive, before: '2099-01-01' }),
  },
  'POST /api/v1/archive/restore': {
    action: 'archive.restored',
    act: (send) => send({ directory: archive }),
  },
  'POST /api/v1/retention': { action: 'retention.ran', act: (send) => send({}) },
  'POST /api/v1/reratings': {
    action: 'rerate.applied',
    act: async (send) => {
      writeCard(3);
      await send(undefined, '/-/reload');
      const { plan } = await send({});
      rerating = String((await send({ plan }))['id']);
    },
  },
  'POST /api/v1/reratings/:id/undo': {
    action: 'rerate.undone',
    act: (send) => send(undefined, `/api/v1/reratings/${rerating}/undo`),
  },
  'POST /api/v1/alerts/:id/acknowledge': {
    action: 'alert.acknowledged',
    act: onAlert('red', 'acknowledge'),
  },
  'POST /api/v1/alerts/:id/snooze': { action: 'alert.snoozed', act: onAlert('green', 'snooze') },
  'POST /api/v1/alerts/:id/resolve': { action: 'alert.resolved', act: onAlert('blue', 'resolve') },
  'POST /api/v1/silences': { action: 'silence.created', act: (send) => send(silence) },
  'DELETE /api/v1/silences/:id': {
    action: 'silence.ended',
    act: async (send) => {
      const { id } = await send(silence, '/api/v1/silences', 'POST');
      await send(undefined, `/api/v1/silences/${String(id)}`);
    },
  },
  'POST /api/v1/notifications/test': {
    action: 'notification.tested',
    act: (send) => send({ channel: 'hook', by: 'somebody else' }),
  },
  'POST /api/v1/notifications/:id/retry': {
    action: 'notification.retried',
    act: async (send) => {
      const aside = async (): Promise<string | undefined> =>
        (await get<{ messages: { id: string }[] }>('/api/v1/notifications?state=dead')).messages[0]?.id;
      await expect.poll(aside, PATIENCE).toBeDefined();
      await send({ by: 'somebody else' }, `/api/v1/notifications/${await aside()}/retry`);
    },
  },
  'POST /api/v1/tokens': { action: 'token.created', act: (send) => send({ name: 'made', roles: ['read'] }) },
  'POST /api/v1/tokens/:id/revoke': {
    action: 'token.revoked',
    act: (send) => send(undefined, '/api/v1/tokens/made/revoke'),
  },
  'POST /-/reload': {
    action: 'config.changed',
    act: (send) => {
      writeConfig(0.9);
      return send();
    },
  },
  'GET /api/v1/export/:kind': {
    action: 'export.made',
    act: (send) => send(undefined, '/api/v1/export/events'),
  },
  'POST /api/v1/erasures': { action: 'user.erased', act: (send) => send({ user: 'red-user' }) },
};

const audited = Object.entries(deeds).filter(
  (entry): entry is [string, Audited] => typeof entry[1] !== 'string',
);

/** Sends as the holder of a token that is named after the route. */
async function senderFor(route: string): Promise<Send> {
  const [ownMethod = '', pattern = ''] = route.split(' ');
  const made = await fetch(`${server.url}/api/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `holder of ${route}`, roles: ['admin'] }),
  });
  const { token } = (await made.json()) as { token: string };
  return async (body, path = pattern, method = path === '/-/reload' ? 'POST' : ownMethod) => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const last = text.trim().split('\n').at(-1) ?? '';
    if (!response.ok || last.startsWith('{"error"')) throw new Error(`${route}: ${response.status} ${text}`);
    return last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : {};
  };
}

beforeAll(async () => {
  receiver = await startReceiver(() => ({ status: 400, body: 'no' }));
  writeConfig(0.8);
  writeCard(1);
  server = await startServer(dataDirectory, { args: ['--config', config] });
  const made = await runCli([
    'token',
    'create',
    '--name',
    'first',
    '--role',
    'admin',
    '--data',
    dataDirectory,
  ]);
  adminToken = made.stdout.trim();
  const events = TEAMS.flatMap((team) =>
    [0, 1].map((n) => ({
      id: `${team}-${n}`,
      timestamp: Date.now() - n * 600_000,
      provider: 'acme',
      model: 'known',
      input_tokens: 1000,
      team,
      user_id: `${team}-user`,
    })),
  );
  await post(server.url, events, { headers: { authorization: `Bearer ${adminToken}` } });
});

afterAll(async () => {
  await server.stop();
  await receiver.close();
  directory.remove();
});

describe('a change over HTTP', () => {
  it('is one of those that are told here, in what way it is accounted for', () => {
    const changing = Object.keys(routeTable).filter((route) => !route.startsWith('GET '));
    expect(changing.length).toBeGreaterThan(25);
    expect(Object.keys(deeds).toSorted()).toEqual([...changing, 'GET /api/v1/export/:kind'].toSorted());
    expect(audited.every(([, { action }]) => isAuditAction(action))).toBe(true);
  });

  it.each(audited)('%s is in the audit log by the name of the token', async (route, { action, act }) => {
    const holder = `holder of ${route}`;
    await act(await senderFor(route));
    const path = `/api/v1/audit?actor=${encodeURIComponent(holder)}&action=${action}`;
    const { entries } = await get<{ entries: { actor: string; action: string }[] }>(path);
    expect(entries).toMatchObject([{ actor: holder, action }]);
  });

  it('leaves a log that is whole', async () => {
    const { code, stdout } = await runCli(['audit', 'verify', '--data', dataDirectory]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/whole|intact|OK/i)]);
  });
});
