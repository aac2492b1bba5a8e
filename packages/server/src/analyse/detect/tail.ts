/**
 * How rare a value of a statistic is, learnt from the values before it. The body
 * is a histogram over the logarithm, the far end a power law fitted to the largest
 * percent (Hill, 1975; the peaks-over-threshold idea of Siffer et al., KDD 2017).
 * Working on logarithms makes the answer independent of the statistic's unit, and
 * fixed size makes memory independent of the length of the series.
 */

const BINS = 256;
const BINS_PER_OCTAVE = 8;
const BLOCK = 16;
/** A value is shared between two bins in steps of 1/64. */
const SHARES = 64;
/** The share of values that the power law is fitted to. */
const FITTED_SHARE = 0.01;
/** The tail index that is assumed before anything is seen, and the number of values which that is worth. */
const PRIOR_INDEX = 8;
const PRIOR_WEIGHT = 10;
/** Statistics that hardly vary would give an index without bound. */
const INDEX_MAX = 15;
/** How far a value may lie below a counted one and still be called equal to it, in bins. */
const EQUAL_BINS = 1;
/** Standard errors by which a counted rate is lowered before it overrules the power law. */
const COUNT_ERRORS = 0.7;
/** Bonus for the first value of its kind ever, in decades. */
const UNSEEN_DECADES = 1.5;
/**
 * How many decades beyond the number of independent values seen a rarity may go.
 * Overlapping windows start out far more alike than they are later, so they may claim less.
 */
const BEYOND = 3;
const BEYOND_OVERLAPPING = 2;
/** How many values have to be known before it may go that far. */
const WARM_UP_VALUES = 300;
/** When so many values are counted, all counts are halved, so that the past fades. */
const COUNT_MAX = 50_000;

/** What a {@link Tail} knows, as plain JSON. */
export interface TailState {
  readonly count: number;
  readonly anchor: number;
  readonly top: number;
  /** Counts from the top bin down, without the zeros at the end. */
  readonly bins: readonly number[];
  /** Sums of 16 bins, which are kept for speed; summing again would round differently. */
  readonly blocks: readonly number[];
}

/** The tail of one non-negative statistic. */
export class Tail {
  /** Bin BINS - 1 stands for the logarithm `#top`, each bin before it for 1/8 octave less. */
  readonly #bins = new Float32Array(BINS);
  readonly #blocks = new Float32Array(BINS / BLOCK);
  readonly #correlation: number;
  readonly #beyond: number;
  #count = 0;
  #anchor = 0;
  #top = 0;

  /**
   * @param correlationRows over how many rows neighbouring values overlap: 1 if they do not.
   * @param beyondDecades how far a rarity may go beyond the number of independent values seen.
   */
  constructor(correlationRows: number, beyondDecades?: number) {
    this.#correlation = correlationRows;
    this.#beyond = beyondDecades ?? (correlationRows > 1 ? BEYOND_OVERLAPPING : BEYOND);
  }

  /**
   * The rarity of a value in decades: -log10 of the probability, per row, of one
   * at least so large. 0 for 0 and before five values are known.
   */
  decades(value: number): number {
    return this.#decadesAt(value, this.#position(value));
  }

