/** One request, followed by its id through the answer, every line of the log and the exemplars. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOpenMetrics } from '../../packages/metrics/src/parse/index.ts';
import { post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const directory = temporaryDirectory();
const config = join(directory.path, 'bellwether.yaml');
let server: RunningServer;

type Line = Readonly<Record<string, unknown>>;

const lines = (): Line[] =>
  server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

/** The lines of a request, once the last one is there. */
async function linesOf(id: string, last: string): Promise<Line[]> {
  const found = (): Line[] => lines().filter((line) => line['request_id'] === id);
  await expect.poll(() => found().some(({ msg }) => msg === last), { timeout: 10_000 }).toBe(true);
  return found();
}

async function ask(path: string, headers: Record<string, string>, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + path, { ...init, headers });
}

const setLevel = (level: string): void => writeFileSync(config, `performance: { log_level: ${level} }\n`);

beforeAll(async () => {
  setLevel('DEBUG');
  server = await startServer(join(directory.path, 'data'), { args: ['--config', config] });
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

describe('the id of a request', () => {
  it('is in the answer and in the line of a request that succeeds, with the trace', async () => {
    const answer = await ask('/livez?secret=1', { 'x-request-id': 'order-17', traceparent: PARENT });
    expect(answer.headers.get('x-request-id')).toBe('order-17');
    const [line, ...more] = await linesOf('order-17', 'request answered');
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: 20,
      trace_id: TRACE,
      method: 'GET',
      route: '/livez',
      status: 200,
      duration_ms: expect.any(Number),
      actor: 'anonymous',
    });
    expect(JSON.stringify(line)).not.toContain('secret');
  });

  it('is in the body of an error and in the line of a request that is refused', async () => {
    const headers = { traceparent: PARENT, 'content-type': 'application/json' };
    const answer = await ask('/v1/events', headers, { method: 'POST', body: '[{"nonsense":1}]' });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ error: { request_id: TRACE } });
    expect(await linesOf(TRACE, 'request refused')).toMatchObject([
      { level: 30, trace_id: TRACE, route: '/v1/events', status: 422, left_out: 0 },
    ]);
  });

  it('is in every line that is logged on the way, however deep, also after a body was read', async () => {
    const headers = { 'x-request-id': 'reload-1', 'content-type': 'application/json' };
    expect((await ask('/-/reload', headers, { method: 'POST', body: '{}' })).status).toBe(200);
    const found = await linesOf('reload-1', 'request answered');
    expect(found.map(({ msg }) => msg)).toEqual(['the configuration was reloaded', 'request answered']);
  });

  it('is told where long work fails after the answer has begun', async () => {
    const headers = { 'x-request-id': 'archive-1', 'content-type': 'application/json' };
    await expect.poll(async () => (await ask('/readyz', {})).status, { timeout: 60_000 }).toBe(200);
    const body = JSON.stringify({ directory: 'not/absolute' });
    const text = await (await ask('/api/v1/archive', headers, { method: 'POST', body })).text();
    expect(JSON.parse(text.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'invalid_parameter', request_id: 'archive-1' },
    });
    expect(await linesOf('archive-1', 'request answered')).toHaveLength(1);
  });

  it('is sanitised: nothing of it ends a line, a header or a label', async () => {
    const answer = await ask('/livez', { 'x-request-id': 'a"}\\ b{evil="1"} \u00e9<script>' });
    const id = answer.headers.get('x-request-id') ?? '';
    expect(id).toMatch(/^[\w.:/+=-]{1,64}$/);
    await linesOf(id, 'request answered');
    const long = await ask('/livez', { 'x-request-id': 'x'.repeat(5000) });
    expect(long.headers.get('x-request-id')).toBe('x'.repeat(64));
    const bad = await ask('/livez', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` });
    expect(bad.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is an exemplar of the time that the request took', async () => {
    await ask('/livez', { traceparent: PARENT });
    await ask('/readyz', { 'x-request-id': 'order-18' });
    await ask('/nowhere', { 'x-request-id': 'lost-1' });
    await linesOf('lost-1', 'request refused');
    const accept = 'application/openmetrics-text; version=1.0.0';
    const text = await (await ask('/metrics', { accept })).text();
    const family = parseOpenMetrics(text).find(
      ({ name }) => name === 'custom_metrics_http_request_duration_seconds',
    );
    expect(family?.type).toBe('histogram');
    const exemplars = [
      ...text.matchAll(/^custom_metrics_http_request_duration_seconds_bucket\{(.*?)\} \d+ # \{(.*?)\}/gm),
    ];
    const of = (path: string): unknown[] =>
      exemplars.filter(([, labels]) => labels?.includes(`path="${path}"`)).map(([, , exemplar]) => exemplar);
    expect(of('/livez')).toContain(`trace_id="${TRACE}"`);
    expect(of('/readyz')).toContain('request_id="order-18"');
    expect(of('none')).toContain('request_id="lost-1"');
    // The plain format has no place for them.
    expect(await (await ask('/metrics', { accept: 'text/plain' })).text()).not.toContain(TRACE);
  });

  it('of an event is an exemplar of the families that it is counted in', async () => {
    const event = {
      provider: 'openai',
      model: 'gpt-4o',
      latency_ms: 700,
      backend_id: 'b',
      correlation_id: 'cart 7"}',
    };
    const { status } = await post(server.url, { timestamp: Date.now(), ...event });
    expect(status).toBe(200);
    const accept = 'application/openmetrics-text; version=1.0.0';
    const exemplars = async (): Promise<unknown[]> => {
      const text = await (await ask('/metrics', { accept })).text();
      return [...text.matchAll(/^(\w+)_bucket\{.*?\} \d+ # \{correlation_id="cart7"\} 0\.7/gm)].map(
        ([, name]) => name,
      );
    };
    await expect
      .poll(exemplars, { timeout: 30_000 })
      .toEqual(['llm_latency_seconds', 'load_balancer_request_duration_seconds']);
  });

  it('is not logged for requests that succeed unless the level is debug', async () => {
    setLevel('INFO');
    expect((await ask('/-/reload', { 'x-request-id': 'reload-2' }, { method: 'POST' })).status).toBe(200);
    await ask('/livez', { 'x-request-id': 'quiet-1' });
    await ask('/nowhere', { 'x-request-id': 'loud-1' });
    await linesOf('loud-1', 'request refused');
    expect(lines().filter((line) => line['request_id'] === 'quiet-1')).toEqual([]);
  });

  it('does not fill the disk: of requests that are refused so many a second are told, and the rest counted', async () => {
    const before = lines().filter(({ msg }) => msg === 'request refused').length;
    await Promise.all(Array.from({ length: 300 }, async () => ask('/nowhere', {})));
    await expect
      .poll(
        async () => {
          await ask('/nowhere', {});
          return lines().some((line) => Number(line['left_out']) > 0);
        },
        { timeout: 20_000, interval: 300 },
      )
      .toBe(true);
    expect(lines().filter(({ msg }) => msg === 'request refused').length - before).toBeLessThan(300);
  });
});
