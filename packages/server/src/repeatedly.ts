/** Something that is done now and then for as long as the server runs. */

import type { Clock, ClockTimer } from './clock.ts';

/** Work that goes on by itself. */
export interface Repeated {
  /** Begins at once. */
  start(): void;
  /** Begins none again. */
  stop(): void;
  /** Waits for what goes on. */
  close(): Promise<void>;
}

/** Does something now and then, one time after another; it says itself when it is due again, and must not fail. */
export function repeatedly(clock: Clock, work: () => Promise<number>): Repeated {
  let timer: ClockTimer | undefined;
  let running = Promise.resolve();
  let isStopped = false;
  const run = (): void => {
    running = work().then((pauseMs) => {
      if (!isStopped) timer = clock.setTimeout(run, pauseMs).unref();
    });
  };
  return {
    start: run,
    stop: () => {
      isStopped = true;
      clock.clearTimeout(timer);
    },
    close: () => running,
  };
}
