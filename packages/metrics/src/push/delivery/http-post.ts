/**
 * One POST with a time limit, and every way in which it can end as a typed error.
 * Redirects are not followed: the headers may hold a key that is meant for one
 * host only.
 */
import { parseRetryAfter } from './backoff.ts';
import { PushError } from './push-error.ts';
import type { TimerClock } from './timer-clock.ts';

/** The fetch function of the platform, or one with the same behaviour. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One request. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal;
}

/** What a request needs of its surroundings. */
export interface PostContext {
  readonly clock: TimerClock;
  readonly fetch: Fetch;
  /** Which statuses mean "later"; the others of 400 and above mean "never". */
  readonly isRetryable: (status: number) => boolean;
}

/** A successful answer, its body cut at 64 KiB. */
export interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const ANSWER_BYTES_MAX = 64 * 1024;
const SHOWN_CHARS_MAX = 300;

/** Sends one request. Throws a PushError unless the answer has a status of 2xx. */
export async function post(request: PostRequest, context: PostContext): Promise<PostAnswer> {
  const { clock } = context;
  const abort = new AbortController();
  let timedOut = false;
  const timer = clock.setTimeout(() => {
    timedOut = true;
    abort.abort();
  }, request.timeoutMs);
  const cancel = (): void => abort.abort();
  request.signal?.addEventListener('abort', cancel);
  if (request.signal?.aborted) cancel();
  try {
    const { url, headers, body } = request;
    const init: RequestInit = { method: 'POST', headers, body, redirect: 'manual', signal: abort.signal };
    const response = await context.fetch(url, init);
    const answer = { status: response.status, headers: response.headers, body: await readSome(response) };
    if (response.status >= 200 && response.status < 300) return answer;
    throw failure(answer, context);
  } catch (error) {
    if (error instanceof PushError) throw error;
    if (timedOut) throw new PushError('TIMEOUT', { detail: request.timeoutMs, cause: error });
    if (request.signal?.aborted) throw new PushError('CLOSED', { cause: error });
    throw new PushError('UNREACHABLE', { detail: describe(error), cause: error });
  } finally {
    clock.clearTimeout(timer);
    request.signal?.removeEventListener('abort', cancel);
  }
}

function failure(answer: PostAnswer, context: PostContext): PushError {
  const { status, headers } = answer;
  const text = Buffer.from(answer.body).toString().trim().slice(0, SHOWN_CHARS_MAX);
  const detail = text === '' ? String(status) : `${status}: ${text}`;
  if (status < 400) return new PushError('REDIRECTED', { detail: status, status, headers });
  if (!context.isRetryable(status)) return new PushError('REFUSED', { detail, status, headers });
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), context.clock.nowMs());
  return new PushError('OVERLOADED', { detail, status, retryAfterMs, headers });
}

/** Reads the body up to a limit, so that a strange answer cannot fill the memory. */
async function readSome(response: Response): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  while (length < ANSWER_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
    length += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX);
}

/** The reason behind "fetch failed" is in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : error.message;
}
