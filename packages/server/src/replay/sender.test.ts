import type { RequestEvent } from '@bellwether/events';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, fakeClock, systemClock } from '../clock.ts';
import { createSender, eventsAddress, type Sender, type SenderOptions } from './sender.ts';
import { type EventSink, type Misbehaviour, type SinkOptions, startEventSink } from './testing/event-sink.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function sinkAndSender(
  sinkOptions: SinkOptions = {},
  senderOptions: Partial<SenderOptions> = {},
): Promise<{ sink: EventSink; sender: Sender }> {
  const sink = await startEventSink(sinkOptions);
  const sender = createSender({
    url: sink.url,
    concurrency: 4,
    clock: systemClock,
    retry: { attemptsMax: 4, attemptsUnansweredMax: 4, firstPauseMs: 2, pauseMaxMs: 10, retryAfterMaxMs: 50 },
    ...senderOptions,
  });
  opened.push(sender, sink);
  return { sink, sender };
}

function eventsOf(count: number, from = 0): RequestEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `event-${from + index}`,
    timestamp: 1_700_000_000_000 + index,
    provider: 'openai',
    model: 'gpt-4o',
    input_tokens: index,
  }));
}

function batchesOf(count: number, size: number): RequestEvent[][] {
  return Array.from({ length: count }, (_, index) => eventsOf(size, index * size));
}

describe('eventsAddress', () => {
  it.each([
    ['http://127.0.0.1:9091', {}, 'http://127.0.0.1:9091/v1/events'],
    ['https://example.org/bellwether/', {}, 'https://example.org/bellwether/v1/events'],
    ['http://h:1', { live: 'false', partial: 'true' }, 'http://h:1/v1/events?live=false&partial=true'],
  ])('puts the path after %s', (url, query, wanted) => {
    expect(eventsAddress(url, query).href).toBe(wanted);
  });

  it.each(['', 'localhost:9091', 'ftp://h', 'file:///etc/passwd'])('refuses %j', (url) => {
    expect(() => eventsAddress(url)).toThrow(`${url} is not an http or https address`);
  });
});

