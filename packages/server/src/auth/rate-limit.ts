/**
 * How many requests a second each sender may make: a bucket of tokens for each, as
 * full as two seconds allow. Senders that have not been seen for longest are
 * forgotten first, which fills their bucket again.
 */

/** Senders that are told apart. */
export const SENDERS_MAX = 10_000;
/** How much may come at once after a pause. */
const BURST_SECONDS = 2;

interface Bucket {
  left: number;
  atMs: number;
}

/** The buckets of all senders. */
export class RateLimit {
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Takes one request of a sender.
   *
   * @param ratePerSecond what it may send; 0 is any number.
   * @returns 0 if it may be answered, else the seconds after which the next one may.
   */
  take(sender: string, ratePerSecond: number, nowMs: number): number {
    if (ratePerSecond <= 0) return 0;
    const most = Math.max(1, ratePerSecond * BURST_SECONDS);
    const bucket = this.#buckets.get(sender) ?? { left: most, atMs: nowMs };
    // Taken out and put in again, it is the youngest.
    this.#buckets.delete(sender);
    this.#buckets.set(sender, bucket);
    if (this.#buckets.size > SENDERS_MAX) this.#forgetOldest();
    bucket.left = Math.min(most, bucket.left + (Math.max(0, nowMs - bucket.atMs) / 1000) * ratePerSecond);
    bucket.atMs = nowMs;
    if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / ratePerSecond));
    bucket.left -= 1;
    return 0;
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
