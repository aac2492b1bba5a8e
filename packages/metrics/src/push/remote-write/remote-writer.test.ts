import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { snappyDecompress } from '../../../../../tests/metrics/snappy-decompress.ts';
import type { MetricFamily } from '../../family.ts';
import { type FakeTimerClock, fakeTimerClock } from '../../../../../tests/metrics/fake-timer-clock.ts';
import type { PushError } from '../delivery/push-error.ts';
import { USER_AGENT } from '../delivery/user-agent.ts';
import type { RemoteWriteOptions } from './options.ts';
import { RemoteWriter } from './remote-writer.ts';
import { VERSION_1_SCHEMA } from '../../../../../tests/metrics/remote-write-schema.ts';

const WriteRequest = protobuf.parse(VERSION_1_SCHEMA).root.lookupType('WriteRequest');

const WRITTEN = { 'x-prometheus-remote-write-samples-written': '3' };

interface Setup {
  readonly writer: RemoteWriter;
  readonly clock: FakeTimerClock;
  /** Time and version of every request. */
  readonly requests: string[];
  readonly errors: PushError[];
}

function gauges(count: number): MetricFamily {
  const samples = Array.from({ length: count }, (_, i) => ({
    name: 'a',
    labels: { i: String(i) },
    value: i,
  }));
  return { name: 'a', type: 'gauge', help: '', unit: '', samples };
}

/** A writer of three samples whose receiver answers in turn, the last answer for ever. */
function setup(answers: readonly (() => Response)[], options: Partial<RemoteWriteOptions> = {}): Setup {
  const clock = fakeTimerClock(1_700_000_000_000);
  const requests: string[] = [];
  const errors: PushError[] = [];
  const writer = new RemoteWriter({
    url: 'http://receiver',
    families: () => [gauges(3)],
    clock,
    random: () => 1,
    onError: (error) => errors.push(error),
    fetch: (_url, { headers }) => {
      const version = new Headers(headers).get('x-prometheus-remote-write-version');
      requests.push(`${clock.monotonicMs()} ${version}`);
      return Promise.resolve(answers[Math.min(requests.length, answers.length) - 1]!());
    },
    ...options,
  });
  return { writer, clock, requests, errors };
}

function answer(status: number, headers: Record<string, string> = {}): () => Response {
  return () => new Response(null, { status, headers });
}

