/**
 * A mean that first weighs all values alike and, once it has seen enough, lets old
 * ones fade: the exponential moving average with a warm-up.
 */

/** What a {@link RunningMean} knows: its mean and how many values made it. */
export type RunningMeanState = readonly [mean: number, count: number];

/** A fading mean of a stream of values. */
export class RunningMean {
  mean = 0;
  count = 0;
  readonly #rateMin: number;

  /** @param memoryRows the number of values after which one has faded to 1/e. */
  constructor(memoryRows: number) {
    this.#rateMin = 1 / memoryRows;
  }

  /** Learns a value. */
  add(value: number): void {
    this.count += 1;
    this.mean += Math.max(this.#rateMin, 1 / this.count) * (value - this.mean);
  }

  /** Everything known. */
  state(): RunningMeanState {
    return [this.mean, this.count];
  }

  /** Takes over what {@link state} gave. */
  restore([mean, count]: RunningMeanState): void {
    this.mean = mean;
    this.count = count;
  }
}
