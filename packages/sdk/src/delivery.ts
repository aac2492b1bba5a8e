/** One batch to the server, and what the answer means for its events. */

import { type Fetch, post, PushError, type TimerClock } from '@bellwether/metrics/delivery';
import type { Batch } from './batch.ts';
import type { ShipperSettings } from './options.ts';

/** How an attempt ended. */
export type Attempt =
  | { readonly kind: 'taken'; readonly accepted: number; readonly duplicates: number }
  /** The same batch may be taken later. */
  | { readonly kind: 'later'; readonly error: PushError }
  /** The server takes less at once. */
  | { readonly kind: 'too_large'; readonly error: PushError }
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly error: PushError };

/**
 * Statuses after which the same batch can be taken later. A token that is wrong, or
 * an address that is not there yet, is something that people put right meanwhile.
 */
const laterStatuses: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

/** What an attempt needs of its surroundings. */
export interface DeliveryContext {
  readonly settings: ShipperSettings;
  readonly clock: TimerClock;
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/** Sends a batch once. Never rejects. */
export async function deliver(batch: Batch, context: DeliveryContext): Promise<Attempt> {
  const { settings, clock, fetch, signal } = context;
  try {
    const answer = await post(
      {
        url: settings.endpoint,
        headers: headersOf(settings),
        body: batch.body,
        timeoutMs: settings.requestTimeoutMs,
        signal,
      },
      { clock, fetch, isRetryable: (status) => status >= 500 || laterStatuses.has(status) },
    );
    return { kind: 'taken', ...readReceipt(answer.body, batch.events) };
  } catch (error) {
    const failure =
      error instanceof PushError
        ? error
        : new PushError('UNREACHABLE', { detail: String(error), cause: error });
    if (failure.retryable || failure.code === 'CLOSED') return { kind: 'later', error: failure };
    return { kind: failure.status === 413 ? 'too_large' : 'refused', error: failure };
  }
}

function headersOf({ token }: ShipperSettings): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
    'user-agent': 'bellwether-sdk',
  };
  if (token !== undefined) headers['authorization'] = `Bearer ${token()}`;
  return headers;
}

/** What the server says it did. An answer that cannot be read was cut after the fact: the batch is with the server. */
function readReceipt(body: Uint8Array, events: number): { accepted: number; duplicates: number } {
  const text = Buffer.from(body).toString();
  const read = (name: string): number | undefined => {
    const found = new RegExp(`"${name}":(\\d+)`).exec(text);
    return found === null ? undefined : Number(found[1]);
  };
  const duplicates = read('duplicates') ?? 0;
  return { accepted: read('accepted') ?? events - duplicates, duplicates };
}
