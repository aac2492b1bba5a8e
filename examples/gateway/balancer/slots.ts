/** The connections to a backend: so many at a time, the others wait in a queue that has a bound. */

import type { PoolFigures } from '@bellwether/events';

/** The pool of one backend. */
export class Slots {
  readonly #max: number;
  readonly #waitingMax: number;
  readonly #onChange: (figures: PoolFigures) => void;
  #active = 0;
  /** The most that were ever in use: so many are open, since idle ones are kept. */
  #open = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number, waitingMax: number, onChange: (figures: PoolFigures) => void) {
    this.#max = max;
    this.#waitingMax = waitingMax;
    this.#onChange = onChange;
    this.#tell();
  }

  /** Whether a request would have to wait. */
  get full(): boolean {
    return this.#active >= this.#max;
  }

  /** Whether not even a place to wait is left. */
  get overfull(): boolean {
    return this.#waiting.length >= this.#waitingMax;
  }

  /** How busy the backend is: what it works on and what waits, as a share of what it can do at a time. */
  get load(): number {
    return (this.#active + this.#waiting.length) / this.#max;
  }

  /** Waits for a connection. */
  async take(): Promise<void> {
    if (!this.full) this.#active += 1;
    else {
      // Whoever gives a connection back hands it over, so the number in use stays.
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#tell();
      });
    }
    this.#open = Math.max(this.#open, this.#active);
    this.#tell();
  }

  /** Gives a connection back. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#active -= 1;
    else next();
    this.#tell();
  }

  #tell(): void {
    this.#onChange({
      open: this.#open,
      active: this.#active,
      max: this.#max,
      waiting: this.#waiting.length,
    });
  }
}
