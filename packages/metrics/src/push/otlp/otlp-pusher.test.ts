import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { MetricFamily } from '../../family.ts';
import { type FakeTimerClock, fakeTimerClock } from '../../../../../tests/metrics/fake-timer-clock.ts';
import type { PushError } from '../delivery/push-error.ts';
import { type OtlpPushOptions, OtlpPusher } from './otlp-pusher.ts';
import { datadog, newRelic } from './presets.ts';
import { OTLP_SCHEMA } from '../../../../../tests/metrics/otlp-schema.ts';

const root = protobuf.parse(OTLP_SCHEMA).root;
const Request = root.lookupType('ExportMetricsServiceRequest');
const Answer = root.lookupType('ExportMetricsServiceResponse');

interface Received {
  readonly atMs: number;
  readonly url: string;
  readonly headers: Headers;
  /** Name → values. */
  readonly values: Record<string, number[]>;
}

interface Setup {
  readonly pusher: OtlpPusher;
  readonly clock: FakeTimerClock;
  readonly received: Received[];
  readonly errors: PushError[];
  /** What the counter stands at. */
  count: number;
}

type Shape = {
  resourceMetrics: {
    scopeMetrics: {
      metrics: {
        name: string;
        sum?: { dataPoints: { asDouble: number }[] };
        gauge?: { dataPoints: { asDouble: number }[] };
      }[];
    }[];
  }[];
};

function valuesOf(request: Shape): Record<string, number[]> {
  const metrics = request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) => scope.metrics),
  );
  return Object.fromEntries(
    metrics.map(({ name, sum, gauge }) => [name, (sum ?? gauge)!.dataPoints.map(({ asDouble }) => asDouble)]),
  );
}

function decode(body: Uint8Array, headers: Headers): Shape {
  const plain = headers.get('content-encoding') === 'gzip' ? gunzipSync(body) : Buffer.from(body);
  if (headers.get('content-type') === 'application/json') return JSON.parse(plain.toString()) as Shape;
  return Request.toObject(Request.decode(plain)) as Shape;
}

/** A pusher of one counter and one gauge, whose receiver answers in turn, the last answer for ever. */
function setup(answers: readonly (() => Response)[], options: Partial<OtlpPushOptions> = {}): Setup {
  const clock = fakeTimerClock(1_700_000_000_000);
  const received: Received[] = [];
  const errors: PushError[] = [];
  const state: Setup = {
    clock,
    received,
    errors,
    count: 5,
    pusher: new OtlpPusher({
      url: 'http://receiver/v1/metrics',
      families: (): MetricFamily[] => [
        {
          name: 'c',
          type: 'counter',
          help: '',
          unit: '',
          samples: [{ name: 'c_total', labels: {}, value: state.count }],
        },
        { name: 'g', type: 'gauge', help: '', unit: '', samples: [{ name: 'g', labels: {}, value: -1 }] },
      ],
      clock,
      random: () => 1,
      onError: (error) => errors.push(error),
      // Compression runs on other threads, whose time a fake clock does not know.
      compression: 'none',
      fetch: (url, init) => {
        const headers = new Headers(init.headers);
        const values = valuesOf(decode(init.body as Uint8Array, headers));
        received.push({ atMs: clock.monotonicMs(), url, headers, values });
        return Promise.resolve(answers[Math.min(received.length, answers.length) - 1]!());
      },
      ...options,
    }),
  };
  return state;
}

function answer(
  status: number,
  headers: Record<string, string> = {},
  body: Uint8Array<ArrayBuffer> | null = null,
) {
  return (): Response => new Response(body, { status, headers });
}

async function pushed(state: Setup): Promise<Awaited<ReturnType<OtlpPusher['push']>>> {
  const outcome = state.pusher.push();
  await state.clock.advance(200_000);
  return outcome;
}

