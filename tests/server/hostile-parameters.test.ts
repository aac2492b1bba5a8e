/**
 * Every parameter of every route is sent what nobody should send: quotes, SQL, NUL,
 * what is too long, lists, names of prototypes, dates that are none. The parameters
 * are those of the server's own description, so that a new one is among them. No
 * answer is a fault of the server, and none has rows of another tenant.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routeTable } from '../../packages/server/src/auth/index.ts';
import { routeRequests } from './route-requests.ts';
import { post, type RunningServer, runCli, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const dataDirectory = join(directory.path, 'data');
const EVENTS_EACH = 3;
let server: RunningServer;
/** An administrator of everything, and one of the tenant acme. */
const tokens = { all: '', acme: '' };

/** No value has the name of the other tenant in it, which refusals may repeat. */
const hostile: readonly string[] = [
  '',
  "'",
  "' OR 1=1 -- ",
  "acme') OR ('1'='1",
  '"; DROP TABLE bellwether.events; --',
  '`, (SELECT tenant FROM bellwether.events LIMIT 1) AS `x',
  '\\',
  "\\'",
  '\u0000',
  'a\r\nx-injected: yes',
  '{p0:String}',
  '%',
  '%27%20OR%201=1',
  '*',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'NaN',
  '-1',
  '1e999',
  '99999999999999999999999',
  '2026-13-45',
  '+275761-09-13',
  '0000-00-00T25:61:61Z',
  '[]',
  '{"$ne":null}',
  '<script>alert(1)</script>',
  '\u{1f4a5}\u202e\ufffe',
  'x'.repeat(9000),
  ','.repeat(3000),
];

/** Parameters that no route has. */
const hostileNames: readonly string[] = ['__proto__', 'constructor', "x' OR 1=1", '\u0000'];

/** What the fields of bodies are sent beside those. */
const hostileJson: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  [],
  [[]],
  {},
  ['__proto__'],
  { a: { b: {} } },
];

interface Parameter {
  readonly name: string;
  readonly in: string;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
}

interface Sent {
  readonly route: string;
  readonly parameter: string;
  readonly path: string;
  readonly body?: string;
}

/** A directory would be made, which is what an administrator may have done. */
const harmfulFields = new Set(['directory']);

function tokenFor(route: string): string {
  return routeTable[route]?.tenant === 'filtered' ? tokens.acme : tokens.all;
}

