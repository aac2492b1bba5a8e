/**
 * Gives out the numbers of rows. The count lies in memory that threads share, so that
 * each can number the rows that it writes and no two rows of a journal have one number.
 */

export class SeqCounter {
  /** What another thread makes its counter of. */
  readonly memory: SharedArrayBuffer;
  readonly #next: BigInt64Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#next = new BigInt64Array(memory);
  }

  /** A counter whose first number is `next`. */
  static from(next: number): SeqCounter {
    const counter = new SeqCounter(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
    Atomics.store(counter.#next, 0, BigInt(next));
    return counter;
  }

  /** Gives out numbers for `rows` rows; returns the first. Numbers that end up unused leave gaps. */
  take(rows: number): number {
    return Number(Atomics.add(this.#next, 0, BigInt(rows)));
  }

  /** The highest number that was given out. */
  get last(): number {
    return Number(Atomics.load(this.#next, 0)) - 1;
  }
}
