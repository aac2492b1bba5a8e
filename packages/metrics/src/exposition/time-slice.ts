/**
 * Long work in short pieces: after each piece the event loop gets its turn, so that
 * a scrape never holds up the requests that it measures.
 */
import type { Clock } from '../clock.ts';

/** How long a piece may take before others get their turn. */
const SLICE_MS = 1;

// Taken at once, so that tests which replace timers later do not stop a scrape.
const later = setImmediate;

/** Tells when it is time to pause. */
export class TimeSlice {
  readonly #clock: Clock;
  #endsMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endsMs = clock.monotonicMs() + SLICE_MS;
  }

  /** Whether the piece has taken its time. */
  get over(): boolean {
    return this.#clock.monotonicMs() >= this.#endsMs;
  }

  /** Lets others have the event loop, and starts the next piece. */
  async pause(): Promise<void> {
    await new Promise<void>((resolve) => later(resolve));
    this.#endsMs = this.#clock.monotonicMs() + SLICE_MS;
  }
}
