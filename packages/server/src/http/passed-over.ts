/**
 * What is still to come of a body that was refused. The sender may hear the answer only when it has sent all of
 * it, so it has to be read; but read as fast as it comes, the bodies that a flood of senders has refused would take
 * the time and memory that those let in and questions about health need. So all of them together are read at a
 * bounded rate, and TCP holds the senders back meanwhile.
 */

import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';

/** Bodies up to this come with their headers or soon after them, and are left to Node, which passes them over at once. */
const SMALL_BODY_BYTES = 64 * 1024;
/** How often pieces are read, and of how many bodies: a piece has at most 64 KiB, so that is up to 50 MiB a second. */
const TURN_MS = 10;
const BODIES_PER_TURN = 8;
/** Bodies that are passed over at the same time. Each holds up to 128 KiB that have come and were not looked at. */
const BODIES_MAX = 256;

/** Passes over bodies. */
export class PassedOver {
  readonly #clock: Pick<Clock, 'setTimeout'>;
  readonly #waiting: IncomingMessage[] = [];
  #bodies = 0;
  #isTurnDue = false;

  constructor(clock: Pick<Clock, 'setTimeout'>) {
    this.#clock = clock;
  }

  /** How many bodies are passed over now. */
  get bodies(): number {
    return this.#bodies;
  }

  /**
   * Passes over what comes of the body of a request from now on.
   *
   * @returns false if there are too many such bodies: then the connection is to be closed after the answer.
   */
  take(request: IncomingMessage): boolean {
    if (request.complete || !isLarge(request)) return true;
    if (this.#bodies >= BODIES_MAX) return false;
    this.#bodies += 1;
    request.pause();
    // Of a request that was never read, Node itself would read all the rest at once when the answer has gone.
    request.read(0);
    request.on('data', () => {
      request.pause();
      this.#await(request);
    });
    const { socket } = request;
    const end = (): void => {
      this.#bodies -= 1;
      request.off('end', end);
      socket.off('close', end);
    };
    request.once('end', end);
    // Once the answer has gone, a request hears nothing of its connection.
    socket.once('close', end);
    request.on('error', () => undefined);
    this.#await(request);
    return true;
  }

  /** Has a piece of the body read when those that wait longer have had their turn. */
  #await(request: IncomingMessage): void {
    this.#waiting.push(request);
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#clock.setTimeout(() => this.#turn(), TURN_MS);
  }

  #turn(): void {
    for (const request of this.#waiting.splice(0, BODIES_PER_TURN)) request.resume();
    this.#isTurnDue = this.#waiting.length > 0;
    if (this.#isTurnDue) this.#clock.setTimeout(() => this.#turn(), TURN_MS);
  }
}

/** True of a body that may be worth reading slowly: it is large, or does not say how large it is. */
function isLarge({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length) > SMALL_BODY_BYTES;
  return headers['transfer-encoding'] !== undefined;
}
