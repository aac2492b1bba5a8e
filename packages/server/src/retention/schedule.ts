/** Runs retention every hour for as long as the server runs. */

import type { Clock, ClockTimer } from '../clock.ts';

/** The pause before the first run, which leaves the start alone, and between runs. */
const FIRST_RUN_MS = 300_000;
const INTERVAL_MS = 3_600_000;

/** A schedule that goes on. */
export interface Schedule {
  /** Sets no further timer, and waits for the run that goes on. */
  stop(): Promise<void>;
}

/**
 * Starts the schedule.
 *
 * @param run does the work; what it throws is its own affair, so it must not throw.
 */
export function scheduleRetention(clock: Clock, run: () => Promise<void>): Schedule {
  let stopped = false;
  let timer: ClockTimer | undefined;
  let running: Promise<void> = Promise.resolve();
  const set = (delayMs: number): void => {
    timer = clock
      .setTimeout(() => {
        running = run().then(() => {
          if (!stopped) set(INTERVAL_MS);
        });
      }, delayMs)
      .unref();
  };
  set(FIRST_RUN_MS);
  return {
    async stop() {
      stopped = true;
      clock.clearTimeout(timer);
      await running;
    },
  };
}
