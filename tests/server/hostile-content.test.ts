/**
 * Names that would run as script, as formulas or as metrics, sent in every field that
 * takes a text, and looked for in every view; and secrets of the configuration, looked
 * for in everything that the server says, writes and hands out.
 */

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventFields } from '../../packages/events/src/fields.ts';
import { parseExposition } from '../../packages/metrics/src/parse/index.ts';
import { configKeys } from '../../packages/server/src/config/schema.ts';
import { routeRequests } from './route-requests.ts';
import { type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const dataDirectory = join(directory.path, 'data');
const config = join(directory.path, 'bellwether.yaml');
let server: RunningServer;

const names: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "javascript:alert('1')//",
  '=HYPERLINK("http://evil.example","x")',
  '+1+cmd|calc',
  '-1+1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '-5',
  'quote " backslash \\ and\nline',
  'x"} 1\nsmuggled_total{a="b"} 2\n# EOF\n',
  '__proto__',
];

/** One canary for each secret that a server with an embedded ledger can have. */
const secrets = {
  'sql_database.password': 'canary-sql-password',
  'monitoring.prometheus_endpoint': 'canary-prometheus',
  'monitoring.grafana_endpoint': 'canary-grafana',
  'monitoring.metrics_server_endpoint': 'canary-alertmanager',
  'access.admin_token': 'canary-admin-token-0123456789',
  'access.operate_token': 'canary-operate-token-0123456789',
  'access.read_token': 'canary-read-token-0123456789',
  'access.ingest_token': 'canary-ingest-token-0123456789',
};
const signing = Buffer.from('canary-of-a-signature-0123456789').toString('base64');
const CANARY = new RegExp(`canary|${signing}`);

