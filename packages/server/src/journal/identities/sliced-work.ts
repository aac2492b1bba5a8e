/**
 * Long work in slices: a generator that yields after every little step, taken up
 * again and again for a few milliseconds. If a step throws, or the work is given
 * up, the generator's own `finally` tidies up and the next call begins anew.
 */

/** One piece of work that is begun when it is first asked for. */
export class SlicedWork {
  private readonly begin: () => Generator<void, void, void> | null;
  private readonly elapsedMs: () => number;
  private steps: Generator<void, void, void> | null = null;

  /**
   * @param begin makes the steps, or `null` if there is nothing to do.
   * @param elapsedMs a clock that only ever goes forward.
   */
  constructor(begin: () => Generator<void, void, void> | null, elapsedMs: () => number) {
    this.begin = begin;
    this.elapsedMs = elapsedMs;
  }

  /** Works for about so long, or to the end; returns true if there is nothing left to do. */
  advance(maxMs: number): boolean {
    const until = this.elapsedMs() + maxMs;
    this.steps ??= this.begin();
    while (this.steps !== null) {
      let done = true;
      try {
        done = this.steps.next().done === true;
      } finally {
        if (done) this.steps = null;
      }
      if (!done && this.elapsedMs() >= until) return false;
    }
    return true;
  }

  /** Gives up what was begun. */
  abandon(): void {
    const { steps } = this;
    this.steps = null;
    steps?.return();
  }
}
