/** Keeps requests from a backend that fails them: open after several failures in a row, then half open to try again. */

import type { CircuitState } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';

const FAILURES_MAX = 5;
const OPEN_MS = 2000;

/** The breaker of one backend. */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #onState: (state: CircuitState) => void;
  #state: CircuitState = 'closed';
  #failures = 0;
  #openedMs = 0;
  /** Whether the one request that a half-open breaker lets through is under way. */
  #trying = false;

  constructor(clock: Clock, onState: (state: CircuitState) => void) {
    this.#clock = clock;
    this.#onState = onState;
    onState('closed');
  }

  /** Whether a request may pass now. Does not change anything. */
  get permits(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'open') return this.#clock.monotonicMs() - this.#openedMs >= OPEN_MS;
    return !this.#trying;
  }

  /** Says that a request passes. */
  begin(): void {
    if (this.#state === 'closed') return;
    this.#trying = true;
    this.#enter('half_open');
  }

  /** Says how it ended. */
  end(succeeded: boolean): void {
    this.#trying = false;
    if (succeeded) {
      this.#failures = 0;
      this.#enter('closed');
      return;
    }
    this.#failures += 1;
    if (this.#state === 'half_open' || this.#failures >= FAILURES_MAX) {
      this.#openedMs = this.#clock.monotonicMs();
      this.#enter('open');
    }
  }

  #enter(state: CircuitState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
