/**
 * Delivering over HTTP, for packages that send something else than metrics: one POST
 * with a time limit and typed errors, back-off, and a clock with timers. Exported as
 * `@bellwether/metrics/delivery`.
 */
export { BACKOFF_DEFAULT, type BackoffPolicy, backoffMs } from './backoff.ts';
export { type Fetch, type PostAnswer, type PostContext, type PostRequest, post } from './http-post.ts';
export { PushError, type PushErrorCode } from './push-error.ts';
export { keepAliveDuring, systemTimerClock, type TimerClock, wait } from './timer-clock.ts';
