/**
 * When and how often a batch that was not taken is sent again. A batch keeps its
 * ids, so sending it again cannot count anything twice.
 */

import type { RandomStream } from './random.ts';

/** Bounds of sending one batch again. */
export interface RetryPolicy {
  /** Attempts at one batch, the first included. */
  readonly attemptsMax: number;
  /** The same while the server has never answered anything, since then it is probably not there. */
  readonly attemptsUnansweredMax: number;
  /** The pause after the first failure; it doubles from then on. */
  readonly firstPauseMs: number;
  readonly pauseMaxMs: number;
  /** The longest pause that a server can ask for. */
  readonly retryAfterMaxMs: number;
}

/** Gives up after a minute or more, if the server asks for more; after five seconds if it never answered. */
export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 12,
  attemptsUnansweredMax: 6,
  firstPauseMs: 200,
  pauseMaxMs: 15_000,
  retryAfterMaxMs: 60_000,
};

/** Statuses after which the same request can succeed later. */
const retryableStatuses = new Set([429, 500, 502, 503, 504, 507]);

/** True if a server that answered this may take the same request later. */
export function isRetryable(status: number): boolean {
  return retryableStatuses.has(status);
}

/**
 * How long to wait before the next attempt: between a half and the whole of a
 * pause that doubles, so that clients that failed together do not return
 * together; at least what the server asked for.
 *
 * @param failures attempts that have failed so far, at least 1.
 * @param retryAfter value of the Retry-After header, seconds or an HTTP date.
 * @param nowMs the wall clock, which an HTTP date is relative to.
 */
export function pauseBeforeRetry(
  policy: RetryPolicy,
  failures: number,
  random: RandomStream,
  retryAfter?: string,
  nowMs = 0,
): number {
  const pauseMs = Math.min(policy.pauseMaxMs, policy.firstPauseMs * 2 ** (failures - 1));
  const jittered = pauseMs * (0.5 + 0.5 * random.uniform());
  const askedMs = Math.min(policy.retryAfterMaxMs, readRetryAfter(retryAfter, nowMs));
  return Math.max(jittered, askedMs);
}

function readRetryAfter(value: string | undefined, nowMs: number): number {
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - nowMs);
}
