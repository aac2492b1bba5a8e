/**
 * What a series does at each hour of the day or of the week: mean and typical
 * deviation per slot, learnt online. The hours are UTC.
 */

/** What a {@link Profile} knows, as plain JSON: per slot. */
export interface ProfileState {
  readonly means: readonly number[];
  readonly spreads: readonly number[];
  readonly counts: readonly number[];
}

/** How much of a value a slot takes over at least, so that it follows slow changes. */
const RATE_MIN = 1 / 50;

/** The seasonal profile over one period. */
export class Profile {
  readonly #periodMs: number;
  readonly #means: Float64Array;
  readonly #spreads: Float64Array;
  readonly #counts: Float64Array;

  /**
   * @param periodMs length of the season.
   * @param slots into how many parts of equal length it is divided.
   */
  constructor(periodMs: number, slots: number) {
    this.#periodMs = periodMs;
    this.#means = new Float64Array(slots);
    this.#spreads = new Float64Array(slots);
    this.#counts = new Float64Array(slots);
  }

  /** The slot that an instant falls into. */
  slot(timestampMs: number): number {
    const phase = timestampMs % this.#periodMs;
    const positive = phase < 0 ? phase + this.#periodMs : phase;
    return Math.floor((positive / this.#periodMs) * this.#means.length);
  }

  /** How many values a slot has seen. */
  count(slot: number): number {
    return this.#counts[slot]!;
  }

  /** The mean of a slot. */
  mean(slot: number): number {
    return this.#means[slot]!;
  }

  /** The mean distance of a slot's values from its mean. */
  spread(slot: number): number {
    return this.#spreads[slot]!;
  }

  /** Learns a value. */
  add(slot: number, value: number): void {
    this.#counts[slot]! += 1;
    const rate = Math.max(RATE_MIN, 1 / this.#counts[slot]!);
    const error = value - this.#means[slot]!;
    this.#spreads[slot]! += rate * (Math.abs(error) - this.#spreads[slot]!);
    this.#means[slot]! += rate * error;
  }

  /** Everything known, as plain JSON. */
  state(): ProfileState {
    return {
      means: Array.from(this.#means),
      spreads: Array.from(this.#spreads),
      counts: Array.from(this.#counts),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: ProfileState): void {
    this.#means.set(state.means.slice(0, this.#means.length));
    this.#spreads.set(state.spreads.slice(0, this.#spreads.length));
    this.#counts.set(state.counts.slice(0, this.#counts.length));
  }
}
