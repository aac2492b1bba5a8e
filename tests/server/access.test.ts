import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { catalogue } from '@bellwether/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/server/src/auth/index.ts';
import { routeRequests } from './route-requests.ts';
import { root, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const dataDirectory = join(directory.path, 'data');
const config = join(directory.path, 'bellwether.yaml');
let server: RunningServer;

const budgetsOf = (month: string): string => `
  - { id: tenants, amount_usd: 10, period: ${month}, per: tenant }
  - { id: globex-all, amount_usd: 1, period: ${month}, scope: { tenant: globex } }
  - { id: acme-all, amount_usd: 1, period: ${month}, scope: { tenant: acme } }
  - { id: both, amount_usd: "0.5", period: ${month}, scope: { tenant: [acme, globex] } }`;

writeFileSync(
  config,
  `access: { open_monitoring: false, read_token: configured-read-token }
notifications: { channels: [{ id: chat, type: slack, url: "http://127.0.0.1:1/services/canary-of-a-web-hook" }] }
monitoring: { prometheus_endpoint: "http://scraper:canary-of-a-password@127.0.0.1:1" }
budgets:${budgetsOf('month')}
`,
);

/** What a token is for, in the table below. */
const roleNames = ['ingest', 'read', 'operate', 'admin'] as const;
type RoleName = (typeof roleNames)[number];
/** What each role may do. Said here once more, so that a mistake in the server is not one in the test too. */
const includes: Readonly<Record<RoleName, readonly string[]>> = {
  ingest: ['ingest'],
  read: ['read', 'monitoring'],
  operate: ['read', 'monitoring', 'operate'],
  admin: ['ingest', 'read', 'monitoring', 'operate', 'admin'],
};
const tokens = new Map<string, string>();

async function makeToken(name: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli([
    'token',
    'create',
    '--name',
    name,
    '--data',
    dataDirectory,
    ...args,
  ]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

async function send(
  route: string,
  token: string | null,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const [method = '', pattern = ''] = route.split(' ');
  const { path = pattern, body } = routeRequests[route] ?? {};
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function ask(
  path: string,
  token: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(server.url + path, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const tokenOf = (name: string): string => tokens.get(name) ?? '';

/** An event of this month, with everything about it named after its tenant. */
function event(tenant: string, n: number): Record<string, unknown> {
  return {
    id: `${tenant}-${n}`,
    timestamp: new Date().toISOString(),
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: 1000 * n,
    tenant,
    team: `${tenant}-team`,
    user_id: `${tenant}-user`,
    backend_id: `${tenant}-backend`,
    application: `${tenant}-application`,
  };
}

/** A gauge with a point for each tenant, in an OTLP request; an empty one names none. */
function metricsOf(name: string, tenants: readonly string[], ofResource = ''): Record<string, unknown> {
  const attribute = (key: string, stringValue: string) =>
    stringValue === '' ? [] : [{ key, value: { stringValue } }];
  const dataPoints = tenants.map((tenant, i) => ({
    timeUnixNano: `${Date.now()}000000`,
    asDouble: i + 1,
    attributes: attribute('tenant', tenant),
  }));
  const resource = {
    attributes: [...attribute('service.name', 'shop'), ...attribute('bellwether.tenant', ofResource)],
  };
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints } }] }] }] };
}