describe('createSender', () => {
  it('delivers a batch as NDJSON with the token and says what came of it', async () => {
    const { sink, sender } = await sinkAndSender({}, { token: 'secret', query: { live: 'false' } });
    expect(await sender.send(eventsOf(3))).toEqual({ accepted: 3, duplicates: 0, rejected: [] });
    expect(await sender.send(eventsOf(5))).toEqual({ accepted: 2, duplicates: 3, rejected: [] });
    expect([...sink.stored.keys()]).toEqual(['event-0', 'event-1', 'event-2', 'event-3', 'event-4']);
    expect(JSON.parse(sink.stored.get('event-2') ?? '')).toEqual(eventsOf(3)[2]);
    const [first] = sink.requests;
    expect(first?.path).toBe('/v1/events?live=false');
    expect(first?.headers['content-type']).toBe('application/x-ndjson');
    expect(first?.headers['authorization']).toBe('Bearer secret');
  });

  it('compresses when asked', async () => {
    const { sink, sender } = await sinkAndSender({}, { gzip: true });
    await sender.send(eventsOf(500));
    expect(sink.stored.size).toBe(500);
    expect(sink.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(sink.requests[0]?.bytes).toBeLessThan(20_000);
  });

  it('keeps connections and sends as many batches at a time as the concurrency', async () => {
    const { sink, sender } = await sinkAndSender({ takesMs: 3 }, { concurrency: 3 });
    await sender.sendAll({
      batches: batchesOf(40, 10),
      eventsOf: (batch) => batch,
      onDelivered: () => undefined,
    });
    expect(sink.stored.size).toBe(400);
    expect([sink.openMax, sink.connections <= 3]).toEqual([3, true]);
  });

  it.each<[string, Misbehaviour]>([
    ['429', { status: 429, retryAfter: '0' }],
    ['503', { status: 503 }],
    ['507', { status: 507, body: '{"error":{"code":"storage_full","message":"full"}}' }],
    ['500', { status: 500, body: '<html>' }],
    ['a connection cut before the batch was taken', 'cut before'],
    ['a connection cut after the batch was taken', 'cut after'],
  ])('sends the same batch again after %s', async (_, misbehaviour) => {
    const reasons: string[] = [];
    const { sink, sender } = await sinkAndSender(
      { misbehave: (request) => (request < 2 ? misbehaviour : undefined) },
      { onRetry: (reason) => reasons.push(reason) },
    );
    const receipt = await sender.send(eventsOf(10));
    expect(receipt.accepted + receipt.duplicates).toBe(10);
    expect(receipt.duplicates).toBe(misbehaviour === 'cut after' ? 10 : 0);
    expect([sink.stored.size, sink.requests.length, reasons.length]).toEqual([10, 3, 2]);
  });

  it('loses and doubles nothing while every third request goes wrong in some way', async () => {
    const ways: Misbehaviour[] = [
      { status: 429 },
      'cut after',
      { status: 503, retryAfter: '0' },
      'cut before',
    ];
    const { sink, sender } = await sinkAndSender(
      { misbehave: (request) => (request % 3 === 0 ? ways[(request / 3) % ways.length] : undefined) },
      {
        retry: {
          attemptsMax: 30,
          attemptsUnansweredMax: 30,
          firstPauseMs: 1,
          pauseMaxMs: 3,
          retryAfterMaxMs: 3,
        },
      },
    );
    let taken = 0;
    await sender.sendAll({
      batches: batchesOf(100, 20),
      eventsOf: (batch) => batch,
      onDelivered: (_, { accepted, duplicates }) => {
        taken += accepted + duplicates;
      },
    });
    expect([taken, sink.stored.size]).toEqual([2000, 2000]);
    expect(sink.requests.length).toBeGreaterThan(140);
  });

  it('waits as long as the server asks, within bounds', async () => {
    const waits: number[] = [];
    const answers: Misbehaviour[] = [
      { status: 429, retryAfter: '0' },
      { status: 503, retryAfter: '9999' },
      { status: 503, retryAfter: 'Thu, 01 Jan 1970 00:00:00 GMT' },
    ];
    const { sender } = await sinkAndSender(
      { misbehave: (request) => answers[request] },
      { onRetry: (_, pauseMs) => waits.push(pauseMs) },
    );
    await sender.send(eventsOf(1));
    expect(waits[0]).toBeLessThanOrEqual(2);
    expect(waits[1]).toBe(50);
    expect(waits[2]).toBeLessThanOrEqual(8);
  });

  it('gives up after the last attempt, with the reason', async () => {
    const { sink, sender } = await sinkAndSender({
      misbehave: () => ({ status: 503, body: '{"error":{"code":"not_ready","message":"It is starting."}}' }),
    });
    await expect(sender.send(eventsOf(1))).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'gave up after 4 attempts: the server answered 503 not_ready: It is starting.',
    });
    expect(sink.requests.length).toBe(4);
    await sink.close();
    await expect(sender.send(eventsOf(1))).rejects.toThrow(/gave up after 4 attempts: .*ECONNREFUSED/);
  });

  it('gives up sooner on a server that never answered', async () => {
    const { sink, sender } = await sinkAndSender(
      { misbehave: (request) => (request !== 3 ? 'cut before' : undefined) },
      {
        retry: {
          attemptsMax: 9,
          attemptsUnansweredMax: 3,
          firstPauseMs: 1,
          pauseMaxMs: 1,
          retryAfterMaxMs: 1,
        },
      },
    );
    await expect(sender.send(eventsOf(1))).rejects.toThrow('gave up after 3 attempts: ');
    expect(await sender.send(eventsOf(1))).toMatchObject({ accepted: 1 });
    await expect(sender.send(eventsOf(1))).rejects.toThrow('gave up after 9 attempts: ');
    expect(sink.requests.length).toBe(3 + 1 + 9);
  });

  it('does not send again what the server refuses, and says which event it was', async () => {
    const { sink, sender } = await sinkAndSender();
    const events = eventsOf(10);
    events[7] = { ...events[7], provider: '' } as RequestEvent;
    await expect(sender.send(events)).rejects.toMatchObject({
      kind: 'refused',
      refusal: { code: 'invalid_value', index: 7 },
    });
    expect([sink.requests.length, sink.stored.size]).toEqual([1, 0]);
  });

  it.each<[Misbehaviour, RegExp]>([
    [
      { status: 401, body: '{"code":"unauthorized","message":"A token is needed."}' },
      /401 unauthorized: A token/,
    ],
    [{ status: 404, body: 'nothing here' }, /404 http_404: nothing here/],
    [{ status: 302 }, /302 http_302: the answer has no text/],
    [{ status: 200, body: '<html>hello</html>' }, /not as a Bellwether server does/],
    [{ status: 200, body: '{"accepted":"1"}' }, /not as a Bellwether server does/],
    [{ status: 204 }, /not as a Bellwether server does/],
  ])('takes %j for a refusal', async (misbehaviour, message) => {
    const { sink, sender } = await sinkAndSender({ misbehave: () => misbehaviour });
    await expect(sender.send(eventsOf(1))).rejects.toThrow(message);
    expect(sink.requests.length).toBe(1);
  });

  it('halves a batch that the server finds too large, and still names the right event', async () => {
    const { sink, sender } = await sinkAndSender({ eventsMax: 30 });
    expect(await sender.send(eventsOf(100))).toEqual({ accepted: 100, duplicates: 0, rejected: [] });
    expect(sink.stored.size).toBe(100);
    const events = eventsOf(100, 1000);
    events[77] = { ...events[77], model: '' } as RequestEvent;
    await expect(sender.send(events)).rejects.toMatchObject({
      refusal: { code: 'invalid_value', index: 77 },
    });
    const { sender: lenient } = await sinkAndSender({ eventsMax: 30 }, { query: { partial: 'true' } });
    const { accepted, rejected } = await lenient.send(events);
    expect([accepted, rejected.map(({ index, code }) => [index, code])]).toEqual([
      99,
      [[77, 'invalid_value']],
    ]);
  });

  it('gives up on a server that never answers, by its own clock', async () => {
    const clock = fakeClock(1_700_000_000_000);
    const { sink, sender } = await sinkAndSender(
      { misbehave: () => 'hang' },
      {
        clock,
        retry: {
          attemptsMax: 1,
          attemptsUnansweredMax: 1,
          firstPauseMs: 1,
          pauseMaxMs: 1,
          retryAfterMaxMs: 1,
        },
      },
    );
    const settled = failureOf(sender.send(eventsOf(1)));
    await untilTrue(() => sink.requests.length === 1);
    clock.advance(59_999);
    clock.advance(1);
    expect(await settled).toMatchObject({ message: 'gave up after 1 attempts: no answer within 60 s' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes no further batch after a failure, sees the others through and throws the failure', async () => {
    const { sink, sender } = await sinkAndSender({}, { concurrency: 2 });
    const batches = batchesOf(50, 5);
    batches[3] = [{ ...eventsOf(1)[0], model: '' } as RequestEvent];
    const delivered: number[] = [];
    const failed: number[] = [];
    await expect(
      sender.sendAll({
        batches: batches.entries(),
        eventsOf: ([, batch]) => batch,
        onDelivered: ([index]) => delivered.push(index),
        onFailed: ([index]) => failed.push(index),
      }),
    ).rejects.toMatchObject({ kind: 'refused' });
    expect(failed).toEqual([3]);
    expect(new Set(delivered.slice(0, 3))).toEqual(new Set([0, 1, 2]));
    expect(delivered.length).toBeLessThan(8);
    expect(sink.stored.size).toBe(5 * delivered.length);
  });

  it('stops at once when it is aborted, also while it waits', async () => {
    for (const misbehaviour of ['hang', { status: 503, retryAfter: '60' }] as const) {
      const stop = new AbortController();
      const retrying = Promise.withResolvers<void>();
      const { sink, sender } = await sinkAndSender(
        { misbehave: () => misbehaviour },
        {
          signal: stop.signal,
          retry: {
            attemptsMax: 9,
            attemptsUnansweredMax: 9,
            firstPauseMs: 60_000,
            pauseMaxMs: 60_000,
            retryAfterMaxMs: 60_000,
          },
          onRetry: () => retrying.resolve(),
        },
      );
      const settled = failureOf(sender.send(eventsOf(1)));
      await (misbehaviour === 'hang' ? untilTrue(() => sink.requests.length === 1) : retrying.promise);
      stop.abort();
      expect(await settled).toMatchObject({ kind: 'aborted' });
    }
  });
});

/** What a promise is rejected with; awaited later than the promise is made. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

async function untilTrue(condition: () => boolean, clock: Clock = systemClock): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, 2);
    });
  }
}
