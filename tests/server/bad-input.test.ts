import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  metric,
  post,
  type RunningServer,
  runCli,
  startServer,
  temporaryDirectory,
} from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

const good = { timestamp: '2026-11-01T00:00:00Z', provider: 'openai', model: 'gpt-4o' };

interface Refusal {
  readonly name: string;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly error: Record<string, unknown>;
}

const refusals: readonly Refusal[] = [
  {
    name: 'a wrong type',
    body: [good, { ...good, model: 5 }],
    status: 422,
    error: { code: 'invalid_type', index: 1, field: 'model' },
  },
  {
    name: 'an unknown field',
    body: { ...good, prompt: 'x' },
    status: 422,
    error: { code: 'unknown_field', index: 0, field: 'prompt' },
  },
  {
    name: 'negative tokens',
    body: [{ ...good, input_tokens: -1 }],
    status: 422,
    error: { code: 'out_of_range', field: 'input_tokens' },
  },
  {
    name: 'more cached tokens than input',
    body: { ...good, input_tokens: 5, cache_read_tokens: 6 },
    status: 422,
    error: { code: 'inconsistent_tokens', field: 'cache_read_tokens' },
  },
  {
    name: 'a timestamp in the future',
    body: { ...good, timestamp: '2200-01-01T00:00:00Z' },
    status: 422,
    error: { code: 'timestamp_in_future' },
  },
  {
    name: '__proto__',
    body: `{"__proto__":{"a":1},"timestamp":1,"provider":"p","model":"m"}`,
    status: 422,
    error: { code: 'unknown_field', field: '__proto__' },
  },
  {
    name: '1e999',
    body: `{"timestamp":1,"provider":"p","model":"m","input_tokens":1e999}`,
    status: 422,
    error: { code: 'invalid_type', field: 'input_tokens' },
  },
  {
    name: 'deep nesting',
    body: `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
    status: 422,
    error: { code: 'invalid_event', index: 0 },
  },
  { name: 'no object', body: '"text"', status: 422, error: { code: 'invalid_event' } },
  { name: 'an empty array', body: '[]', status: 422, error: { code: 'empty_body' } },
  { name: 'an empty body', body: '', status: 400, error: { code: 'invalid_json' } },
  { name: 'broken JSON', body: '[{"timestamp":1,', status: 400, error: { code: 'invalid_json' } },
  {
    name: 'invalid UTF-8',
    body: Buffer.from([0x22, 0xff, 0x22]),
    status: 400,
    error: { code: 'invalid_json' },
  },
  {
    name: 'a broken line in the middle of NDJSON',
    body: `${JSON.stringify(good)}\n{"timestamp":\n${JSON.stringify(good)}\n`,
    headers: { 'content-type': 'application/x-ndjson' },
    status: 400,
    error: { code: 'invalid_json', index: 1, line: 2 },
  },
  {
    name: 'a truncated gzip',
    body: gzipSync(JSON.stringify(good)).subarray(0, 30),
    headers: { 'content-encoding': 'gzip' },
    status: 400,
    error: { code: 'invalid_encoding' },
  },
  {
    name: 'a bomb in gzip',
    body: gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)),
    headers: { 'content-encoding': 'gzip' },
    status: 413,
    error: { code: 'body_too_large' },
  },
  {
    name: 'an unknown encoding',
    body: good,
    headers: { 'content-encoding': 'snappy' },
    status: 415,
    error: { code: 'unsupported_encoding' },
  },
  {
    name: 'an unknown media type',
    body: good,
    headers: { 'content-type': 'text/plain' },
    status: 415,
    error: { code: 'unsupported_media_type' },
  },
  {
    name: 'too many events',
    body: Array.from({ length: 10_001 }, () => good),
    status: 413,
    error: { code: 'too_many_events' },
  },
];

describe('bad input', () => {
  it.each(refusals)('$name is refused with what and where', async ({ body, headers, status, error }) => {
    const answer = await post(server.url, body, headers === undefined ? {} : { headers });
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: { error: expect.objectContaining(error) },
    });
  });

  it('refuses a body of 100 MB', async () => {
    // The server may hang up while the body is still on its way; either way nothing is taken.
    const status = await post(server.url, Buffer.alloc(100 * 1024 * 1024, 0x20)).then(
      (answer) => answer.status,
      () => 413,
    );
    expect(status).toBe(413);
  });

  it('refuses an unknown parameter', async () => {
    const answer = await post(server.url, good, { query: '?patrial=true' });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_parameter', field: 'patrial' } },
    });
  });

  it('counts each refusal by its code, and stores nothing', async () => {
    const before = await metric(server.url, 'custom_metrics_requests_refused_total', {
      code: 'unknown_field',
    });
    await post(server.url, { ...good, prompt: 'x' });
    expect(await metric(server.url, 'custom_metrics_requests_refused_total', { code: 'unknown_field' })).toBe(
      before + 1,
    );
    expect(await metric(server.url, 'custom_metrics_requests_refused_total')).toBeGreaterThanOrEqual(
      refusals.length,
    );
    const { stdout } = await runCli(['report', 'cost', '--url', server.url, '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ rows: [], total: { requests: 0 } });
  });

  it('stores what is right of a partial request, and says what is not', async () => {
    const answer = await post(
      server.url,
      [
        { ...good, id: 'p1' },
        { ...good, model: 5 },
        { ...good, id: 'p1' },
      ],
      { query: '?partial=true' },
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { accepted: 1, duplicates: 1, rejected: [{ index: 1, code: 'invalid_type', field: 'model' }] },
    });
  });

  it('refuses an id with another payload, and keeps the first', async () => {
    const event = { ...good, id: 'c1', input_tokens: 1 };
    expect((await post(server.url, event)).body).toMatchObject({ accepted: 1 });
    const answer = await post(server.url, [
      { ...good, id: 'c2' },
      { ...event, input_tokens: 2 },
    ]);
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'identity_conflict', index: 1, field: 'id' } },
    });
    expect((await post(server.url, { ...good, id: 'c2' })).body).toMatchObject({
      accepted: 1,
      duplicates: 0,
    });
  });
});
