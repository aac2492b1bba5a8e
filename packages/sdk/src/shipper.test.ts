import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Registry } from '@bellwether/metrics';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventToShip } from './event.ts';
import type { ShipperOptions } from './options.ts';
import { Shipper } from './shipper.ts';
import { TestReceiver } from './test-receiver.ts';

const event = { provider: 'openai', model: 'gpt-4o', input_tokens: 10 } as const;

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function receive(port?: number): Promise<TestReceiver> {
  const receiver = await TestReceiver.start(port);
  cleanUps.push(() => receiver.stop());
  return receiver;
}

/** A shipper with short pauses that keeps what it is told. */
function make(url: string, options: Partial<ShipperOptions> = {}): { shipper: Shipper; errors: string[] } {
  const errors: string[] = [];
  const shipper = new Shipper({
    url,
    flushIntervalMs: 5,
    backoff: { initialMs: 5, maxMs: 20 },
    onError: (error) => errors.push(error.message),
    ...options,
  });
  cleanUps.push(() => shipper.close(100));
  return { shipper, errors };
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-spool-'));
  cleanUps.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const files = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ndjson.gz'));

describe('shipping', () => {
  it('delivers what was said, with id, time and defaults', async () => {
    const receiver = await receive();
    const { shipper } = make(receiver.url, {
      token: () => 'secret',
      defaults: { application: 'shop', team: 'none' },
    });
    const before = Date.now();
    const id = shipper.ship({ ...event, team: 'search', latency_ms: 1000 });
    const own = shipper.ship({ ...event, id: 'mine', timestamp: '2026-01-01T00:00:00Z' });
    expect(await shipper.flush()).toBe(true);
    expect(own).toBe('mine');
    const [request] = receiver.requests;
    expect(request?.url).toBe('/v1/events?partial=true');
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    });
    const [first, second] = request?.events ?? [];
    expect(first).toEqual({
      ...event,
      application: 'shop',
      team: 'search',
      latency_ms: 1000,
      id,
      timestamp: expect.any(Number) as number,
    });
    expect(Math.abs(Number(first?.['timestamp']) + 1000 - before)).toBeLessThan(5000);
    expect(second).toMatchObject({ id: 'mine', timestamp: '2026-01-01T00:00:00Z', team: 'none' });
    expect(shipper.counts).toMatchObject({ accepted: 2, duplicate: 0 });
    expect(shipper.waiting).toEqual({ events: 0, memoryBytes: 0, diskBytes: 0 });
  });

  it('sends full batches as they fill, and the rest after a while', async () => {
    const receiver = await receive();
    const { shipper } = make(receiver.url, { batchEventsMax: 100 });
    const ids = Array.from({ length: 1050 }, () => shipper.ship(event));
    expect(new Set(ids).size).toBe(1050);
    await shipper.flush();
    expect(receiver.taken.size).toBe(1050);
    expect(receiver.requests.map(({ events }) => events.length)).toEqual([
      ...Array.from({ length: 10 }, () => 100),
      50,
    ]);
  });

  it('sends again what was not taken, with the same ids', async () => {
    const receiver = await receive();
    receiver.answers = [503, 'cut', { status: 429, headers: { 'retry-after': '0' } }, 500, 401];
    const registry = new Registry();
    const { shipper, errors } = make(receiver.url, { registry });
    shipper.ship(event);
    for (let attempts = 0; !(await shipper.flush(50)) && attempts < 100; attempts++);
    const ids = receiver.requests.map(({ events }) => events.map(({ id }) => id).join());
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(1);
    expect(shipper.counts).toMatchObject({ accepted: 1, rejected: 0 });
    // Each reason once.
    expect(errors.map((message) => /\b\d{3}\b/.exec(message)?.[0] ?? 'cut')).toEqual([
      '503',
      'cut',
      '429',
      '500',
      '401',
    ]);
    const text = await registry.metrics();
    expect(text).toContain('custom_metrics_shipper_events_total{outcome="accepted"} 1\n');
    expect(text).toContain('custom_metrics_shipper_requests_total{result="retried"} 5\n');
    expect(text).toContain('custom_metrics_shipper_waiting_events 0\n');
  });

  it('counts what the server had, and what it did not take', async () => {
    const receiver = await receive();
    receiver.answers = [{ status: 200, body: '{"accepted":1,"duplicates":2,"rejected":[{},{}]}' }];
    const { shipper } = make(receiver.url);
    for (let i = 0; i < 5; i++) shipper.ship(event);
    await shipper.flush();
    expect(shipper.counts).toMatchObject({ accepted: 1, duplicate: 2, rejected: 2 });
  });

  it('gives up what is refused for good, and goes on', async () => {
    const receiver = await receive();
    receiver.answers = [{ status: 400, body: 'no' }];
    const { shipper, errors } = make(receiver.url);
    shipper.ship(event);
    await shipper.flush();
    shipper.ship(event);
    await shipper.flush();
    expect(shipper.counts).toMatchObject({ refused: 1, accepted: 1 });
    expect(errors).toEqual(['the receiver refused the request: 400: no']);
  });

  it('halves batches that are too large for the server', async () => {
    const receiver = await receive();
    receiver.answers = [413, 413];
    const { shipper } = make(receiver.url);
    const ids = Array.from({ length: 9 }, () => shipper.ship(event));
    await shipper.flush();
    expect([...receiver.taken.keys()].toSorted()).toEqual(ids.toSorted());
    receiver.otherwise = 413;
    shipper.ship(event);
    await shipper.flush();
    expect(shipper.counts).toMatchObject({ accepted: 9, refused: 1 });
  });
});

