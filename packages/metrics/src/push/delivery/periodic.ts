/**
 * Does something again and again, one at a time: the next run is due an interval
 * after the last one began, or at once if that took longer.
 */
import type { TimerClock } from './timer-clock.ts';

/** Repeats a task until it is stopped. The task must not reject. */
export class Periodic {
  readonly #clock: TimerClock;
  readonly #intervalMs: number;
  readonly #task: () => Promise<void>;
  #timer: unknown;
  #running = false;

  constructor(clock: TimerClock, intervalMs: number, task: () => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  /** Begins; the first run is one interval away. Does nothing if it has begun. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule(this.#intervalMs);
  }

  /** No further run begins. */
  stop(): void {
    this.#running = false;
    this.#clock.clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => void this.#run(), delayMs);
  }

  async #run(): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    await this.#task();
    if (this.#running) this.#schedule(Math.max(0, startMs + this.#intervalMs - this.#clock.monotonicMs()));
  }
}
