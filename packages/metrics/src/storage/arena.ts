/**
 * Where the numbers live: chunks of doubles, handed out in runs. Values are kept
 * apart from the identity of their series, so that recording touches nothing but
 * a slot, and runs that are asked for one after the other lie side by side. A
 * chunk never moves, so a holder of a run may keep the chunk itself.
 */

const FIRST_CHUNK_SLOTS = 512;
const CHUNK_SLOTS_MAX = 16_384;

/** A run of consecutive doubles: `values[at]` is the first. */
export interface Run {
  readonly values: Float64Array;
  readonly at: number;
}

/** Hands out zeroed runs of doubles. */
export interface Arena {
  /** A zeroed run of `slots` doubles, or undefined if there is no room left. */
  allocate(slots: number): Run | undefined;
  /** Takes a run back; the caller must not touch it afterwards. */
  free(run: Run, slots: number): void;
}

/** An arena on the heap of this thread. It grows by whole chunks and never runs out. */
export class HeapArena implements Arena {
  #chunk = new Float64Array(FIRST_CHUNK_SLOTS);
  #used = 0;
  /** Runs that were given back, by their length. */
  readonly #spare = new Map<number, Run[]>();

  allocate(slots: number): Run {
    const spare = this.#spare.get(slots)?.pop();
    if (spare !== undefined) {
      spare.values.fill(0, spare.at, spare.at + slots);
      return spare;
    }
    if (this.#used + slots > this.#chunk.length) {
      const size = Math.min(this.#chunk.length * 2, CHUNK_SLOTS_MAX);
      this.#chunk = new Float64Array(Math.max(size, slots));
      this.#used = 0;
    }
    const run = { values: this.#chunk, at: this.#used };
    this.#used += slots;
    return run;
  }

  free(run: Run, slots: number): void {
    const spare = this.#spare.get(slots);
    if (spare === undefined) this.#spare.set(slots, [run]);
    else spare.push(run);
  }
}
