/** How fast a channel is spoken to: messages a minute, and the pauses after failures. */

const FIRST_PAUSE_MS = 2000;
/** The longest pause between two attempts of a message. */
const PAUSE_MS_MAX = 600_000;
const JITTER = 0.2;
/** Messages that may go at once after a quiet time. */
const BURST_MAX = 10;
const MINUTE_MS = 60_000;

/**
 * The pause after the so manieth failure in a row, doubled each time, with jitter so
 * that what failed together is not tried together.
 *
 * @param random 0 to 1.
 */
export function pauseMs(failures: number, random: number): number {
  const base = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** Math.min(30, failures - 1));
  return base * (1 - JITTER + 2 * JITTER * random);
}

/** A token bucket on the monotonic clock. */
export class Rate {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perMinute: number, monotonicMs: number) {
    this.#perMs = perMinute / MINUTE_MS;
    this.#burst = Math.max(1, Math.min(BURST_MAX, perMinute));
    this.#tokens = this.#burst;
    this.#atMs = monotonicMs;
  }

  /** How long until a message may go; 0 if one may go now. */
  waitMs(monotonicMs: number): number {
    this.#refill(monotonicMs);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  /** Counts a message that goes. */
  take(monotonicMs: number): void {
    this.#refill(monotonicMs);
    this.#tokens -= 1;
  }

  #refill(monotonicMs: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (monotonicMs - this.#atMs) * this.#perMs);
    this.#atMs = monotonicMs;
  }
}
