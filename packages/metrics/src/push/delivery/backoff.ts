/**
 * How long to wait before the next attempt: exponential with jitter, unless the
 * receiver said how long.
 */

/** The bounds of waiting. */
export interface BackoffPolicy {
  /** Before the second attempt. Default 1 s. */
  readonly initialMs: number;
  /** No wait is longer than this, not even one that the receiver asks for. Default 30 s. */
  readonly maxMs: number;
}

/** The defaults of every sender. */
export const BACKOFF_DEFAULT: BackoffPolicy = { initialMs: 1000, maxMs: 30_000 };

/**
 * The wait before attempt `attempt + 1`, in milliseconds; the first attempt is 1.
 * Half of it is random, so that many senders do not return at the same moment.
 * `random` gives numbers from 0 to 1.
 */
export function backoffMs(
  policy: BackoffPolicy,
  attempt: number,
  random: () => number,
  retryAfterMs?: number,
): number {
  if (retryAfterMs !== undefined) return Math.min(policy.maxMs, Math.max(0, retryAfterMs));
  const ceiling = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling * (0.5 + random() / 2);
}

/** A Retry-After header in milliseconds from now: seconds or an HTTP date. Undefined if it is neither. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
