/**
 * Alerts told by the real server: to receivers that check what each service takes, to
 * two real Alertmanagers, and to a real mail server that insists on TLS.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from './free-port.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const ALERTMANAGER = '/usr/bin/prometheus-alertmanager';
const AMTOOL = '/usr/bin/amtool';
const hasAlertmanager = existsSync(ALERTMANAGER) || process.env.CI === 'true';
const PATIENCE = { timeout: 60_000, interval: 50 };
const SECRET = `whsec_${Buffer.from('a key of thirty-two bytes exactly').toString('base64')}`;
const ROUTING_KEY = 'R'.repeat(32);
const PASSWORD = 'correct horse';

const directory = temporaryDirectory();
const mails: { readonly to: readonly string[]; readonly secure: boolean; readonly text: string }[] = [];
const alertmanagers: ChildProcess[] = [];
const peers: string[] = [];
let receiver: Receiver;
let smtp: SMTPServer;
let server: RunningServer;
let alertId: string;

interface Alert {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

async function get<Body>(path: string): Promise<Body> {
  return (await (await fetch(`${server.url}${path}`)).json()) as Body;
}

async function send(path: string, body: object): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Starts a mail server with a certificate that its own authority signed. */
async function startMail(): Promise<number> {
  const key = join(directory.path, 'mail.key');
  const certificate = join(directory.path, 'mail.pem');
  const request =
    'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mail.test -addext subjectAltName=DNS:mail.test';
  execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  smtp = new SMTPServer({
    key: readFileSync(key),
    cert: readFileSync(certificate),
    onAuth: ({ username, password }, session, done) => {
      if (session.secure && username === 'bellwether' && password === PASSWORD)
        done(null, { user: username });
      else done(new Error('no'));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, secure: session.secure, text: Buffer.concat(chunks).toString('utf8') });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => {
    smtp.listen(0, '127.0.0.1', resolve);
  });
  return (smtp.server.address() as AddressInfo).port;
}