describe('RemoteWriter', () => {
  it('pushes at intervals', async () => {
    const { writer, clock, requests } = setup([answer(204)], { intervalMs: 1000 });
    writer.start();
    await clock.advance(3500);
    expect(requests).toEqual(['1000 0.1.0', '2000 0.1.0', '3000 0.1.0']);
    expect(writer.stats).toMatchObject({ written: 9, queued: 0, failedRequests: 0 });
  });

  it('tries again until the receiver takes it, in order and without loss', async () => {
    const { writer, clock, requests, errors } = setup(
      [answer(500), answer(429, { 'retry-after': '5' }), answer(503), answer(200)],
      { samplesPerRequestMax: 2 },
    );
    const pushed = writer.push();
    await clock.advance(30_000);
    expect(await pushed).toMatchObject({ written: 3, rejected: 0, dropped: 0, queued: 0, failedRequests: 3 });
    expect(requests).toEqual(['0 0.1.0', '1000 0.1.0', '6000 0.1.0', '10000 0.1.0', '10000 0.1.0']);
    expect(errors.map(({ code }) => code)).toEqual(['OVERLOADED', 'OVERLOADED', 'OVERLOADED']);
  });

  it('drops what is refused for good and goes on', async () => {
    const { writer, clock, errors } = setup([answer(400), answer(200)], { samplesPerRequestMax: 2 });
    const pushed = writer.push();
    await clock.advance(1000);
    expect(await pushed).toMatchObject({ written: 1, rejected: 2 });
    expect(errors.map(({ code }) => code)).toEqual(['REFUSED']);
  });

  it('keeps a bounded number of samples, the newest', async () => {
    const { writer, clock, errors } = setup([answer(503)], { intervalMs: 1000, queueSamplesMax: 10 });
    writer.start();
    await clock.advance(60_000);
    const { dropped, queued } = writer.stats;
    expect(queued).toBeLessThanOrEqual(13);
    expect(dropped + queued).toBe(180);
    expect(errors.some(({ code }) => code === 'QUEUE_FULL')).toBe(true);
  });

  it('falls back to 1.0 when the receiver says 415, 400, or yes without having written anything', async () => {
    for (const first of [answer(415), answer(400), answer(204)]) {
      const { writer, clock, requests, errors } = setup([first, answer(204)], { version: '2.0' });
      const pushed = writer.push();
      await clock.advance(10);
      expect(await pushed).toMatchObject({ written: 3, version: '1.0' });
      expect(requests).toEqual(['0 2.0.0', '0 0.1.0']);
      expect(errors).toEqual([]);
    }
  });

  it('stays with 2.0 once the receiver has shown that it knows it', async () => {
    const { writer, clock, requests } = setup([answer(204, WRITTEN), answer(400)], { version: '2.0' });
    const first = writer.push();
    await clock.advance(10);
    expect(await first).toMatchObject({ written: 3, version: '2.0' });
    const second = writer.push();
    await clock.advance(10);
    expect(await second).toMatchObject({ written: 3, rejected: 3, version: '2.0' });
    expect(requests).toEqual(['0 2.0.0', '10 2.0.0']);
  });

  it('counts what a receiver of 2.0 did not write', async () => {
    const two = { 'x-prometheus-remote-write-samples-written': '2' };
    for (const status of [204, 400]) {
      const { writer, clock, errors } = setup([answer(status, two)], { version: '2.0' });
      const pushed = writer.push();
      await clock.advance(10);
      expect(await pushed).toMatchObject({ written: 2, rejected: 1, version: '2.0' });
      expect(errors.map(({ code }) => code)).toEqual([status === 204 ? 'PARTIAL' : 'REFUSED']);
    }
  });

  it('ends its series when it is closed, and drops what cannot be delivered in time', async () => {
    const { writer, clock, requests } = setup([answer(204)]);
    const closed = writer.close();
    await clock.advance(10);
    expect(await closed).toMatchObject({ written: 6, dropped: 0, queued: 0 });
    expect(requests).toHaveLength(2);
    const down = setup([answer(503)]);
    const closing = down.writer.close(2000);
    await down.clock.advance(2000);
    expect(await closing).toMatchObject({ written: 0, dropped: 6, queued: 0 });
    expect(down.clock.pendingTimers).toBe(0);
  });

  it('does not miss an exemplar of the millisecond in which the last push was made', async () => {
    const exemplar = { labels: {}, value: 1, timestamp: 1_700_000_000 };
    const samples = [{ name: 'c_total', labels: {}, value: 1, exemplar }];
    const exemplars: number[] = [];
    const { writer, clock } = setup([answer(200)], {
      families: () => [{ name: 'c', type: 'counter', help: '', unit: '', samples }],
      fetch: (_url, { body }) => {
        const message = WriteRequest.toObject(WriteRequest.decode(snappyDecompress(body as Uint8Array)));
        const { timeseries } = message as { timeseries: { exemplars?: unknown[] }[] };
        exemplars.push(timeseries[0]?.exemplars?.length ?? 0);
        return Promise.resolve(new Response());
      },
    });
    for (let i = 0; i < 4; i++) {
      const pushed = writer.push();
      // The second push is in the same millisecond, the others are a second apart.
      await clock.advance(i === 0 ? 0 : 1000);
      await pushed;
    }
    // The third still takes it for new, since it is not older than the second push.
    expect(exemplars).toEqual([1, 1, 1, 0]);
  });

  it('never throws into the application', async () => {
    const { writer, errors } = setup([answer(200)], {
      families: () => Promise.reject(new Error('collecting failed')),
      onError: (error) => {
        errors.push(error);
        throw new Error('the listener fails too');
      },
    });
    expect(await writer.push()).toMatchObject({ written: 0 });
    expect(errors.map(({ code }) => code)).toEqual(['COLLECT_FAILED']);
  });

  it('does not let the headers of the protocol be changed', async () => {
    let sent = new Headers();
    const { writer, clock } = setup([answer(200)], {
      headers: { 'content-type': 'text/html', authorization: 'Bearer x' },
      fetch: (_url, init) => {
        sent = new Headers(init.headers);
        return Promise.resolve(new Response());
      },
    });
    const pushed = writer.push();
    await clock.advance(10);
    await pushed;
    expect(Object.fromEntries(sent)).toEqual({
      authorization: 'Bearer x',
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'user-agent': USER_AGENT,
      'x-prometheus-remote-write-version': '0.1.0',
    });
  });
});

describe('USER_AGENT', () => {
  it('has the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(USER_AGENT).toBe(`bellwether-metrics/${manifest.version}`);
  });
});
