/**
 * Time for senders, which besides reading it have to wait.
 */
import { type Clock, systemClock } from '../../clock.ts';

/** A clock that can also wake somebody up. */
export interface TimerClock extends Clock {
  /** Calls back once after a delay; the result is for `clearTimeout` only. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The clock of the operating system. Its timers never keep the process alive. */
export const systemTimerClock: TimerClock = {
  ...systemClock,
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

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