/** Starts the real Alertmanager. */
async function startAlertmanager(): Promise<string> {
  const port = await freePort();
  const home = join(directory.path, `alertmanager-${port}`);
  mkdirSync(home);
  const config = join(home, 'alertmanager.yml');
  writeFileSync(config, 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
  alertmanagers.push(
    spawn(
      ALERTMANAGER,
      [
        `--config.file=${config}`,
        `--storage.path=${home}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    ),
  );
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => {
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
  }, PATIENCE);
  return url;
}

/** What amtool sees: the labels of the alerts that fire. */
function firing(url: string): Record<string, string>[] {
  const text = execFileSync(AMTOOL, [
    'alert',
    'query',
    '--output=json',
    `--alertmanager.url=${url}`,
  ]).toString();
  return (JSON.parse(text) as { labels: Record<string, string> }[]).map(({ labels }) => labels);
}

function configuration(mailPort: number): string {
  const channel = (id: string, type: string, more: object = {}): object => ({
    id,
    type,
    url: `${receiver.url}/${id}`,
    allow_private: true,
    ...more,
  });
  const alertmanager = { id: 'router', type: 'alertmanager', urls: peers, allow_private: true };
  const mail = {
    id: 'mail',
    type: 'email',
    host: '127.0.0.1',
    port: mailPort,
    allow_private: true,
    from: 'bellwether@example.org',
    to: ['one@example.org', 'two@example.org'],
    user: 'bellwether',
    password: PASSWORD,
    server_name: 'mail.test',
    ca_file: join(directory.path, 'mail.pem'),
  };
  // JSON is YAML.
  return JSON.stringify({
    alerts: {
      preset: 'none',
      evaluation_interval: 1,
      rules: [
        {
          id: 'errors',
          name: 'HighErrors',
          measure: 'error_ratio',
          by: ['provider'],
          window: '20m',
          step: '1m',
          reduce: 'max',
          above: 0.5,
          severity: 'critical',
          summary: '{{ labels.provider }} fails {{ value | percent }} <&>',
          runbook: 'https://example.org/runbook',
        },
      ],
    },
    notifications: {
      external_url: 'https://bellwether.example.org',
      channels: [
        channel('slack', 'slack'),
        channel('teams', 'teams'),
        channel('hook', 'webhook', { secret: SECRET }),
        channel('pager', 'pagerduty', { routing_key: ROUTING_KEY }),
        channel('gone', 'webhook'),
        ...(peers.length > 0 ? [alertmanager] : []),
        mail,
      ],
      routes: [
        {
          id: 'all',
          channels: [
            'slack',
            'teams',
            'hook',
            'pager',
            'gone',
            'mail',
            ...(peers.length > 0 ? ['router'] : []),
          ],
          group_wait: 0,
          group_interval: 0,
        },
      ],
    },
  });
}

beforeAll(async () => {
  receiver = await startReceiver(({ path }) =>
    path === '/pager' ? { status: 202 } : { status: path === '/gone' ? 404 : 200, body: 'ok' },
  );
  const mailPort = await startMail();
  if (hasAlertmanager) peers.push(await startAlertmanager(), await startAlertmanager());
  const file = join(directory.path, 'bellwether.yaml');
  writeFileSync(file, configuration(mailPort));
  // What is in the ledger when the server starts is seen by its first evaluation.
  const before = await startServer(join(directory.path, 'data'));
  const timestamp = Date.now() - 5 * 60_000;
  const events = Array.from({ length: 10 }, (_none, n) => ({
    id: `e${n}`,
    timestamp,
    provider: 'openai',
    model: 'gpt-4o',
    status: n < 8 ? 'error' : 'success',
  }));
  await post(before.url, events);
  await vi.waitFor(async () => {
    if ((await metric(before.url, 'llm_requests_total')) !== 10) throw new Error('not loaded yet');
  }, PATIENCE);
  await before.stop();
  server = await startServer(join(directory.path, 'data'), { args: ['--config', file] });
  alertId = await vi.waitFor(async () => {
    const { alerts } = await get<{ alerts: Alert[] }>('/api/v1/alerts?state=raised');
    if (alerts[0] === undefined) throw new Error('not raised yet');
    return alerts[0].id;
  }, PATIENCE);
}, 120_000);

afterAll(async () => {
  await server?.stop();
  for (const child of alertmanagers) child.kill('SIGKILL');
  await receiver?.close();
  await new Promise<void>((resolve) => {
    if (smtp === undefined) resolve();
    else smtp.close(resolve);
  });
  directory.remove();
});

interface SlackBody {
  readonly text: string;
  readonly blocks: readonly { readonly type: string; readonly text: { readonly text: string } }[];
}

interface PagerDutyBody {
  readonly routing_key: string;
  readonly event_action: string;
  readonly dedup_key: string;
  readonly payload?: { readonly summary: string; readonly severity: string; readonly source: string };
}

describe('an alert that is raised', () => {
  it('is told to Slack within its limits', async () => {
    await expect.poll(() => receiver.json<SlackBody>('/slack').length, PATIENCE).toBe(1);
    const [body] = receiver.json<SlackBody>('/slack');
    expect(body?.text).toBe('Critical: openai fails 80 % &lt;&amp;&gt;');
    expect(body?.blocks.map(({ type }) => type)).toEqual(['header', 'section']);
    expect(body?.blocks[0]?.text.text).toBe('Critical: openai fails 80 % <&>');
    expect(body?.blocks[1]?.text.text).toContain(
      `<https://bellwether.example.org/api/v1/alerts/${alertId}|HighErrors>`,
    );
  });

  it('is told to Teams as an Adaptive Card', async () => {
    await expect.poll(() => receiver.json('/teams').length, PATIENCE).toBe(1);
    const [body] = receiver.json<{ attachments: { contentType: string; content: { body: object[] } }[] }>(
      '/teams',
    );
    const [card] = body?.attachments ?? [];
    expect(card?.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(JSON.stringify(card?.content.body[0])).toContain('Critical: openai fails 80 % <&>');
  });

  it('is told to a webhook with a signature that holds', async () => {
    await expect.poll(() => receiver.json('/hook').length, PATIENCE).toBe(1);
    const delivery = receiver.deliveries.find(({ path }) => path === '/hook');
    const {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
    } = delivery?.headers ?? {};
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key)
      .update(`${String(id)}.${String(timestamp)}.${delivery?.body}`)
      .digest('base64');
    expect(signature).toBe(`v1,${expected}`);
    const [body] = receiver.json<{ type: string; data: { alerts: { id: string; value: number }[] } }>(
      '/hook',
    );
    expect(body?.type).toBe('alerts.firing');
    expect(body?.data.alerts.map(({ id: alert, value }) => [alert, value])).toEqual([[alertId, 0.8]]);
  });

  it('is told by mail, encrypted, in text and HTML', async () => {
    await expect.poll(() => mails.length, PATIENCE).toBe(1);
    const [mail] = mails;
    expect(mail?.secure).toBe(true);
    expect(mail?.to).toEqual(['one@example.org', 'two@example.org']);
    expect(mail?.text).toContain('Subject: Critical: openai fails 80 % <&>');
    expect(mail?.text).toContain('Content-Type: text/plain');
    expect(mail?.text).toContain('Content-Type: text/html');
    expect(mail?.text).toContain('openai fails 80 % &lt;&amp;&gt;');
  });

  it.skipIf(!hasAlertmanager)('is told to every Alertmanager', async () => {
    for (const peer of peers) {
      await expect.poll(() => firing(peer).length, PATIENCE).toBe(1);
      expect(firing(peer)).toEqual([
        { alertname: 'HighErrors', provider: 'openai', rule: 'errors', severity: 'critical' },
      ]);
    }
  });

  it('is put aside, shown, and can be sent again, where a receiver refuses it', async () => {
    interface Notifications {
      readonly channels: { readonly channel: string; readonly dead: number }[];
      readonly messages: { readonly id: string; readonly error: string; readonly channel: string }[];
    }
    const dead = () => get<Notifications>('/api/v1/notifications?state=dead');
    await expect.poll(async () => (await dead()).messages.length, PATIENCE).toBe(1);
    const { channels, messages } = await dead();
    expect(messages[0]).toMatchObject({ channel: 'gone', error: 'status 404: ok' });
    expect(channels.find(({ channel }) => channel === 'gone')?.dead).toBe(1);
    const health = async () =>
      (await get<{ checks: Record<string, { status: string }> }>('/health')).checks['alerts']?.status;
    await expect.poll(health, PATIENCE).toBe('degraded');
    const tries = receiver.json('/gone').length;
    const answer = await send(`/api/v1/notifications/${messages[0]?.id}/retry`, { by: 'ada' });
    expect(answer.status).toBe(200);
    await expect.poll(() => receiver.json('/gone').length, PATIENCE).toBe(tries + 1);
    await expect
      .poll(() => metric(server.url, 'custom_metrics_notifications_dead', { channel: 'gone' }), PATIENCE)
      .toBe(1);
  });
});