function configuration(more: object = {}): string {
  const endpoint = (secret: string): string => `http://user:${secret}@127.0.0.1:1`;
  const channel = (id: string, type: string, rest: object) => ({ id, type, allow_private: true, ...rest });
  return JSON.stringify({
    sql_database: { password: secrets['sql_database.password'] },
    monitoring: {
      sql_database_endpoint: '127.0.0.1:1',
      prometheus_endpoint: endpoint(secrets['monitoring.prometheus_endpoint']),
      grafana_endpoint: endpoint(secrets['monitoring.grafana_endpoint']),
      metrics_server_endpoint: endpoint(secrets['monitoring.metrics_server_endpoint']),
    },
    access: {
      admin_token: secrets['access.admin_token'],
      operate_token: secrets['access.operate_token'],
      read_token: secrets['access.read_token'],
      ingest_token: secrets['access.ingest_token'],
    },
    notifications: {
      channels: [
        channel('slack', 'slack', { url: 'http://127.0.0.1:1/services/canary-slack' }),
        channel('teams', 'teams', { url: 'http://127.0.0.1:1/hooks/canary-teams?sig=canary-sig' }),
        channel('hook', 'webhook', { url: 'http://127.0.0.1:1/canary-hook', secret: `whsec_${signing}` }),
        channel('pager', 'pagerduty', { url: 'http://127.0.0.1:1/', routing_key: 'canary-routing-key' }),
        channel('mail', 'email', {
          host: '127.0.0.1',
          port: 1,
          from: 'a@b.example',
          to: ['c@d.example'],
          user: 'me',
          password: 'canary-mail-password',
        }),
      ],
    },
    performance: { log_level: 'TRACE' },
    ...more,
  });
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + path, {
    ...init,
    headers: {
      authorization: `Bearer ${secrets['access.admin_token']}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
}

const textOf = async (path: string, init: RequestInit = {}): Promise<string> =>
  (await ask(path, init)).text();

const textFields = Object.entries(eventFields)
  .filter(([name, { kind }]) => kind === 'text' && !['id', 'provider', 'model'].includes(name))
  .map(([name]) => name);

/** Everything that there is to read, with what it was asked for. */
async function everything(): Promise<[string, string][]> {
  const said: [string, string][] = [['the log', server.output()]];
  const paths = Object.entries(routeRequests)
    .filter(([route]) => route.startsWith('GET '))
    .map(([route, { path = route.slice(4) }]) => path);
  for (const kind of ['performance', 'cost', 'sla', 'roi', 'capacity'])
    for (const format of ['json', 'text', 'html']) paths.push(`/api/v1/reports/${kind}?format=${format}`);
  for (const kind of ['events', 'rollups', 'focus'])
    for (const format of ['csv', 'json', 'parquet']) paths.push(`/api/v1/export/${kind}?format=${format}`);
  for (const path of paths) {
    const response = await ask(path);
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    said.push([path, `${JSON.stringify([...response.headers])}\n${text}`]);
  }
  return said;
}

beforeAll(async () => {
  writeFileSync(config, configuration());
  server = await startServer(dataDirectory, { args: ['--config', config] });
  const events = names.map((name, n) => ({
    id: `event-${n}`,
    timestamp: Date.now() - 1000 * n,
    provider: 'openai',
    model: name,
    input_tokens: 1000,
    ...Object.fromEntries(textFields.map((field) => [field, name])),
    cost_usd: '1.5',
    status: 'error',
    service_tier: 'standard',
    attributes: { [name.slice(0, 20)]: name },
  }));
  for (const event of events) {
    // What a field does not take, it refuses; the others are sent without it.
    let sent: Record<string, unknown> = event;
    for (let tries = 0; tries < 30; tries += 1) {
      const response = await ask('/v1/events', { method: 'POST', body: JSON.stringify(sent) });
      const answer = (await response.json()) as { error?: { field?: string } };
      if (response.status === 200) break;
      const { [answer.error?.field?.split('.')[0] ?? '']: _refused, ...rest } = sent;
      sent = rest;
    }
  }
  const stored = async (): Promise<number> =>
    (JSON.parse(await textOf('/api/v1/costs')) as { total?: { requests: number } }).total?.requests ?? 0;
  while ((await stored()) < names.length) await setTimeout(100);
}, 90_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

describe('hostile names', () => {
  it('are data in every page, and every page says that nothing of it may run', async () => {
    const pages = ['/docs', '/docs/search?q=%3Cscript%3Ealert(1)%3C/script%3E', '/docs/operate/access'];
    for (const kind of ['performance', 'cost', 'sla', 'roi', 'capacity'])
      pages.push(`/api/v1/reports/${kind}?format=html`);
    pages.push(
      '/api/v1/reports/performance?format=html&by=team,user_id',
      '/api/v1/reports/cost?format=html&by=model',
    );
    let shown = 0;
    for (const page of pages) {
      const response = await ask(page);
      const html = await response.text();
      const policy = response.headers.get('content-security-policy') ?? '';
      expect([page, response.status, response.headers.get('content-type')]).toEqual([
        page,
        200,
        'text/html; charset=utf-8',
      ]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe-(?:inline|eval)|\*/);
      expect(html).not.toMatch(/<script|<img src=x|<[^>]* on\w+=|<[^>]*(?:href|src)="\s*javascript:/i);
      if (html.includes('&lt;script&gt;')) shown += 1;
    }
    // What is in no page would prove nothing.
    expect(shown).toBeGreaterThan(2);
  });

  it('are data in JSON and text, which no browser takes for a page', async () => {
    for (const path of ['/api/v1/costs?by=model,team', '/api/v1/reports/cost?format=text', '/metrics']) {
      const { headers } = await ask(path);
      expect(headers.get('content-type')).not.toContain('html');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    }
    const answer = JSON.parse(await textOf('/api/v1/costs?by=model')) as {
      rows: { key: { model: string } }[];
    };
    const models = answer.rows.map(({ key }) => key.model);
    for (const name of names.filter((each) => !/\p{Cc}/u.test(each))) expect(models).toContain(name);
  });

  it.each(['text/plain; version=0.0.4', 'application/openmetrics-text; version=1.0.0'])(
    'come back from the exposition as they were, and smuggle nothing into it (%s)',
    async (accept) => {
      const response = await fetch(`${server.url}/metrics`, {
        headers: { accept, authorization: `Bearer ${secrets['access.read_token']}` },
      });
      const families = parseExposition(await response.text(), response.headers.get('content-type') ?? '');
      expect(families.filter(({ name }) => name.startsWith('smuggled'))).toEqual([]);
      const models = new Set(
        families.flatMap(({ samples }) =>
          samples.map(({ labels }) => new Map(Object.entries(labels)).get('model')),
        ),
      );
      for (const name of names.filter((each) => !/\p{Cc}/u.test(each))) expect([...models]).toContain(name);
    },
  );

  it.each(['events', 'rollups', 'focus'])(
    'are no formula in the CSV of %s, and numbers stay numbers',
    async (kind) => {
      const text = await textOf(`/api/v1/export/${kind}?format=csv`);
      const cells = [...text.matchAll(/(?<=^|,|\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|\r?\n|$)/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      );
      const isNumber = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
      expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell) && !isNumber.test(cell))).toEqual([]);
      expect(cells).toContain('\'=HYPERLINK("http://evil.example","x")');
      expect(cells).toContain("'-1+1");
      expect(cells).toContain('-5');
      expect(cells).not.toContain("'-5");
    },
  );
});

describe('secrets of the configuration', () => {
  it('are all in this test, but those of a remote ledger', () => {
    const declared = [...configKeys.values()].filter(({ secret }) => secret === true).map(({ name }) => name);
    expect(declared.filter((name) => !name.startsWith('ledger.')).toSorted()).toEqual(
      Object.keys(secrets).toSorted(),
    );
  });

  it('are in no answer, export, log, audit entry or file, also when things fail', async () => {
    const said: [string, string][] = [];
    for (const channel of ['slack', 'teams', 'hook', 'pager', 'mail']) {
      const body = JSON.stringify({ channel });
      said.push([channel, await textOf('/api/v1/notifications/test', { method: 'POST', body })]);
    }
    // Configurations that are refused, each with the secret itself at fault.
    const broken: object[] = [
      { access: { admin_token: 'canary' } },
      { monitoring: { prometheus_endpoint: 'ftp://user:canary@127.0.0.1' } },
      { notifications: { channels: [{ id: 'hook', type: 'webhook', url: 'canary', secret: 'canary' }] } },
      { notifications: { channels: [{ id: 'pager', type: 'pagerduty', routing_key: ['canary'] }] } },
      { sql_database: { password: ['canary'] } },
    ];
    for (const more of broken) {
      writeFileSync(config, configuration(more));
      const response = await ask('/-/reload', { method: 'POST' });
      expect([more, response.status]).toEqual([more, 422]);
      said.push([JSON.stringify(more), await response.text()]);
      const checked = await runCli(['check', 'config', '--config', config]);
      expect(checked.code).not.toBe(0);
      said.push(['check config', checked.stdout + checked.stderr]);
    }
    writeFileSync(config, configuration());
    said.push(...(await everything()));
    for (const args of [
      ['check', 'config', '--config', config],
      ['check', 'config', '--config', config, '--json'],
      ['audit', 'list', '--json', '--data', dataDirectory],
      ['doctor', '--config', config, '--data', dataDirectory],
      ['notify', 'test', 'hook', '--data', dataDirectory],
      ['generate', 'alertmanager', '--config', config, '--out', join(directory.path, 'generated')],
    ]) {
      const { stdout, stderr } = await runCli(args);
      said.push([args.join(' '), stdout + stderr]);
    }
    const files = [dataDirectory, join(directory.path, 'generated')].flatMap((folder) =>
      globSync('**/*', { cwd: folder, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    for (const file of files) said.push([file, readFileSync(file).toString('latin1')]);
    expect(said.length).toBeGreaterThan(100);
    const leaks = said
      .filter(([, text]) => CANARY.test(text))
      .map(([where, text]) => {
        const at = CANARY.exec(text)?.index ?? 0;
        return [where.replace(/canary/g, '…'), text.slice(Math.max(0, at - 80), at + 80)];
      });
    expect(leaks).toEqual([]);
  });
});
