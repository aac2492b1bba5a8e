/**
 * Delivers one batch of events: the same bytes again while the server is busy or
 * away, in halves if they are too many for it, and a clear error when it refuses.
 */

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { RequestEvent } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import { type Receipt, type Refusal, readReceipt, readRefusal } from './answers.ts';
import type { Answer, Poster } from './http-post.ts';
import type { RandomStream } from './random.ts';
import { isRetryable, pauseBeforeRetry, type RetryPolicy } from './retry.ts';
import { wait } from './waiting.ts';

const gzipAsync = promisify(gzip);

/** Level 1: most of the gain for little of the time. */
const GZIP_LEVEL = 1;

/** A batch that could not be delivered. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly kind: 'refused' | 'unreachable' | 'aborted';
  readonly refusal: Refusal | undefined;

  constructor(kind: SendError['kind'], message: string, refusal?: Refusal, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.refusal = refusal;
  }
}

/** What a delivery needs besides the batch. */
export interface Delivery {
  readonly poster: Poster;
  readonly token: string | undefined;
  readonly gzip: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly retry: RetryPolicy;
  readonly random: RandomStream;
  readonly onRetry: ((reason: string, pauseMs: number) => void) | undefined;
  /** What is known of the server: kept up by {@link deliver}. */
  readonly server: { hasAnswered: boolean };
}

/**
 * Delivers one batch. It is in the server's journal when this resolves. A batch
 * whose answer was lost on the way is counted as duplicates by the next answer.
 *
 * @throws SendError
 */
export async function deliver(events: readonly RequestEvent[], by: Delivery): Promise<Receipt> {
  const { body, headers } = await encode(events, by);
  for (let failures = 1; ; failures += 1) {
    throwIfAborted(by.signal);
    const attempt = await tryOnce(body, headers, by);
    if (!(attempt instanceof Error)) by.server.hasAnswered = true;
    throwIfAborted(by.signal, attempt);
    if (!(attempt instanceof Error) && !isRetryable(attempt.status)) {
      return attempt.status === 413 && events.length > 1 ? deliverHalves(events, by) : judge(attempt);
    }
    await pause(failures, attempt, by);
  }
}

/** Waits after a failed attempt, or gives up. */
async function pause(failures: number, attempt: Answer | Error, by: Delivery): Promise<void> {
  const isError = attempt instanceof Error;
  const reason = isError ? reasonOfError(attempt) : reasonOf(attempt);
  const { attemptsMax, attemptsUnansweredMax } = by.retry;
  if (failures >= (by.server.hasAnswered ? attemptsMax : attemptsUnansweredMax)) {
    const message = `gave up after ${failures} attempts: ${reason}`;
    throw new SendError('unreachable', message, undefined, isError ? { cause: attempt } : undefined);
  }
  const asked = isError ? undefined : attempt.retryAfter;
  const pauseMs = pauseBeforeRetry(by.retry, failures, by.random, asked, by.clock.nowMs());
  by.onRetry?.(reason, pauseMs);
  await wait(by.clock, pauseMs, by.signal);
}

/** A batch that is too large for the server goes in two parts. */
async function deliverHalves(events: readonly RequestEvent[], by: Delivery): Promise<Receipt> {
  const half = Math.ceil(events.length / 2);
  const first = await deliver(events.slice(0, half), by);
  const second = await deliver(events.slice(half), by).catch((error: unknown) => {
    if (!(error instanceof SendError) || error.refusal?.index === undefined) throw error;
    const refusal = { ...error.refusal, index: error.refusal.index + half };
    throw new SendError(error.kind, error.message, refusal, { cause: error });
  });
  const rejected = [...first.rejected];
  for (const { index, code, message } of second.rejected)
    rejected.push({ index: index + half, code, message });
  return {
    accepted: first.accepted + second.accepted,
    duplicates: first.duplicates + second.duplicates,
    rejected,
  };
}

/** An answer that came counts, even if the caller gave up in the meantime. */
function throwIfAborted(signal: AbortSignal | undefined, attempt?: Answer | Error): void {
  if (signal?.aborted !== true || (attempt !== undefined && !(attempt instanceof Error))) return;
  throw new SendError('aborted', 'sending was interrupted');
}

async function encode(
  events: readonly RequestEvent[],
  by: Delivery,
): Promise<{ body: Uint8Array; headers: Record<string, string> }> {
  const headers: Record<string, string> = { 'content-type': 'application/x-ndjson' };
  if (by.token !== undefined) headers['authorization'] = `Bearer ${by.token}`;
  let text = '';
  for (const event of events) text += `${JSON.stringify(event)}\n`;
  const plain = Buffer.from(text, 'utf8');
  if (!by.gzip) return { body: plain, headers };
  headers['content-encoding'] = 'gzip';
  return { body: await gzipAsync(plain, { level: GZIP_LEVEL }), headers };
}

async function tryOnce(
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  { poster, signal }: Delivery,
): Promise<Answer | Error> {
  try {
    return await poster.post(body, headers, signal);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function judge(answer: Answer): Receipt {
  const receipt = answer.status === 200 ? readReceipt(answer.body) : null;
  if (receipt !== null) return receipt;
  if (answer.status >= 200 && answer.status < 300)
    throw new SendError('refused', 'the address answers, but not as a Bellwether server does');
  throw new SendError('refused', reasonOf(answer), readRefusal(answer.status, answer.body));
}

/** An error of several addresses tried has a code but no message. */
function reasonOfError(error: Error): string {
  return error.message || ((error as NodeJS.ErrnoException).code ?? 'the connection failed');
}

function reasonOf({ status, body }: Answer): string {
  const { code, message } = readRefusal(status, body);
  return `the server answered ${status} ${code}: ${message}`;
}
