/**
 * Time for senders, which besides reading it have to wait.
 */
import { type Clock, systemClock } from '../../clock.ts';

/** A clock that can also wake somebody up. */
export interface TimerClock extends Clock {
  /**
   * Calls back once after a delay; the result is for `clearTimeout` only. A timer
   * keeps the process from ending only if `keepsAlive` is true.
   */
  setTimeout(callback: () => void, delayMs: number, keepsAlive?: boolean): unknown;
  clearTimeout(timer: unknown): void;
}

/** The clock of the operating system. */
export const systemTimerClock: TimerClock = {
  ...systemClock,
  setTimeout: (callback, delayMs, keepsAlive) => {
    const timer = setTimeout(callback, delayMs);
    return keepsAlive === true ? timer : timer.unref();
  },
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Longer than anything here takes; Node's timers reach no further than 2^31 ms. */
const HOLD_MS = 2 ** 30;

/**
 * Keeps the process from ending while somebody waits for work whose own timers do
 * not: a script that ends in `await pusher.close()` must not end within it.
 */
export async function keepAliveDuring<T>(clock: TimerClock, work: Promise<T>): Promise<T> {
  const hold = clock.setTimeout(() => undefined, HOLD_MS, true);
  try {
    return await work;
  } finally {
    clock.clearTimeout(hold);
  }
}

/** Waits, or stops waiting early when the signal says so. Never rejects. */
export function wait(clock: TimerClock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimeout(finish, delayMs);
    signal?.addEventListener('abort', finish);
    return undefined;
  });
}