beforeAll(async () => {
  server = await startServer(dataDirectory, { args: ['--config', config] });
  for (const role of roleNames) {
    tokens.set(role, await makeToken(role, ['--role', role]));
    tokens.set(`acme ${role}`, await makeToken(`acme-${role}`, ['--role', role, '--tenant', 'acme']));
  }
  const events = [1, 2, 3].flatMap((n) => [event('acme', n), event('globex', n)]);
  await ask('/v1/events', tokenOf('ingest'), events);
  await ask('/v1/metrics', tokenOf('ingest'), metricsOf('of_tenants', ['acme', 'globex']));
  while ((await send('GET /api/v1/costs', tokenOf('read'))).status !== 200) await setTimeout(100);
}, 90_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

describe('every route', () => {
  it('has an entry in the table, and a request in this test', async () => {
    const { paths } = JSON.parse((await send('GET /openapi.json', tokenOf('read'))).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    // Routes may be left out of the description; in the sources none is hidden.
    const sources = globSync('packages/server/src/**/*.ts', { cwd: root }).flatMap((file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /\bserver\s*\.(get|post|put|patch|delete)(?:<[^(]*>)?\(\s*'([^']+)'/g,
        ),
      ].map(([, method = '', path = '']) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.length).toBeGreaterThan(30);
    expect(sources.length).toBeGreaterThan(30);
    const all = [...new Set([...described, ...sources])].toSorted();
    expect(Object.keys(routeTable).toSorted()).toEqual(all);
    expect(Object.keys(routeRequests).toSorted()).toEqual(all);
  });

  it.each(Object.keys(routeRequests))('%s answers whom it is for, and nobody else', async (route) => {
    const { need, tenant } = routeTable[route] ?? { need: 'admin', tenant: 'refused' };
    const senders: [string, string | null][] = [['nobody', null], ['unknown', 'bw_0000000000_x'], ...tokens];
    for (const [name, token] of senders) {
      const { status } = await send(route, token);
      const role = roleNames.find((each) => name.endsWith(each));
      const expected =
        need === 'probe'
          ? 'answered'
          : role === undefined
            ? 401
            : !includes[role].includes(need) || (name.startsWith('acme') && tenant === 'refused')
              ? 403
              : 'answered';
      // Whoever guesses tokens has to wait after some.
      const refusal = name === 'unknown' && status === 429 ? 401 : status;
      expect([name, refusal === 401 || refusal === 403 ? refusal : 'answered']).toEqual([name, expected]);
    }
  });

  it.each(Object.keys(routeRequests))('%s tells a tenant nothing of another', async (route) => {
    for (const role of roleNames) {
      const { text } = await send(route, tokenOf(`acme ${role}`));
      expect(text).not.toMatch(/globex/i);
    }
  });

  // What cannot be seen at all would prove nothing.
  it.each(Object.keys(routeRequests).filter((route) => routeRequests[route]?.showsTenants))(
    '%s tells it to those who are restricted to no tenant',
    async (route) => {
      expect((await send(route, tokenOf('admin'))).text).toMatch(/globex/i);
    },
  );

  it('answers HEAD to the same, and 401 where there is none', async () => {
    for (const [token, status] of [
      [null, 401],
      [tokenOf('ingest'), 403],
      [tokenOf('read'), 200],
    ] as const) {
      const response = await fetch(`${server.url}/api/v1/costs`, {
        method: 'HEAD',
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(status);
    }
    const nowhere = await fetch(`${server.url}/nothing/here`);
    expect(nowhere.status).toBe(401);
  });
});

describe('a token for one tenant', () => {
  it('stores events of it, named or not, and of no other', async () => {
    const token = tokenOf('acme ingest');
    const { tenant: _tenant, ...unnamed } = event('acme', 7);
    expect(await ask('/v1/events', token, [event('acme', 8), unnamed])).toMatchObject({
      status: 200,
      body: { accepted: 2 },
    });
    expect(await ask('/v1/events', token, [event('acme', 9), event('globex', 9)])).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden', index: 1, field: 'tenant' } },
    });
    expect(await ask('/v1/events?partial=true', token, [event('acme', 9), event('globex', 9)])).toMatchObject(
      {
        status: 200,
        body: { accepted: 1, rejected: [{ index: 1, code: 'forbidden', field: 'tenant' }] },
      },
    );
    const costs = async (name: string): Promise<unknown> =>
      (await ask('/api/v1/costs?by=tenant', tokenOf(name))).body;
    expect(await costs('acme read')).toMatchObject({ total: { requests: 6 } });
    expect(await costs('read')).toMatchObject({
      rows: [
        { key: { tenant: 'acme' }, requests: 6 },
        { key: { tenant: 'globex' }, requests: 3 },
      ],
    });
  });

  it('rates requests of it and reads their ratings, and no others', async () => {
    const rate = (tenant: string) => ({ request_id: `${tenant}-1`, tenant, quality_score: 0.5 });
    const [ingest, read] = [tokenOf('acme ingest'), tokenOf('acme read')];
    expect(await ask('/v1/feedback', ingest, rate('globex'))).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden', field: 'tenant' } },
    });
    expect(await ask('/v1/feedback', ingest, rate('acme'))).toMatchObject({ body: { accepted: 1 } });
    expect(await ask('/v1/feedback', tokenOf('ingest'), rate('globex'))).toMatchObject({ status: 200 });
    const path = '/api/v1/feedback?request_id=';
    expect(await ask(`${path}acme-1`, read)).toMatchObject({ body: { tenant: 'acme', ratings: 1 } });
    expect(await ask(`${path}globex-1`, read)).toMatchObject({ status: 404 });
    expect(await ask(`${path}globex-1&tenant=globex`, read)).toMatchObject({ status: 403 });
    expect(await ask(`${path}globex-1&tenant=globex`, tokenOf('read'))).toMatchObject({ status: 200 });
  });

  it('has the rows of it alone counted, compared, measured and exported', async () => {
    const token = tokenOf('acme read');
    const from = new Date(Date.now() - 7_200_000).toISOString();
    const explained = await ask(`/api/v1/costs/explain?from=${from}`, token);
    expect(explained.body).toMatchObject({ after: { requests: 6 } });
    for (const path of ['overview', 'performance'])
      expect((await ask(`/api/v1/${path}`, token)).body).toMatchObject({ total: { requests: 6 } });
    const series = async (where: string): Promise<number[]> => {
      const { body } = await ask(`/api/v1/series?measure=requests&hours=24&step=7d${where}`, token);
      const [first] = body['series'] as readonly { values: number[] }[];
      return first?.values ?? [];
    };
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(await series(''))).toBe(6);
    expect(sum(await series('&where=tenant=globex'))).toBe(0);
    for (const kind of ['events', 'focus']) {
      for (const format of ['csv', 'json', 'parquet']) {
        const response = await fetch(`${server.url}/api/v1/export/${kind}?format=${format}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        const bytes = Buffer.from(await response.arrayBuffer()).toString('latin1');
        expect([response.status, response.headers.get('x-bellwether-export-events')]).toEqual([200, '6']);
        expect(bytes).not.toContain('globex');
        const id = response.headers.get('x-bellwether-export-id') ?? '';
        expect(await ask(`/api/v1/exports/${id}`, token)).toMatchObject({ status: 200 });
      }
    }
  });

  it('has its spans stored as its own, and those of another rejected', async () => {
    const span = (n: number, tenant: string) => ({
      traceId: `${n}`.padStart(32, '0'),
      spanId: `${n}`.padStart(16, '0'),
      name: 'chat',
      startTimeUnixNano: `${Date.now()}000000`,
      endTimeUnixNano: `${Date.now()}000001`,
      attributes: Object.entries({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        ...(tenant === '' ? {} : { 'bellwether.tenant': tenant }),
      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    });
    const spans = [span(1, ''), span(2, 'acme'), span(3, 'globex')];
    expect(
      await ask('/v1/traces', tokenOf('acme ingest'), { resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    ).toMatchObject({ status: 200, body: { partialSuccess: { rejectedSpans: '1' } } });
  });

  it('has its samples stored as its own, those of another rejected, and sees no others', async () => {
    const [ingest, all] = [tokenOf('acme ingest'), tokenOf('ingest')];
    const rejected = (answer: { body: Record<string, unknown> }) =>
      (answer.body['partialSuccess'] as { rejectedDataPoints?: string } | undefined)?.rejectedDataPoints ??
      '0';
    const mixed = metricsOf('queue', ['', 'acme', 'globex']);
    expect(rejected(await ask('/v1/metrics', ingest, mixed))).toBe('1');
    expect(rejected(await ask('/v1/metrics', ingest, metricsOf('queue', [''], 'globex')))).toBe('1');
    // The same service of another tenant, named by the resource, and one of nobody.
    expect(rejected(await ask('/v1/metrics', all, metricsOf('queue', [''], 'globex')))).toBe('0');
    expect(rejected(await ask('/v1/metrics', all, metricsOf('unowned', [''])))).toBe('0');
    const series = async (token: string, more = '') => {
      const { body } = await ask(`/api/v1/samples?name=queue${more}`, token);
      return (body['series'] as readonly { labels: object; source: string }[]).map(({ labels }) => labels);
    };
    expect(await series(tokenOf('acme read'))).toEqual([{ tenant: 'acme' }]);
    expect(await series(tokenOf('acme read'), '&label=tenant=globex')).toEqual([]);
    expect(await series(tokenOf('read'))).toEqual([{ tenant: 'acme' }, { tenant: 'globex' }]);
    const names = async (token: string) => {
      const { body } = await ask('/api/v1/samples', token);
      return (body['names'] as readonly { name: string; series: number }[])
        .filter(({ name }) => ['queue', 'unowned'].includes(name))
        .map(({ name, series: count }) => [name, count]);
    };
    expect(await names(tokenOf('acme read'))).toEqual([['queue', 1]]);
    expect(await names(tokenOf('read'))).toEqual([
      ['queue', 2],
      ['unowned', 1],
    ]);
    // What scrapers see is of all tenants: nobody puts anything there with a token for one.
    const family = catalogue.find(
      ({ type, recordedBy }) => type === 'gauge' && recordedBy.join() === 'application',
    )?.name;
    expect(rejected(await ask('/v1/metrics', ingest, metricsOf(`${family}`, ['acme'])))).toBe('0');
    expect(rejected(await ask('/v1/metrics', all, metricsOf(`${family}`, ['globex'])))).toBe('0');
    const exposed = (await send('GET /metrics', tokenOf('read'))).text
      .split('\n')
      .filter((line) => line.startsWith(`${family}{`));
    expect(exposed.map((line) => /tenant="(\w+)"/.exec(line)?.[1])).toEqual(['globex']);
  });

  it('is not told of an export of all tenants', async () => {
    const response = await fetch(`${server.url}/api/v1/export/events`, {
      headers: { authorization: `Bearer ${tokenOf('read')}` },
    });
    await response.text();
    const path = `/api/v1/exports/${response.headers.get('x-bellwether-export-id')}`;
    expect(await ask(path, tokenOf('read'))).toMatchObject({ status: 200 });
    expect(await ask(path, tokenOf('acme read'))).toMatchObject({ status: 404 });
  });

  it('sees its own budgets, and reserves on them without learning of others', async () => {
    const read = tokenOf('acme read');
    const ingest = tokenOf('acme ingest');
    const { body } = await ask('/api/v1/budgets', read);
    const views = body['budgets'] as readonly { id: string; entries: readonly { key: object }[] }[];
    expect(views.map(({ id, entries }) => [id, entries.map(({ key }) => key)])).toEqual([
      ['tenants', [{ tenant: 'acme' }]],
      ['acme-all', [{}]],
    ]);
    for (const id of ['globex-all', 'both'])
      expect(await ask(`/api/v1/budgets/${id}`, read)).toMatchObject({ status: 404 });
    const labels = { tenant: 'globex' };
    expect(
      await ask('/api/v1/budgets/reserve', ingest, { amount_usd: '0.001', key: 'a', labels }),
    ).toMatchObject({
      status: 403,
    });
    const made = await ask('/api/v1/budgets/reserve', ingest, { amount_usd: '0.001', key: 'a' });
    const reserved = made.body as { reservation?: string; budgets?: readonly { id: string }[] };
    expect(reserved.budgets?.map(({ id }) => id).toSorted()).toEqual(['acme-all', 'tenants']);
    // The budget of both refuses, and does not say how much the other has spent.
    const refused = await ask('/api/v1/budgets/reserve', ingest, { amount_usd: '0.6', key: 'b' });
    expect([refused.status, refused.body['error']]).toMatchObject([
      402,
      { message: 'A budget has less left than was asked for.' },
    ]);
    const foreign = await ask('/api/v1/budgets/reserve', tokenOf('ingest'), {
      amount_usd: '0.001',
      key: 'a',
      labels,
    });
    expect(foreign.status).toBe(200);
    const { reservation } = foreign.body as { reservation?: string };
    expect(await ask('/api/v1/budgets/release', ingest, { reservation })).toMatchObject({ status: 404 });
    expect(await ask('/api/v1/budgets/commit', ingest, { reservation })).toMatchObject({ status: 404 });
    expect(await ask('/api/v1/budgets/release', ingest, { reservation: reserved.reservation })).toMatchObject(
      {
        status: 200,
      },
    );
  });
});

describe('a token', () => {
  it('ends within a second of being revoked, wherever that is done', async () => {
    for (const revoke of ['server', 'directory']) {
      const token = await makeToken(`short-${revoke}`, ['--role', 'read']);
      expect((await send('GET /', token)).status).toBe(200);
      const where =
        revoke === 'server' ? ['--url', server.url, '--token', tokenOf('admin')] : ['--data', dataDirectory];
      expect(await runCli(['token', 'revoke', `short-${revoke}`, ...where])).toMatchObject({ code: 0 });
      await expect.poll(async () => (await send('GET /', token)).status, { timeout: 1000 }).toBe(401);
    }
  });

  it('ends when it expires', async () => {
    const expires = new Date(Date.now() + 4000).toISOString();
    const token = await makeToken('brief', ['--role', 'read', '--expires', expires]);
    await expect
      .poll(async () => (await send('GET /', token)).status, { timeout: 60_000, interval: 200 })
      .toBe(401);
    const { stdout } = await runCli(['token', 'list', '--json', '--data', dataDirectory]);
    const listed = JSON.parse(stdout) as readonly { name: string; state: string }[];
    expect(listed.find(({ name }) => name === 'brief')?.state).toBe('expired');
  });

  it('may be the password of basic authentication, as scrapers send it', async () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const status = async (authorization: string): Promise<number> =>
      (await fetch(`${server.url}/metrics`, { headers: { authorization } })).status;
    expect(await status(basic(`prometheus:${tokenOf('read')}`))).toBe(200);
    expect(await status(basic('prometheus:configured-read-token'))).toBe(200);
    expect(await status(basic('prometheus:wrong'))).toBe(401);
    expect(await status(basic('nothing'))).toBe(401);
  });

  it('is nowhere on the disk, in the log, in the audit log or in the answers but the first', async () => {
    const secrets = [
      ...[...tokens.values(), 'configured-read-token'].map((token) => token.slice(-30)),
      'canary-of-a-web-hook',
      'canary-of-a-password',
    ];
    const tested = await ask('/api/v1/notifications/test', tokenOf('admin'), { channel: 'chat' });
    expect(tested).toMatchObject({ status: 200, body: { delivered: false } });
    expect(JSON.stringify(tested.body)).not.toContain('canary');
    const files = globSync('**/*', { cwd: dataDirectory, withFileTypes: true })
      // The note of the running server has a token of its own, which ends with the server.
      .filter((entry) => entry.isFile() && entry.name !== 'server.json')
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
    expect(files.length).toBeGreaterThan(3);
    const answers = await Promise.all(
      Object.keys(routeRequests)
        .filter((route) => route.startsWith('GET') && !route.includes('export'))
        .map(async (route) => (await send(route, tokenOf('admin'))).text),
    );
    for (const text of [...files, ...answers, server.output()])
      for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    const { stdout } = await runCli(['audit', 'list', '--data', dataDirectory, '--action', 'token.created']);
    expect(stdout).toContain('acme-ingest');
  });

  it('has a rate, beyond which it has to wait', async () => {
    const token = await makeToken('slow', ['--role', 'read', '--rate', '2']);
    const answers = await Promise.all(Array.from({ length: 12 }, async () => send('GET /', token)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(6);
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    for (const { text, headers } of refused) {
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'rate_limited' } });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
  });
});

describe('a page in a browser', () => {
  it('of another site can change nothing and read nothing', async () => {
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await send('POST /-/reload', tokenOf('admin'), headers);
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([403, { error: { code: 'forbidden' } }]);
    }
    const read = await send('GET /', tokenOf('read'), { origin: 'https://evil.example' });
    expect(read.headers.get('access-control-allow-origin')).toBe(null);
    expect((await send('POST /-/reload', tokenOf('admin'), { origin: server.url })).status).toBe(200);
  });

  it('finds headers that let it run, frame and guess nothing, also on errors', async () => {
    for (const token of [null, tokenOf('read')]) {
      const { headers } = await send('GET /api/v1/costs', token);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('the id of a request', () => {
  it('is the one of the caller, sanitised, and in the header and the body of errors', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    for (const [headers, id] of [
      [{ 'x-request-id': 'order-17' }, 'order-17'],
      [{ traceparent: `00-${traceId}-b7ad6b7169203331-01` }, traceId],
    ] as const) {
      const answer = await send('GET /api/v1/costs', null, headers);
      expect(answer.headers.get('x-request-id')).toBe(id);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { request_id: id } });
    }
    const { headers } = await send('GET /', tokenOf('read'), {
      'x-request-id': '<script>\u00e9 '.repeat(40),
    });
    expect(headers.get('x-request-id')).toMatch(/^[\w.:/+=@-]{0,128}$/);
  });
});
