/**
 * Sees when the wall clock was set: it has then moved otherwise than the monotonic one.
 * Whoever measures durations between wall times, since they must outlive the process, moves
 * those times along, so that no duration becomes a month or begins in the future.
 */

import type { Clock } from './clock.ts';

/** What NTP corrects gently stays far below this between two looks. */
const STEP_MS_MIN = 1000;

export class ClockSteps {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = this.#offset();
  }

  /** By how much the wall clock was set since the last call, in milliseconds: 0 if it was not, negative if back. */
  take(): number {
    const offsetMs = this.#offset();
    const stepMs = Math.round(offsetMs - this.#offsetMs);
    if (Math.abs(stepMs) < STEP_MS_MIN) return 0;
    this.#offsetMs = offsetMs;
    return stepMs;
  }

  #offset(): number {
    return this.#clock.nowMs() - this.#clock.monotonicMs();
  }
}
