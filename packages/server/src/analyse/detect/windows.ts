/**
 * The means of the last so many values, for several window widths at once, beside
 * the mean of everything older than the window. Their difference is what a lasting
 * shift looks like.
 */

import { RunningMean, type RunningMeanState } from './running-mean.ts';

/** What {@link Windows} know, as plain JSON: the values kept, oldest first, and the older means. */
export interface WindowsState {
  readonly seen: number;
  readonly values: readonly number[];
  readonly sums: readonly number[];
  readonly older: readonly RunningMeanState[];
}

/** Trailing means over several widths. */
export class Windows {
  readonly #widths: readonly number[];
  readonly #ring: Float64Array;
  readonly #sums: Float64Array;
  readonly #older: readonly RunningMean[];
  readonly #olderMin: number;
  #seen = 0;

  /**
   * @param widths in rows, each at most `ringRows`.
   * @param ringRows how many values are kept.
   * @param memoryRows how long the older mean remembers.
   * @param olderMin how many older values there have to be before a window can be compared.
   */
  constructor(widths: readonly number[], ringRows: number, memoryRows: number, olderMin: number) {
    this.#widths = widths;
    this.#ring = new Float64Array(ringRows);
    this.#sums = new Float64Array(widths.length);
    this.#older = widths.map(() => new RunningMean(memoryRows));
    this.#olderMin = olderMin;
  }

  /** Takes the next value in. */
  push(value: number): void {
    const ring = this.#ring;
    for (let index = 0; index < this.#widths.length; index += 1) {
      const width = this.#widths[index]!;
      this.#sums[index]! += value;
      if (this.#seen < width) continue;
      const leaving = ring[(this.#seen - width) % ring.length]!;
      this.#sums[index]! -= leaving;
      this.#older[index]!.add(leaving);
    }
    ring[this.#seen % ring.length] = value;
    this.#seen += 1;
    if (this.#seen % ring.length === 0) this.#sumAgain();
  }

  /** Whether the window of this index is full and has enough behind it. */
  ready(index: number): boolean {
    return this.#older[index]!.count > this.#olderMin;
  }

  /** The mean of the window of this index. */
  mean(index: number): number {
    return this.#sums[index]! / this.#widths[index]!;
  }

  /** The mean of everything before that window. */
  olderMean(index: number): number {
    return this.#older[index]!.mean;
  }

  /** Everything known, as plain JSON. */
  state(): WindowsState {
    return {
      seen: this.#seen,
      values: Array.from(this.#ring),
      sums: Array.from(this.#sums),
      older: this.#older.map((mean) => mean.state()),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: WindowsState): void {
    this.#seen = state.seen;
    this.#ring.set(state.values.slice(0, this.#ring.length));
    this.#sums.set(state.sums.slice(0, this.#sums.length));
    this.#older.forEach((mean, index) => mean.restore(state.older[index] ?? [0, 0]));
  }

  /** Running sums gather rounding errors; once per turn of the ring they are made anew. */
  #sumAgain(): void {
    const ring = this.#ring;
    this.#widths.forEach((width, index) => {
      let sum = 0;
      for (let back = width; back >= 1; back -= 1) sum += ring[(this.#seen - back) % ring.length]!;
      this.#sums[index] = sum;
    });
  }
}
