/** Sends batches of events to a server, several at a time. */

import type { RequestEvent } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { Receipt } from './answers.ts';
import { type Delivery, deliver, SendError } from './delivery.ts';
import { createPoster } from './http-post.ts';
import { RandomStream, seedOfText } from './random.ts';
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts';

/** Where and how to send. */
export interface SenderOptions {
  /** The server's address, e.g. `http://127.0.0.1:9091`; a path before `/v1/events` is kept. */
  readonly url: string;
  readonly token?: string;
  /** Query parameters of every request. */
  readonly query?: Readonly<Record<string, string>>;
  readonly gzip?: boolean;
  /** Batches on their way at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  /** Aborting it cuts off what is on its way. */
  readonly signal?: AbortSignal;
  readonly retry?: RetryPolicy;
  /** Called before a batch is sent again, with the reason in words. */
  readonly onRetry?: (reason: string, pauseMs: number) => void;
}

/** What to send, and whom to tell. */
export interface Sending<B> {
  readonly batches: AsyncIterable<B> | Iterable<B>;
  readonly eventsOf: (batch: B) => readonly RequestEvent[];
  /** Called when a batch is in the server's journal. */
  readonly onDelivered: (batch: B, receipt: Receipt) => void;
  /** Called once, when the first batch has failed; the batches should end soon then. */
  readonly onFailed?: (batch: B, error: unknown) => void;
}

/** Sends events to one server. */
export interface Sender {
  /** Delivers one batch; see {@link deliver}. */
  send(events: readonly RequestEvent[]): Promise<Receipt>;
  /**
   * Delivers every batch, as many at a time as the concurrency allows. After the
   * first failure no further batch is taken; those on their way are seen through,
   * and then the failure is thrown.
   */
  sendAll<B>(sending: Sending<B>): Promise<void>;
  /** Lets go of the connections. */
  close(): void;
}

/**
 * The address that events are posted to.
 *
 * @throws SendError if `url` is not an http or https address.
 */
export function eventsAddress(url: string, query: Readonly<Record<string, string>> = {}): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new SendError('refused', `${url} is not an http or https address`);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/v1/events`;
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return address;
}

/** Makes a sender. Close it when done. */
export function createSender(options: SenderOptions): Sender {
  const { concurrency, clock } = options;
  const address = eventsAddress(options.url, options.query);
  const delivery: Delivery = {
    poster: createPoster(address, concurrency, clock),
    token: options.token,
    gzip: options.gzip ?? false,
    clock,
    signal: options.signal,
    retry: options.retry ?? defaultRetryPolicy,
    // Two senders that fail together shall not return together, so the time is part of the seed.
    random: new RandomStream(seedOfText(address.href), clock.nowMs() | 0),
    onRetry: options.onRetry,
    server: { hasAnswered: false },
  };
  return {
    send: (events) => deliver(events, delivery),
    sendAll: (sending) => sendAll(sending, concurrency, delivery),
    close: () => delivery.poster.close(),
  };
}

async function sendAll<B>(
  { batches, eventsOf, onDelivered, onFailed }: Sending<B>,
  concurrency: number,
  delivery: Delivery,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const sendOne = async (batch: B): Promise<void> => {
    try {
      onDelivered(batch, await deliver(eventsOf(batch), delivery));
    } catch (error) {
      failures.push(error);
      if (failures.length === 1) onFailed?.(batch, error);
    }
  };
  for await (const batch of batches) {
    if (failures.length > 0) break;
    const run = sendOne(batch).finally(() => running.delete(run));
    running.add(run);
    if (running.size >= concurrency) await Promise.race(running);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
