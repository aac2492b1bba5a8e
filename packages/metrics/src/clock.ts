/**
 * Where this package takes the time from. Everything that needs it is handed a
 * clock, so that tests can move time by hand; the system's clock is the default.
 */

/** A source of time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, never going back; used for durations. */
  monotonicMs(): number;
}

/** The clock of the operating system. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
