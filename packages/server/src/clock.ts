/**
 * Time as the server sees it. Everything that asks for the time or waits is given
 * a clock, so that tests and analyses run on a time of their own. This file is the
 * only place that reads the real clocks.
 */

/** A timer that has been set; its only use is to be cleared. */
export interface ClockTimer {
  /** Lets the process end although this timer is still waiting. Returns the timer. */
  unref(): ClockTimer;
}

/** Reads the time and sets timers. */
export interface Clock {
  /** Wall time, in whole milliseconds since the epoch. It may jump either way when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds since some fixed moment, with a fraction. It never goes back and is never set. */
  monotonicMs(): number;
  /** Calls `callback` once, `delayMs` from now on the monotonic clock. */
  setTimeout(callback: () => void, delayMs: number): ClockTimer;
  /** Takes back a timer; one that has run, was cleared or is `undefined` is left alone. */
  clearTimeout(timer: ClockTimer | undefined): void;
}

/** The clocks of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout: (callback, delayMs) => new SystemTimer(setTimeout(callback, delayMs)),
  clearTimeout: (timer) => {
    if (timer instanceof SystemTimer) clearTimeout(timer.handle);
  },
};

class SystemTimer implements ClockTimer {
  readonly handle: NodeJS.Timeout;

  constructor(handle: NodeJS.Timeout) {
    this.handle = handle;
  }

  unref(): this {
    this.handle.unref();
    return this;
  }
}

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves both clocks forward and runs what falls due, in order of time and, at the
   * same time, in the order in which it was set. A timer sees the time it was set
   * for. Timers that a timer sets run too, if they fall due within the same advance.
   */
  advance(durationMs: number): void;
  /** As {@link FakeClock.advance}, and lets promises settle before the first timer and after each one. */
  advanceAsync(durationMs: number): Promise<void>;
  /** Sets the wall clock as an operator or NTP would; the monotonic clock and the timers take no notice. */
  jump(offsetMs: number): void;
  /** How many timers are waiting. */
  readonly pendingTimers: number;
}

/**
 * A clock for tests.
 *
 * @param startMs wall time to begin with; the monotonic clock begins at 0.
 * @example
 * const clock = fakeClock(1_700_000_000_000);
 * clock.setTimeout(() => fire(), 1000);
 * clock.advance(1000); // runs fire()
 */
export function fakeClock(startMs: number): FakeClock {
  return new StandingClock(startMs);
}

class StandingTimer implements ClockTimer {
  readonly callback: () => void;
  readonly dueMs: number;
  readonly order: number;

  constructor(callback: () => void, dueMs: number, order: number) {
    this.callback = callback;
    this.dueMs = dueMs;
    this.order = order;
  }

  /** A fake timer never keeps a process alive. */
  unref(): this {
    return this;
  }
}

class StandingClock implements FakeClock {
  #wallOffsetMs: number;
  #monotonicMs = 0;
  #timersSet = 0;
  readonly #timers = new Set<StandingTimer>();

  constructor(startMs: number) {
    this.#wallOffsetMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#monotonicMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimeout(callback: () => void, delayMs: number): ClockTimer {
    // A delay that is not positive means "as soon as possible", as Node has it.
    const delay = delayMs > 0 ? delayMs : 0;
    const timer = new StandingTimer(callback, this.#monotonicMs + delay, this.#timersSet++);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: ClockTimer | undefined): void {
    if (timer instanceof StandingTimer) this.#timers.delete(timer);
  }

  advance(durationMs: number): void {
    const untilMs = this.#untilMs(durationMs);
    while (this.#runNext(untilMs));
    this.#monotonicMs = untilMs;
  }

  async advanceAsync(durationMs: number): Promise<void> {
    const untilMs = this.#untilMs(durationMs);
    await settle();
    while (this.#runNext(untilMs)) await settle();
    this.#monotonicMs = untilMs;
    await settle();
  }

  jump(offsetMs: number): void {
    this.#wallOffsetMs += offsetMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  #untilMs(durationMs: number): number {
    if (!(durationMs >= 0))
      throw new RangeError(`A clock advances by 0 or more milliseconds, not ${durationMs}.`);
    return this.#monotonicMs + durationMs;
  }

  /** Runs the earliest timer that is due by `untilMs`; false if there is none. */
  #runNext(untilMs: number): boolean {
    let next: StandingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) {
        next = timer;
      }
    }
    if (!next) return false;
    this.#timers.delete(next);
    this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
    next.callback();
    return true;
  }
}

/** Lets every promise that can settle do so: a turn of the real event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
