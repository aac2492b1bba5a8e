/** Counts by slots of time, the newest so many of them, in a memory that does not grow. */

/** What was counted. */
export interface Tally {
  readonly good: number;
  readonly total: number;
}

/** The newest slots of one length. */
export class TallyRing {
  readonly #slots: number;
  readonly #counts: Uint32Array;
  #newest: number;

  /**
   * @param slots how many are kept.
   * @param newest the number of the newest one, counted from the epoch in lengths of a slot.
   */
  constructor(slots: number, newest: number) {
    this.#slots = slots;
    this.#counts = new Uint32Array(slots * 2);
    this.#newest = newest;
  }

  /** Forgets what is too old once `slot` is the newest. */
  advance(slot: number): void {
    if (slot <= this.#newest) return;
    if (slot - this.#newest >= this.#slots) this.#counts.fill(0);
    else {
      for (let fresh = this.#newest + 1; fresh <= slot; fresh += 1) {
        const at = (fresh % this.#slots) * 2;
        this.#counts.fill(0, at, at + 2);
      }
    }
    this.#newest = slot;
  }

  /** Sets what was counted in a slot; one that is too old, or not yet, is left out. */
  set(slot: number, { good, total }: Tally): void {
    if (slot > this.#newest || slot <= this.#newest - this.#slots) return;
    const at = (slot % this.#slots) * 2;
    this.#counts[at] = good;
    this.#counts[at + 1] = total;
  }

  /** What was counted from one slot up to and without another. */
  sum(from: number, to: number): Tally {
    let [good, total] = [0, 0];
    const last = Math.min(to - 1, this.#newest);
    for (let slot = Math.max(from, this.#newest - this.#slots + 1); slot <= last; slot += 1) {
      const at = (slot % this.#slots) * 2;
      good += this.#counts[at] ?? 0;
      total += this.#counts[at + 1] ?? 0;
    }
    return { good, total };
  }
}
