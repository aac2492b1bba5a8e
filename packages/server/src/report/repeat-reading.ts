/**
 * Reads heavy figures of the ledger again and again, for the exposition: at an interval,
 * never for more than a small part of the time, and sooner once many rows were loaded
 * at a stretch or there are twice as many as before, since what was read says little then.
 */

import type { Clock, ClockTimer } from '../clock.ts';

/** How often it is looked whether a reading is due. */
const TICK_MS = 10_000;
/** At the least so many times as long as a reading took is paused. */
const PAUSE_FACTOR = 100;
/** The same after rows were loaded. */
const EARLY_PAUSE_FACTOR = 20;
/** So many times the rows of the last reading are many more. */
const GROWTH = 2;
/** Rows within a tick that are a load; it is over with fewer, or with less than this part of its busiest tick. */
const LOAD_ROWS = 5000;
const OVER_SHARE = 0.1;

export interface RepeatReadingOptions {
  readonly clock: Clock;
  /** Reads and shows; should give up when told that it ended. */
  readonly read: (ended: () => boolean) => Promise<void>;
  /** When the first reading is, unless rows are loaded before. */
  readonly firstMs: number;
  readonly intervalMs: number;
  /** The rows that the ledger has taken since the server started. */
  readonly rows: () => number;
  /** Hears of a reading that failed; the next one comes nonetheless. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Begins to read.
 *
 * @returns ends it, and waits for a reading that is under way.
 */
export function repeatReading(options: RepeatReadingOptions): () => Promise<void> {
  const { clock, onFailure } = options;
  let timer: ClockTimer | undefined;
  let ended = false;
  let reading = Promise.resolve();
  let dueMs = clock.monotonicMs() + options.firstMs;
  let earliestMs = clock.monotonicMs();
  const load = watchLoad(options.rows);
  const wait = (): void => {
    timer = clock
      .setTimeout(
        () => {
          reading = tick();
        },
        Math.min(TICK_MS, Math.max(1, dueMs - clock.monotonicMs())),
      )
      .unref();
  };
  const tick = async (): Promise<void> => {
    const startedMs = clock.monotonicMs();
    const isLoaded = load.look();
    if (startedMs >= dueMs || (isLoaded && startedMs >= earliestMs)) {
      load.forget();
      try {
        await options.read(() => ended);
      } catch (error) {
        if (!ended) onFailure(error);
      }
      const [endMs, tookMs] = [clock.monotonicMs(), clock.monotonicMs() - startedMs];
      dueMs = endMs + Math.max(options.intervalMs, tookMs * PAUSE_FACTOR);
      earliestMs = endMs + Math.max(TICK_MS, tookMs * EARLY_PAUSE_FACTOR);
    }
    if (!ended) wait();
  };
  if (options.firstMs === 0) reading = tick();
  else wait();
  return async () => {
    ended = true;
    clock.clearTimeout(timer);
    await reading;
  };
}

interface LoadWatch {
  /** Looks at the rows; true if a load is over that no reading has had yet, or there are many more than at the last. */
  readonly look: () => boolean;
  /** A reading begins that has what there is. */
  readonly forget: () => void;
}

function watchLoad(rows: () => number): LoadWatch {
  let [before, busiest] = [rows(), 0];
  // Before the first reading nothing is many more.
  let atReading = Number.POSITIVE_INFINITY;
  return {
    look: () => {
      const taken = rows() - before;
      before += taken;
      if (taken >= LOAD_ROWS) busiest = Math.max(busiest, taken);
      const isOver = busiest > 0 && taken < Math.max(LOAD_ROWS, busiest * OVER_SHARE);
      return isOver || (busiest === 0 && before > GROWTH * atReading);
    },
    forget: () => {
      busiest = 0;
      atReading = before;
    },
  };
}