  /** Learns a value, and returns how rare it was before that. */
  observe(value: number): number {
    const position = this.#position(value);
    const decades = this.#decadesAt(value, position);
    this.#count += 1;
    if (this.#count >= COUNT_MAX) this.#fade();
    if (value > 0) this.#learn(value, position);
    return decades;
  }

  /** Everything known, as plain JSON. */
  state(): TailState {
    let lowest = 0;
    while (lowest < BINS && this.#bins[lowest] === 0) lowest += 1;
    return {
      count: this.#count,
      anchor: this.#anchor,
      top: this.#top,
      bins: Array.from(this.#bins.subarray(lowest)).toReversed(),
      blocks: Array.from(this.#blocks),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: TailState): void {
    this.#count = state.count;
    this.#anchor = state.anchor;
    this.#top = state.top;
    this.#bins.fill(0);
    state.bins.slice(0, BINS).forEach((count, index) => {
      this.#bins[BINS - 1 - index] = count;
    });
    this.#blocks.set(state.blocks.slice(0, this.#blocks.length));
  }

  /** Where a value lies on the axis of bins, possibly outside it. */
  #position(value: number): number {
    if (value <= 0 || this.#anchor === 0) return 0;
    const ratio = value / this.#anchor;
    const octaves =
      ratio > 0 && ratio < Number.POSITIVE_INFINITY
        ? Math.log2(ratio)
        : Math.log2(value) - Math.log2(this.#anchor);
    return BINS - 1 + BINS_PER_OCTAVE * octaves - this.#top;
  }

  #decadesAt(value: number, position: number): number {
    if (this.#count < 5 || value <= 0) return 0;
    if (this.#anchor === 0) return this.#limit(Math.log10(2 * (this.#count + 1)) + UNSEEN_DECADES);
    const needed = FITTED_SHARE * this.#count;
    const above = this.#countFrom(position);
    if (above >= needed) return -Math.log10((above + 0.5) / (this.#count + 1));
    return this.#limit(this.#extrapolate(position, Math.max(needed, 1)));
  }

  #learn(value: number, at: number): void {
    let position = at;
    if (this.#anchor === 0) {
      this.#anchor = value;
      position = BINS - 1;
    } else if (position > BINS - 1) {
      const bins = Math.ceil(position - (BINS - 1));
      this.#raise(bins);
      position -= bins;
    }
    // Shared between the two nearest bins, so that a small error moves a count a little and never by one;
    // in parts that are exact in 32 bits and short in JSON.
    const lower = Math.max(0, Math.floor(position));
    const share = Math.min(1, Math.max(0, Math.round((position - lower) * SHARES) / SHARES));
    this.#put(lower, 1 - share);
    if (share > 0) this.#put(lower + 1, share);
  }

  #limit(decades: number): number {
    const beyond = this.#beyond * Math.min(1, this.#count / WARM_UP_VALUES);
    return Math.min(decades, Math.log10(this.#count / this.#correlation + 1) + beyond);
  }

  /** How many values lie at or above a position, by linear interpolation between bins. */
  #countFrom(position: number): number {
    if (position > BINS - 1) return 0;
    const from = Math.max(0, Math.floor(position) + 1);
    let sum = position < 0 ? 0 : (from - position) * this.#bins[from - 1]!;
    const nextBlock = Math.ceil(from / BLOCK);
    for (let bin = Math.min(nextBlock * BLOCK, BINS) - 1; bin >= from; bin -= 1) sum += this.#bins[bin]!;
    for (let block = nextBlock; block < BINS / BLOCK; block += 1) sum += this.#blocks[block]!;
    return sum;
  }

  #extrapolate(position: number, needed: number): number {
    // The threshold is where the interpolated count reaches what is needed, `fitted` values lie above it.
    let fitted = 0;
    let excess = 0;
    let bin = BINS - 1;
    for (; bin > 0; bin -= 1) {
      const count = this.#bins[bin]!;
      if (fitted + count > needed) break;
      fitted += count;
      excess += count * bin;
    }
    const share = Math.min(1, (needed - fitted) / Math.max(this.#bins[bin]!, 1e-300));
    const threshold = bin + 1 - share;
    excess += (needed - fitted) * (bin + 1 - share / 2);
    fitted = needed;
    const nepers = Math.LN2 / BINS_PER_OCTAVE;
    const correlation = this.#correlation;
    const index = Math.min(
      INDEX_MAX,
      (fitted / correlation + PRIOR_WEIGHT) /
        (((excess - fitted * threshold) * nepers) / correlation + PRIOR_WEIGHT / PRIOR_INDEX),
    );
    const atThreshold = -Math.log10((fitted / correlation + 0.5) / (this.#count / correlation + 1));
    const decades = atThreshold + (index * Math.max(0, position - threshold) * nepers) / Math.LN10;
    // Where values as large as this one have been counted, their rate overrules a power law that denies them.
    const seen = this.#countFrom(position - EQUAL_BINS);
    const rate = (seen - COUNT_ERRORS * Math.sqrt(seen * correlation)) / (this.#count + 1);
    return rate > 0 ? Math.min(decades, -Math.log10(rate)) : decades;
  }

  #put(bin: number, count: number): void {
    this.#bins[bin]! += count;
    this.#blocks[Math.floor(bin / BLOCK)]! += count;
  }

  /** Moves the range up by whole bins; what falls out at the bottom stays in the lowest bin. */
  #raise(bins: number): void {
    const shift = Math.min(bins, BINS - 1);
    let dropped = 0;
    for (let bin = 0; bin <= shift; bin += 1) dropped += this.#bins[bin]!;
    this.#bins.copyWithin(0, shift);
    this.#bins.fill(0, BINS - shift);
    this.#bins[0] = dropped;
    this.#top += bins;
    this.#sumBlocks();
  }

  #fade(): void {
    this.#count /= 2;
    for (let bin = 0; bin < BINS; bin += 1) {
      this.#bins[bin] = Math.floor((this.#bins[bin]! / 2) * SHARES) / SHARES;
    }
    this.#sumBlocks();
  }

  #sumBlocks(): void {
    this.#blocks.fill(0);
    for (let bin = 0; bin < BINS; bin += 1) this.#blocks[Math.floor(bin / BLOCK)]! += this.#bins[bin]!;
  }
}
