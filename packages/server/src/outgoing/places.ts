/** How many requests are under way, and how long each may take. */

import type { Clock } from '../clock.ts';
import { OutgoingError } from './outgoing-error.ts';

/** How long a request may take where it does not say. */
export const TIMEOUT_MS = 10_000;
export const TIMEOUT_MS_MAX = 600_000;
/** Requests and connections being made at a time; one more is refused as `busy`. */
export const UNDER_WAY_MAX = 1024;

/** What bounds a piece of work. */
export interface Bounds {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A bounded number of places for work, each with a deadline. */
export class Places {
  readonly #clock: Clock;
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs work, whose signal is aborted at the time-out and with the caller's own.
   *
   * @throws OutgoingError `busy`, `invalid_request`; the signal's reason is one with `timeout` or `aborted`.
   */
  async run<R>(
    { timeoutMs = TIMEOUT_MS, signal }: Bounds,
    work: (signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    if (!(timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX))
      throw new OutgoingError('invalid_request', `a time-out is at most ${TIMEOUT_MS_MAX} ms`);
    if (this.#underWay >= UNDER_WAY_MAX)
      throw new OutgoingError('busy', `${UNDER_WAY_MAX} requests are under way already`);
    const deadline = new AbortController();
    const timer = this.#clock.setTimeout(
      () => deadline.abort(new OutgoingError('timeout', `there was no whole answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const stop = (): void => deadline.abort(new OutgoingError('aborted', 'the request was given up'));
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop, { once: true });
    this.#underWay += 1;
    try {
      return await work(deadline.signal);
    } finally {
      this.#underWay -= 1;
      this.#clock.clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }
}