describe('an alert in somebody’s hands', () => {
  it('is one incident at PagerDuty from its trigger to its end', async () => {
    const actions = () => receiver.json<PagerDutyBody>('/pager').map(({ event_action: action }) => action);
    await expect.poll(actions, PATIENCE).toEqual(['trigger']);
    expect((await send(`/api/v1/alerts/${alertId}/acknowledge`, { by: 'ada' })).status).toBe(200);
    await expect.poll(actions, PATIENCE).toEqual(['trigger', 'acknowledge']);
    expect((await send(`/api/v1/alerts/${alertId}/resolve`, { by: 'ada' })).status).toBe(200);
    await expect.poll(actions, PATIENCE).toEqual(['trigger', 'acknowledge', 'resolve']);
    const bodies = receiver.json<PagerDutyBody>('/pager');
    expect(new Set(bodies.map(({ dedup_key: key }) => key)).size).toBe(1);
    expect(new Set(bodies.map(({ routing_key: key }) => key))).toEqual(new Set([ROUTING_KEY]));
    expect(bodies[0]?.payload).toMatchObject({
      summary: 'Critical: openai fails 80 % <&>',
      severity: 'critical',
      source: 'openai',
    });
  });

  it.skipIf(!hasAlertmanager)('is over at every Alertmanager when it is resolved', async () => {
    for (const peer of peers) await expect.poll(() => firing(peer), PATIENCE).toEqual([]);
  });

  it('has its whole history', async () => {
    const { history } = await get<{ history: { action: string; actor: string }[] }>(
      `/api/v1/alerts/${alertId}`,
    );
    expect(history.map(({ action, actor }) => [action, actor])).toEqual([
      ['raised', 'rule'],
      ['notified', 'server'],
      ['acknowledged', 'ada'],
      ['resolved', 'ada'],
    ]);
  });
});

describe('bellwether notify', () => {
  const data = join(directory.path, 'data');

  it('test sends a message, and fails where none arrives', async () => {
    const before = receiver.json('/slack').length;
    expect(await runCli(['notify', 'test', 'slack', '--data', data])).toMatchObject({
      code: 0,
      stdout: 'slack took it.\n',
    });
    expect(receiver.json('/slack').length).toBe(before + 1);
    const refused = await runCli(['notify', 'test', 'gone', '--data', data]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('gone did not take it: status 404');
    expect((await runCli(['notify', 'test', 'nobody', '--data', data])).stderr).toContain(
      'There is no channel',
    );
  });

  it('keeps secrets out of every answer', async () => {
    const texts = await Promise.all(
      ['/api/v1/notifications', '/api/v1/alerts', '/health', '/metrics'].map(async (path) =>
        (await fetch(`${server.url}${path}`)).text(),
      ),
    );
    const all = [...texts, server.output()].join('\n');
    for (const secret of [SECRET, ROUTING_KEY, PASSWORD]) expect(all).not.toContain(secret);
  });
});