describe('OtlpPusher', () => {
  it('pushes at intervals, cumulative by default', async () => {
    const state = setup([answer(200)], { intervalMs: 1000 });
    state.pusher.start();
    await state.clock.advance(1000);
    state.count = 8;
    await state.clock.advance(1000);
    expect(state.received.map(({ atMs, values }) => [atMs, values])).toEqual([
      [1000, { c_total: [5], g: [-1] }],
      [2000, { c_total: [8], g: [-1] }],
    ]);
    expect(state.pusher.stats).toEqual({ pushes: 2, failedPushes: 0, deliveredPoints: 4, rejectedPoints: 0 });
  });

  it.each(['protobuf', 'json'] as const)('sends %s, compressed or not', async (encoding) => {
    const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf';
    const compressed = setup([answer(200)], { encoding, compression: 'gzip' });
    await pushed(compressed);
    const [first] = compressed.received;
    expect([first?.headers.get('content-type'), first?.headers.get('content-encoding')]).toEqual([
      type,
      'gzip',
    ]);
    expect(first?.values).toEqual({ c_total: [5], g: [-1] });
    const plain = setup([answer(200)], { encoding });
    await pushed(plain);
    expect(plain.received[0]?.headers.get('content-encoding')).toBeNull();
    expect(plain.received[0]?.values).toEqual({ c_total: [5], g: [-1] });
  });

  it('sends differences to what was delivered, and makes up for a push that failed', async () => {
    const unavailable = answer(503);
    const state = setup([answer(200), unavailable, unavailable, answer(200)], {
      temporality: 'delta',
      retry: { attemptsMax: 2 },
    });
    await pushed(state);
    state.count = 8;
    expect(await pushed(state)).toMatchObject({ delivered: 0, error: { code: 'OVERLOADED' } });
    state.count = 12;
    expect(await pushed(state)).toMatchObject({ delivered: 2, error: undefined });
    expect(await pushed(state)).toMatchObject({ delivered: 1 });
    expect(state.received.map(({ values }) => values.c_total?.[0])).toEqual([5, 3, 3, 7, undefined]);
  });

  it('retries what OTLP calls retryable, and nothing else', async () => {
    for (const status of [429, 502, 503, 504]) {
      const state = setup([answer(status, { 'retry-after': '2' }), answer(200)]);
      expect(await pushed(state)).toMatchObject({ delivered: 2 });
      expect(state.received.map(({ atMs }) => atMs)).toEqual([0, 2000]);
    }
    for (const status of [400, 401, 404, 413, 500, 501]) {
      const state = setup([answer(status), answer(200)]);
      expect(await pushed(state)).toMatchObject({
        delivered: 0,
        rejected: 2,
        error: { code: 'REFUSED', status },
      });
      expect(state.received).toHaveLength(1);
    }
  });

  it('does not send again what was refused for good', async () => {
    const state = setup([answer(400), answer(200)], { temporality: 'delta' });
    await pushed(state);
    state.count = 6;
    await pushed(state);
    expect(state.received.map(({ values }) => values.c_total)).toEqual([[5], [1]]);
  });

  it('counts what the receiver did not take although it said yes', async () => {
    const partialSuccess = { rejectedDataPoints: 1, errorMessage: 'too old' };
    const body = new Uint8Array(Answer.encode(Answer.create({ partialSuccess })).finish());
    const state = setup([answer(200, { 'content-type': 'application/x-protobuf' }, body)]);
    expect(await pushed(state)).toMatchObject({ delivered: 1, rejected: 1, error: { code: 'PARTIAL' } });
    expect(state.errors[0]?.message).toContain('1 data points: too old');
  });

  it('spreads many points over several requests, and stops at the first that fails', async () => {
    const samples = Array.from({ length: 25 }, (_, i) => ({ name: 'g', labels: { i: String(i) }, value: i }));
    const families = (): MetricFamily[] => [{ name: 'g', type: 'gauge', help: '', unit: '', samples }];
    const state = setup([answer(200)], { families, pointsPerRequestMax: 10 });
    expect(await pushed(state)).toMatchObject({ delivered: 25 });
    expect(state.received.map(({ values }) => values.g?.length)).toEqual([10, 10, 5]);
    const failing = setup([answer(200), answer(503)], {
      families,
      pointsPerRequestMax: 10,
      retry: { attemptsMax: 1 },
    });
    expect(await pushed(failing)).toMatchObject({ delivered: 10, error: { code: 'OVERLOADED' } });
    expect(failing.received).toHaveLength(2);
  });

  it('joins a push that is under way', async () => {
    const state = setup([answer(200)]);
    const both = Promise.all([state.pusher.push(), state.pusher.push()]);
    await state.clock.advance(10);
    expect((await both).map(({ delivered }) => delivered)).toEqual([2, 2]);
    expect(state.received).toHaveLength(1);
  });

  it('pushes a last time when it is closed, within its time', async () => {
    const state = setup([answer(200)], { intervalMs: 1000 });
    state.pusher.start();
    const closed = state.pusher.close();
    await state.clock.advance(10);
    expect(await closed).toMatchObject({ delivered: 2 });
    await state.clock.advance(5000);
    expect(state.received).toHaveLength(1);
    const down = setup([answer(503)]);
    const closing = down.pusher.close(2000);
    await down.clock.advance(2000);
    expect(await closing).toMatchObject({ delivered: 0, error: { code: 'CLOSED' } });
    expect(down.clock.pendingTimers).toBe(0);
  });

  it('never throws into the application', async () => {
    const state = setup([answer(200)], {
      families: () => {
        throw new Error('collecting failed');
      },
      onError: () => {
        throw new Error('the listener fails too');
      },
    });
    expect(await pushed(state)).toMatchObject({ delivered: 0, error: { code: 'COLLECT_FAILED' } });
    expect(state.pusher.stats.failedPushes).toBe(1);
  });
});

describe('presets', () => {
  it.each([
    [datadog({ apiKey: 'k' }), 'https://otlp.datadoghq.com/v1/metrics', 'dd-api-key'],
    [datadog({ apiKey: 'k', site: 'datadoghq.eu' }), 'https://otlp.datadoghq.eu/v1/metrics', 'dd-api-key'],
    [newRelic({ licenseKey: 'k' }), 'https://otlp.nr-data.net/v1/metrics', 'api-key'],
    [newRelic({ licenseKey: 'k', region: 'eu' }), 'https://otlp.eu01.nr-data.net/v1/metrics', 'api-key'],
  ])('push differences with the key, to %s', async (preset, url, header) => {
    const state = setup([answer(200)], preset);
    await pushed(state);
    state.count = 7;
    await pushed(state);
    expect(state.received.map((request) => request.url)).toEqual([url, url]);
    expect(state.received[0]?.headers.get(header)).toBe('k');
    expect(state.received.map(({ values }) => values.c_total)).toEqual([[5], [2]]);
  });
});
