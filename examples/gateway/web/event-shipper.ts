/**
 * Sends request events to Bellwether, in batches and in the background. The queue has
 * a bound: an application must not grow because its monitoring is away.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestEvent } from '@bellwether/events';

const QUEUE_MAX = 10_000;
const BATCH_MAX = 500;
const PAUSE_MS = 200;
const RETRY_MS = 1000;

/** Ships events. */
export class EventShipper {
  /** Events that the server has acknowledged. */
  sent = 0;
  /** Events that found the queue full, or that the server would not take. */
  dropped = 0;
  readonly #url: string;
  #queue: RequestEvent[] = [];
  #stopped = false;
  readonly #running: Promise<void>;

  /** @param url where Bellwether answers; `''` sends nothing. */
  constructor(url: string) {
    this.#url = url;
    this.#running = url === '' ? Promise.resolve() : this.#run();
  }

  /** Queues an event. Its id makes it safe to send twice. */
  ship(event: RequestEvent): void {
    if (this.#url === '') return;
    if (this.#queue.length >= QUEUE_MAX) this.dropped += 1;
    else this.#queue.push(event);
  }

  /** Sends what is queued and ends. */
  async close(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#queue.length === 0) {
        if (this.#stopped) return;
        await sleep(PAUSE_MS);
        continue;
      }
      const batch = this.#queue.slice(0, BATCH_MAX);
      const outcome = await this.#send(batch);
      if (outcome === 'again') {
        if (this.#stopped) return;
        await sleep(RETRY_MS);
        continue;
      }
      this.#queue = this.#queue.slice(batch.length);
      if (outcome === 'sent') this.sent += batch.length;
      else this.dropped += batch.length;
    }
  }

  async #send(batch: readonly RequestEvent[]): Promise<'sent' | 'again' | 'refused'> {
    try {
      const response = await fetch(`${this.#url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      });
      await response.arrayBuffer();
      if (response.ok) return 'sent';
      return response.status === 429 || response.status >= 500 ? 'again' : 'refused';
    } catch {
      return 'again';
    }
  }
}