async function send({
  route,
  path,
  body,
}: Sent): Promise<{ readonly status: number; readonly text: string }> {
  const [method = ''] = route.split(' ');
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${tokenFor(route)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  expect(response.headers.has('x-injected')).toBe(false);
  return { status: response.status, text: await response.text() };
}

/** The requests of a route with one parameter of the address hostile and the others as they should be. */
function* ofAddress(route: string, { parameters = [] }: Operation): Generator<Sent> {
  const [, pattern = ''] = route.split(' ');
  const { path = pattern, body } = routeRequests[route] ?? {};
  const rest = body === undefined ? {} : { body: JSON.stringify(body) };
  const [given = '', query = ''] = path.split('?');
  const names = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
  for (const name of [...names, ...hostileNames]) {
    for (const value of hostileNames.includes(name) ? ['1'] : hostile) {
      const search = new URLSearchParams(query);
      search.set(name, value);
      yield { route, parameter: name, path: `${given}?${search.toString()}`, ...rest };
    }
    for (const list of [`${name}=a&${name}=b`, `${name}[]=a`, `${name}[__proto__]=a`, `${name}=%ff%00`])
      yield { route, parameter: name, path: `${given}?${query}&${list}`, ...rest };
  }
  for (const { name } of parameters.filter((each) => each.in === 'path')) {
    for (const value of hostile) {
      const filled = pattern.replace(`:${name}`, encodeURIComponent(value).slice(0, 12_000));
      yield { route, parameter: name, path: filled, ...rest };
    }
  }
}

/** The requests of a route with one field of the body hostile. */
function* ofBody(route: string, { requestBody }: Operation): Generator<Sent> {
  const [, pattern = ''] = route.split(' ');
  const { path = pattern, body } = routeRequests[route] ?? {};
  const schema = requestBody?.content['application/json']?.schema ?? {};
  const fields = Object.keys((Reflect.get(schema, 'properties') as object | undefined) ?? {});
  for (const field of [...fields, '__proto__', 'constructor']) {
    const texts = harmfulFields.has(field) ? [] : hostile;
    for (const value of [...texts, ...hostileJson]) {
      const good = { ...(body as object | undefined) };
      Reflect.deleteProperty(good, 'nonsense');
      const rest = Object.entries(good).filter(([name]) => name !== field);
      const members = [...rest, [field, value] as const].map(
        ([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`,
      );
      yield { route, parameter: `body.${field}`, path, body: `{${members.join()}}` };
    }
  }
}

async function operations(): Promise<Map<string, Operation>> {
  const response = await fetch(`${server.url}/openapi.json`, {
    headers: { authorization: `Bearer ${tokens.all}` },
  });
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
  return new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) =>
          [`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, operation] as const,
      ),
    ),
  );
}

async function makeToken(name: string, args: readonly string[]): Promise<string> {
  const made = await runCli([
    'token',
    'create',
    '--name',
    name,
    '--role',
    'admin',
    '--data',
    dataDirectory,
    ...args,
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  return made.stdout.trim();
}

let described: Map<string, Operation>;

beforeAll(async () => {
  const config = join(directory.path, 'bellwether.yaml');
  writeFileSync(config, 'budgets: [{ id: tenants, amount_usd: 10, period: month, per: tenant }]\n');
  server = await startServer(dataDirectory, { args: ['--config', config] });
  tokens.all = await makeToken('everything', []);
  tokens.acme = await makeToken('acme', ['--tenant', 'acme']);
  const events = ['acme', 'globex'].flatMap((tenant) =>
    Array.from({ length: EVENTS_EACH }, (_none, n) => ({
      id: `${tenant}-${n}`,
      timestamp: new Date().toISOString(),
      provider: 'openai',
      model: 'gpt-4o',
      input_tokens: 1000,
      tenant,
      team: `${tenant}-team`,
      user_id: `${tenant}-user`,
      backend_id: `${tenant}-backend`,
    })),
  );
  await post(server.url, events, { headers: { authorization: `Bearer ${tokens.all}` } });
  while ((await costs()).total?.requests !== 2 * EVENTS_EACH) await setTimeout(100);
  described = await operations();
}, 90_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

async function costs(): Promise<{ total?: { requests: number }; rows?: unknown }> {
  const response = await fetch(`${server.url}/api/v1/costs?by=tenant`, {
    headers: { authorization: `Bearer ${tokens.all}` },
  });
  return (await response.json()) as { total?: { requests: number }; rows?: unknown };
}

/** Sends many, a few at a time; gives what should not have been answered so. */
async function faults(requests: readonly Sent[]): Promise<unknown[]> {
  const found: unknown[] = [];
  const waiting = [...requests];
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { status, text } = await send(next);
      const { route, parameter, path } = next;
      const foreign = routeTable[route]?.tenant === 'filtered' && /globex/i.test(text);
      if (status >= 500 || foreign)
        found.push({ route, parameter, path: path.slice(0, 300), status, text: text.slice(0, 300) });
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return found;
}

describe('hostile values', () => {
  it('are sent for every parameter that the server describes', () => {
    const parameters = [...described.values()].flatMap((operation) => operation.parameters ?? []);
    expect(parameters.length).toBeGreaterThan(150);
    const bodies = [...described].flatMap(([route, operation]) => [...ofBody(route, operation)]);
    expect(new Set(bodies.map(({ route, parameter }) => `${route} ${parameter}`)).size).toBeGreaterThan(150);
  });

  it.each(Object.keys(routeRequests))('break nothing at %s', async (route) => {
    const operation = described.get(route) ?? {};
    const requests = [
      ...ofAddress(route, operation),
      ...(route.startsWith('POST') ? ofBody(route, operation) : []),
    ];
    expect(requests.length).toBeGreaterThan(0);
    expect(await faults(requests)).toEqual([]);
  });

  it('have changed no row', async () => {
    expect((await costs()).rows).toMatchObject([
      { key: { tenant: 'acme' }, requests: EVENTS_EACH },
      { key: { tenant: 'globex' }, requests: EVENTS_EACH },
    ]);
    expect(server.output()).not.toMatch(/"level":50/);
  });
});
