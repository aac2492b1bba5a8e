import { Registry } from '@bellwether/metrics';
import { createBellwether } from '@bellwether/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metric, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

const event = { timestamp: '2026-11-01T00:00:00Z', provider: 'openai', model: 'gpt-4o' };

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function rate(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${server.url}/v1/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function rating(requestId: string, tenant = ''): Promise<Answer> {
  const query = new URLSearchParams({ request_id: requestId, ...(tenant === '' ? {} : { tenant }) });
  const answer = await fetch(`${server.url}/api/v1/feedback?${query.toString()}`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const none = {
  quality_score: null,
  accuracy_score: null,
  relevance_score: null,
  completeness_score: null,
  satisfaction_score: null,
};

describe('feedback', () => {
  it('is joined to its request, whichever comes first', async () => {
    await post(server.url, { ...event, id: 'a', quality_score: 0.25, relevance_score: 0.5 });
    expect((await rate({ request_id: 'a', quality_score: 0.75 })).body).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: [],
    });
    expect((await rate({ request_id: 'b', satisfaction_score: 1 })).body).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: [],
    });
    expect((await rating('b')).body).toEqual({
      tenant: '',
      request_id: 'b',
      ratings: 1,
      request: null,
      scores: { ...none, satisfaction_score: 1 },
    });
    await post(server.url, { ...event, id: 'b', model: 'gpt-4o-mini' });
    const request = { timestamp: '2026-11-01T00:00:00.000000000Z', provider: 'openai', model: 'gpt-4o' };
    // What was given afterwards wins over what the event itself carries.
    expect((await rating('a')).body).toEqual({
      tenant: '',
      request_id: 'a',
      ratings: 1,
      request,
      scores: { ...none, quality_score: 0.75, relevance_score: 0.5 },
    });
    expect((await rating('b')).body).toMatchObject({
      request: { ...request, model: 'gpt-4o-mini' },
      scores: { ...none, satisfaction_score: 1 },
    });
  });

  it('holds as it was given last, score by score', async () => {
    const at = (minute: number) => `2026-11-01T00:0${minute}:00Z`;
    await rate([
      { request_id: 'c', quality_score: 0.5, accuracy_score: 0.5, timestamp: at(2) },
      { request_id: 'c', quality_score: 1, timestamp: at(3) },
      { request_id: 'c', quality_score: 0, accuracy_score: 0, timestamp: at(1) },
    ]);
    expect((await rating('c')).body).toMatchObject({
      ratings: 3,
      scores: { ...none, quality_score: 1, accuracy_score: 0.5 },
    });
  });

  it('is stored once however often it is sent, with an id or without', async () => {
    const counted = { accepted: 1, duplicates: 0, rejected: [] };
    const again = { accepted: 0, duplicates: 1, rejected: [] };
    const plain = { request_id: 'd', satisfaction_score: 0.5, source: 'user', comment_hash: 'h1' };
    expect([(await rate(plain)).body, (await rate(plain)).body]).toEqual([counted, again]);
    const named = { ...plain, id: 'f1' };
    expect([(await rate(named)).body, (await rate(named)).body]).toEqual([counted, again]);
    const other = await rate([
      { request_id: 'e', quality_score: 1 },
      { ...named, satisfaction_score: 0 },
    ]);
    expect(other).toMatchObject({
      status: 409,
      body: { error: { code: 'identity_conflict', index: 1, field: 'id' } },
    });
    expect((await rating('d')).body).toMatchObject({ ratings: 2, scores: { satisfaction_score: 0.5 } });
    expect((await rating('e')).status).toBe(404);
    expect(await metric(server.url, 'custom_metrics_feedback_total', { outcome: 'duplicate' })).toBe(2);
  });

  it('may have the id of its event, and is of its own tenant', async () => {
    await post(server.url, { ...event, id: 'same' });
    expect((await rate({ id: 'same', request_id: 'same', quality_score: 1 })).body).toMatchObject({
      accepted: 1,
    });
    await rate({ request_id: 'same', tenant: 't', quality_score: 0 });
    expect((await rating('same')).body).toMatchObject({ ratings: 1, scores: { quality_score: 1 } });
    expect((await rating('same', 't')).body).toMatchObject({ request: null, scores: { quality_score: 0 } });
  });

  it.each([
    [{ quality_score: 1 }, 422, 'missing_field', 'request_id'],
    [{ request_id: 'x' }, 422, 'missing_field', 'satisfaction_score'],
    [{ request_id: 'x', quality_score: 1.5 }, 422, 'out_of_range', 'quality_score'],
    [{ request_id: 'x', quality_score: '1' }, 422, 'invalid_type', 'quality_score'],
    [{ request_id: '', quality_score: 1 }, 422, 'invalid_value', 'request_id'],
    [{ request_id: 'x', quality_score: 1, comment: 'words' }, 422, 'unknown_field', 'comment'],
    ['{"__proto__":{},"request_id":"x","quality_score":1}', 422, 'unknown_field', '__proto__'],
    [
      { request_id: 'x', quality_score: 1, timestamp: '2200-01-01T00:00:00Z' },
      422,
      'timestamp_in_future',
      'timestamp',
    ],
    ['[]', 422, 'empty_body', undefined],
    ['{', 400, 'invalid_json', undefined],
  ])('that is wrong is refused whole: %j', async (body, status, code, field) => {
    const answer = await rate(body);
    expect(answer).toMatchObject({
      status,
      body: { error: { code, ...(field === undefined ? {} : { field }) } },
    });
    expect((await rating('x')).status).toBe(404);
  });

  it('outlives a kill of the server, and is there once', async () => {
    const many = Array.from({ length: 500 }, (_, n) => ({ request_id: `k${n}`, satisfaction_score: 0.5 }));
    expect((await rate(many)).body).toEqual({ accepted: 500, duplicates: 0, rejected: [] });
    await server.kill();
    server = await startServer(directory.path);
    expect((await rate(many)).body).toEqual({ accepted: 0, duplicates: 500, rejected: [] });
    expect((await rating('k0')).body).toMatchObject({ ratings: 1 });
    expect((await rating('k499')).body).toMatchObject({ ratings: 1 });
  });

  it('stores what is right of a partial request, and tells of the rest', async () => {
    await rate({ id: 'taken', request_id: 'p0', quality_score: 1 });
    const answer = await fetch(`${server.url}/v1/feedback?partial=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        { request_id: 'p1', quality_score: 2 },
        { request_id: 'p2', quality_score: 0.5 },
        { id: 'taken', request_id: 'p3', quality_score: 0.5 },
      ]),
    });
    expect(await answer.json()).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: [
        {
          index: 0,
          code: 'out_of_range',
          field: 'quality_score',
          message: expect.stringContaining('quality_score') as string,
        },
        {
          index: 2,
          code: 'identity_conflict',
          field: 'id',
          message: 'Feedback with this id and other contents is already stored.',
        },
      ],
    });
    expect((await rating('p2')).body).toMatchObject({ ratings: 1, scores: { quality_score: 0.5 } });
    expect((await fetch(`${server.url}/v1/feedback?parts=true`, { method: 'POST', body: '{}' })).status).toBe(
      400,
    );
  });

  it('comes from the SDK under the id that its request got', async () => {
    const bellwether = createBellwether({ url: server.url, registry: new Registry() });
    const id = bellwether.trackLlmRequest({
      provider: 'openai',
      task_type: 'chat',
      model: 'gpt-4o',
      latency_ms: 100,
      input_tokens: 1,
      output_tokens: 1,
    });
    bellwether.sendFeedback({ request_id: id, satisfaction_score: 0.75, source: 'user' });
    await bellwether.close();
    expect(bellwether.feedbackCounts).toMatchObject({ accepted: 1, rejected: 0, refused: 0 });
    expect((await rating(id)).body).toMatchObject({
      ratings: 1,
      request: { provider: 'openai', model: 'gpt-4o' },
      scores: { satisfaction_score: 0.75 },
    });
  });
});
