import { describe, expect, it } from 'vitest';
import { BACKOFF_DEFAULT, backoffMs, parseRetryAfter } from './backoff.ts';
import { fakeTimerClock } from '../../../../../tests/metrics/fake-timer-clock.ts';
import type { Fetch } from './http-post.ts';
import { Periodic } from './periodic.ts';
import type { PushError } from './push-error.ts';
import { postWithRetries } from './retry.ts';

const POLICY = { ...BACKOFF_DEFAULT, attemptsMax: 4, elapsedMaxMs: 60_000 };

/** Answers in turn, noting when it was asked. */
function receiver(
  clock: { monotonicMs(): number },
  answers: readonly (() => Response | Promise<Response>)[],
) {
  const askedMs: number[] = [];
  const fetch: Fetch = async () => {
    askedMs.push(clock.monotonicMs());
    return answers[Math.min(askedMs.length, answers.length) - 1]!();
  };
  return { askedMs, fetch };
}

function answer(status: number, headers: Record<string, string> = {}, body = ''): () => Response {
  return () => new Response(status === 204 ? null : body, { status, headers });
}

async function run(
  answers: readonly (() => Response | Promise<Response>)[],
  policy = POLICY,
  signal?: AbortSignal,
): Promise<{ outcome: number | PushError; askedMs: number[] }> {
  const clock = fakeTimerClock(1_700_000_000_000);
  const { askedMs, fetch } = receiver(clock, answers);
  const context = { clock, fetch, isRetryable: (status: number) => status === 429 || status === 503 };
  const request = { url: 'http://receiver', headers: {}, body: new Uint8Array(), timeoutMs: 5000 };
  let outcome: number | PushError | undefined;
  const done = postWithRetries(signal ? { ...request, signal } : request, context, policy, () => 1).then(
    ({ status }) => {
      outcome = status;
      return undefined;
    },
    (error: PushError) => {
      outcome = error;
    },
  );
  await clock.advance(300_000);
  await done;
  return { outcome: outcome!, askedMs };
}

function networkDown(): Promise<Response> {
  return Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
}

/** A receiver that never answers. */
function hanging(_url: string, { signal }: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });
}

describe('postWithRetries', () => {
  it('waits twice as long each time, then succeeds', async () => {
    const { outcome, askedMs } = await run([networkDown, answer(503), answer(429), answer(200)]);
    expect(outcome).toBe(200);
    expect(askedMs).toEqual([0, 1000, 3000, 7000]);
  });

  it('waits as long as the receiver says', async () => {
    const { outcome, askedMs } = await run([
      answer(503, { 'retry-after': '7' }),
      answer(429, { 'retry-after': 'Tue, 14 Nov 2023 22:13:30 GMT' }),
      answer(204),
    ]);
    expect(outcome).toBe(204);
    // 22:13:30 is ten seconds after the start of the clock.
    expect(askedMs).toEqual([0, 7000, 10_000]);
  });

  it('does not repeat what was refused for good', async () => {
    const { outcome, askedMs } = await run([answer(400, {}, 'bad labels')]);
    expect(outcome).toMatchObject({ code: 'REFUSED', status: 400, retryable: false });
    expect((outcome as PushError).message).toBe('the receiver refused the request: 400: bad labels');
    expect(askedMs).toEqual([0]);
  });

  it('gives up after so many attempts', async () => {
    const { outcome, askedMs } = await run([answer(503)]);
    expect(outcome).toMatchObject({ code: 'OVERLOADED', status: 503, retryable: true });
    expect(askedMs).toHaveLength(4);
  });

  it('gives up when the time is over', async () => {
    const { outcome, askedMs } = await run([networkDown], {
      ...POLICY,
      attemptsMax: 100,
      elapsedMaxMs: 10_000,
    });
    expect(outcome).toMatchObject({ code: 'UNREACHABLE' });
    expect((outcome as PushError).message).toContain('ECONNREFUSED');
    expect(askedMs).toEqual([0, 1000, 3000, 7000]);
  });

  it('does not wait longer than its own limit, whatever the receiver says', async () => {
    const { askedMs } = await run([answer(503, { 'retry-after': '86400' }), answer(200)]);
    expect(askedMs).toEqual([0, 30_000]);
  });

  it('does not follow redirects', async () => {
    const { outcome, askedMs } = await run([answer(307, { location: 'http://elsewhere' })]);
    expect(outcome).toMatchObject({ code: 'REDIRECTED', status: 307 });
    expect(askedMs).toHaveLength(1);
  });

  it('ends an attempt that takes too long', async () => {
    const clock = fakeTimerClock(0);
    const context = { clock, fetch: hanging, isRetryable: () => true };
    const request = { url: 'http://receiver', headers: {}, body: new Uint8Array(), timeoutMs: 5000 };
    const outcome = postWithRetries(request, context, { ...POLICY, attemptsMax: 1 }, () => 1).catch(
      (error: unknown) => error,
    );
    await clock.advance(5000);
    expect(await outcome).toMatchObject({ code: 'TIMEOUT' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops waiting when it is called off', async () => {
    const { outcome } = await run([answer(503)], POLICY, AbortSignal.abort());
    expect(outcome).toMatchObject({ code: 'CLOSED' });
  });

  it('reads no more of an answer than it needs', async () => {
    let chunks = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        chunks++;
        controller.enqueue(new Uint8Array(16_384).fill(120));
      },
    });
    const { outcome } = await run([() => new Response(endless, { status: 400 })]);
    expect((outcome as PushError).message.length).toBeLessThan(400);
    expect(chunks).toBeLessThan(10);
  });
});

describe('backoffMs', () => {
  it('spreads the waits over the second half', () => {
    expect(backoffMs(BACKOFF_DEFAULT, 1, () => 0)).toBe(500);
    expect(backoffMs(BACKOFF_DEFAULT, 3, () => 0.5)).toBe(3000);
    expect(backoffMs(BACKOFF_DEFAULT, 5000, () => 1)).toBe(30_000);
  });
});

describe('parseRetryAfter', () => {
  it.each([
    [null, undefined],
    ['120', 120_000],
    [' 3 ', 3000],
    ['-3', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 9000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('%s → %s', (header, expected) => {
    expect(parseRetryAfter(header, 1000)).toBe(expected);
  });
});

describe('Periodic', () => {
  it('starts each run an interval after the last one began, never two at once', async () => {
    const clock = fakeTimerClock(0);
    const startedMs: number[] = [];
    const periodic = new Periodic(clock, 1000, async () => {
      startedMs.push(clock.monotonicMs());
      const slow = startedMs.length === 2 ? 2500 : 300;
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, slow));
    });
    periodic.start();
    periodic.start();
    await clock.advance(6000);
    expect(startedMs).toEqual([1000, 2000, 4500, 5500]);
    periodic.stop();
    await clock.advance(10_000);
    expect(startedMs).toHaveLength(4);
    expect(clock.pendingTimers).toBe(0);
  });
});