describe('the application', () => {
  it('is never hurt by what it ships', async () => {
    const receiver = await receive();
    const { shipper } = make(receiver.url);
    const cycle: Record<string, unknown> = { ...event };
    cycle['self'] = cycle;
    const hostile: unknown[] = [
      undefined,
      null,
      cycle,
      { ...event, input_tokens: 1n },
      { ...event, attributes: { text: 'x'.repeat(70_000) } },
      {
        ...event,
        get model() {
          throw new Error('on purpose');
        },
      },
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('on purpose');
          },
        },
      ),
    ];
    for (const one of hostile) shipper.ship(one as EventToShip);
    shipper.ship(event);
    await shipper.flush();
    expect(shipper.counts.invalid).toBe(hostile.length);
    expect(receiver.taken.size).toBe(1);
    await shipper.close();
    shipper.ship(event);
    expect(shipper.counts).toMatchObject({ accepted: 1, closed: 1 });
  });

  it('is not hurt by a batch that cannot be halved', async () => {
    const directory = temporary();
    mkdirSync(join(directory, '999999999-0123456789ab'));
    // What a full disk left of a batch. Whoever takes it cannot unpack it either.
    const torn = gzipSync('{}\n{}\n').subarray(0, 20);
    writeFileSync(join(directory, '999999999-0123456789ab', '000000000001-2.ndjson.gz'), torn);
    const { shipper } = make('http://127.0.0.1:9', {
      spool: { directory },
      fetch: () => Promise.resolve(new Response('', { status: 413 })),
    });
    expect(await shipper.flush()).toBe(true);
    expect(shipper.counts.refused).toBe(2);
  });

  it('is not hurt by a listener that fails', async () => {
    const receiver = await receive();
    receiver.answers = [400];
    const { shipper } = make(receiver.url, {
      onError: () => {
        throw new Error('on purpose');
      },
    });
    shipper.ship(event);
    expect(await shipper.flush()).toBe(true);
  });

  it('keeps a bounded amount while the server hangs, and counts the rest', async () => {
    const receiver = await receive();
    receiver.otherwise = 'hang';
    const { shipper } = make(receiver.url, {
      queueEventsMax: 1000,
      bufferBytesMax: 20_000,
      batchEventsMax: 100,
    });
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 100; i++) shipper.ship({ ...event, session_id: `${Math.random()}` });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const { waiting, counts } = shipper;
    expect(waiting.events + counts.queue_full).toBe(20_000);
    expect(waiting.memoryBytes).toBeLessThan(30_000);
    expect(counts.queue_full).toBeGreaterThan(0);
  });

  it.each([
    { url: 'localhost:9091' },
    { url: 'http://127.0.0.1', batchEventsMax: 0 },
    { url: 'http://127.0.0.1', flushIntervalMs: Number.NaN },
  ])('is told at once of options that cannot work: %j', (options) => {
    expect(() => new Shipper(options)).toThrow(/http or https address|must be at least 1/);
  });
});

