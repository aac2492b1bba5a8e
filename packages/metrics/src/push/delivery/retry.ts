/**
 * Posts again and again within bounds: so many attempts, so much time, and not
 * before the receiver wants to hear from us.
 */
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import { type PostAnswer, type PostContext, type PostRequest, post } from './http-post.ts';
import { PushError } from './push-error.ts';
import { wait } from './timer-clock.ts';

/** The bounds of one delivery. */
export interface RetryPolicy extends BackoffPolicy {
  /** Attempts in all, the first included. */
  readonly attemptsMax: number;
  /** No attempt begins later than this after the first. */
  readonly elapsedMaxMs: number;
}

/**
 * Posts until it succeeds or the bounds are met; then throws the last PushError.
 * What the receiver refuses for good is not tried again.
 */
export async function postWithRetries(
  request: PostRequest,
  context: PostContext,
  policy: RetryPolicy,
  random: () => number,
): Promise<PostAnswer> {
  const startMs = context.clock.monotonicMs();
  for (let attempt = 1; ; attempt++) {
    try {
      return await post(request, context);
    } catch (error) {
      if (!(error instanceof PushError) || !error.retryable || attempt >= policy.attemptsMax) throw error;
      const delayMs = backoffMs(policy, attempt, random, error.retryAfterMs);
      if (context.clock.monotonicMs() + delayMs - startMs > policy.elapsedMaxMs) throw error;
      await wait(context.clock, delayMs, request.signal);
      if (request.signal?.aborted) throw new PushError('CLOSED', { cause: error });
    }
  }
}