describe('the spool', () => {
  it('keeps what waits while the server is away, and sends it when it is back', async () => {
    const receiver = await receive();
    const { port } = receiver;
    await receiver.stop();
    const directory = temporary();
    const { shipper } = make(`http://127.0.0.1:${port}`, { spool: { directory }, batchEventsMax: 50 });
    for (let i = 0; i < 1000; i++) shipper.ship(event);
    do {
      expect(await shipper.flush(300)).toBe(false);
    } while (files(directory).length < 20);
    expect(shipper.waiting).toMatchObject({ events: 1000, memoryBytes: 0 });
    expect(files(directory)).toHaveLength(20);
    const back = await receive(port);
    expect(await shipper.flush()).toBe(true);
    expect(back.taken.size).toBe(1000);
    expect(files(directory)).toEqual([]);
    expect(shipper.counts).toMatchObject({ accepted: 1000, duplicate: 0 });
  });

  it('is bounded', async () => {
    const { shipper, errors } = make('http://127.0.0.1:9', {
      spool: { directory: temporary(), bytesMax: 2000 },
      batchEventsMax: 10,
    });
    for (let i = 0; i < 1000; i++) shipper.ship({ ...event, session_id: `${Math.random()}` });
    await shipper.flush(300);
    const { waiting, counts } = shipper;
    expect(waiting.diskBytes).toBeLessThanOrEqual(2000);
    expect(counts.spool_full).toBeGreaterThan(500);
    expect(counts.spool_full + waiting.events).toBe(1000);
    expect(errors).toContain('The spool is full.');
  });

  it('takes over what ended processes have left, and leaves those that run alone', async () => {
    const directory = temporary();
    const body = (id: string): Buffer => gzipSync(`${JSON.stringify({ ...event, id, timestamp: 1 })}\n`);
    const folders: [string, string][] = [
      ['999999999-0123456789ab', 'of-the-dead'],
      [`${process.ppid}-0123456789ab`, 'of-the-living'],
      [`${process.pid}-0123456789ab`, 'of-the-same-number'],
    ];
    for (const [folder, id] of folders) {
      mkdirSync(join(directory, folder));
      writeFileSync(join(directory, folder, '000000000001-1.ndjson.gz'), body(id));
      writeFileSync(join(directory, folder, '000000000002-1.ndjson.gz.part'), 'half');
    }
    const receiver = await receive();
    const { shipper } = make(receiver.url, { spool: { directory } });
    expect(await shipper.flush()).toBe(true);
    expect([...receiver.taken.keys()].toSorted()).toEqual(['of-the-dead', 'of-the-same-number']);
  });

  it('goes on past what it can neither read nor remove', async () => {
    const directory = temporary();
    // A folder of an ended process with a folder where a batch should be, which `rm` refuses.
    mkdirSync(join(directory, '999999999-0123456789ab', '000000000001-1.ndjson.gz'), { recursive: true });
    const receiver = await receive();
    const { shipper, errors } = make(receiver.url, { spool: { directory } });
    shipper.ship(event);
    expect(await shipper.flush()).toBe(true);
    expect(receiver.taken.size).toBe(1);
    expect(shipper.counts).toMatchObject({ accepted: 1, spool_full: 1 });
    expect(errors).toHaveLength(2);
  });

  it('takes what was on its way there at the end', async () => {
    const directory = temporary();
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const { shipper } = make('http://127.0.0.1:9', { spool: { directory }, onError: () => resolve() });
    shipper.ship(event);
    await failed;
    expect(shipper.waiting.events).toBe(1);
    // The batch has left memory, and the file is not yet whole.
    shipper.leave();
    expect(files(directory)).toHaveLength(1);
  });

  it('takes what is left at the end', async () => {
    const directory = temporary();
    const { shipper } = make('http://127.0.0.1:9', { spool: { directory } });
    for (let i = 0; i < 30; i++) shipper.ship(event);
    shipper.leave();
    expect(shipper.counts.closed).toBe(0);
    // The folder has our own number, and its shipper has ended.
    const receiver = await receive();
    const { shipper: next } = make(receiver.url, { spool: { directory } });
    expect(await next.flush()).toBe(true);
    expect(receiver.taken.size).toBe(30);
  });
});
