/**
 * A quantile sketch with a promised relative error: a value is counted in a bucket
 * whose bounds are a fixed ratio apart, so that any value in it can stand for any
 * other. Sketches of the same error add up without loss.
 *
 * Source: Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch
 * with relative-error guarantees", VLDB 2019.
 */

/** A quantile is off by at most this part of its value. */
export const RELATIVE_ERROR = 0.005;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const PER_LOG = 1 / Math.log(GAMMA);
/** So many buckets span 17 decades; beyond that the smallest values share one. */
const BUCKETS_MAX = 4096;
/** Magnitudes below this count as zero: they are below the normal doubles. */
const TINY = 2 ** -1022;

/** A sketch as plain data, which passes between processes. */
export interface SketchValues {
  readonly zeros: number;
  readonly min: number;
  readonly max: number;
  readonly positive: BucketValues;
  readonly negative: BucketValues;
}

/** Counts of consecutive buckets, from the bucket `first` on. */
export interface BucketValues {
  readonly first: number;
  readonly counts: readonly number[];
}

/** Counts of magnitudes by bucket, in one stretch of doubles that grows as needed. */
class Buckets {
  counts = new Float64Array(0);
  /** The bucket index of `counts[0]`. */
  first = 0;

  /** Counts `times` values in the bucket `index`. */
  add(index: number, times: number): void {
    let at = index - this.first;
    if (at < 0 || at >= this.counts.length) {
      this.#reach(index);
      // Below the stretch there is room for no more: the lowest bucket takes it.
      at = Math.max(0, index - this.first);
    }
    this.counts[at]! += times;
  }

  clear(): void {
    this.counts.fill(0);
  }

  toJSON(): BucketValues {
    return { first: this.first, counts: [...this.counts] };
  }

  /** Grows, or moves up and joins the lowest buckets, so that `index` has a place. */
  #reach(index: number): void {
    const length = this.counts.length;
    if (length === 0) {
      this.counts = new Float64Array(64);
      this.first = index - 32;
      return;
    }
    const low = Math.min(index - 32, this.first);
    const high = Math.max(index + 32, this.first + length - 1);
    const first = Math.max(low, high - BUCKETS_MAX + 1);
    if (first === this.first && high === this.first + length - 1) return;
    const grown = new Float64Array(high - first + 1);
    for (let old = 0; old < length; old++) {
      grown[Math.max(0, this.first + old - first)]! += this.counts[old]!;
    }
    this.counts = grown;
    this.first = first;
  }
}

/** The sketch of a set of finite numbers. */
export class Sketch {
  count = 0;
  #zeros = 0;
  #min = Infinity;
  #max = -Infinity;
  readonly #positive = new Buckets();
  readonly #negative = new Buckets();

  /** Takes a finite number in. */
  add(value: number): void {
    this.count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value >= TINY) this.#positive.add(Math.ceil(Math.log(value) * PER_LOG), 1);
    else if (value <= -TINY) this.#negative.add(Math.ceil(Math.log(-value) * PER_LOG), 1);
    else this.#zeros++;
  }

  /** Takes all numbers of another sketch in. */
  merge(other: Sketch): void {
    this.count += other.count;
    this.#zeros += other.#zeros;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    mergeBuckets(this.#positive, other.#positive);
    mergeBuckets(this.#negative, other.#negative);
  }

  /** The sketch of plain data. */
  static from({ zeros, min, max, positive, negative }: SketchValues): Sketch {
    const sketch = new Sketch();
    sketch.#zeros = zeros;
    sketch.#min = min;
    sketch.#max = max;
    sketch.count = zeros + fillBuckets(sketch.#positive, positive) + fillBuckets(sketch.#negative, negative);
    // JSON has no infinities, which are the bounds of an empty sketch.
    if (sketch.count === 0) sketch.clear();
    return sketch;
  }

  /** The sketch as plain data. */
  toJSON(): SketchValues {
    const positive = this.#positive.toJSON();
    const negative = this.#negative.toJSON();
    return { zeros: this.#zeros, min: this.#min, max: this.#max, positive, negative };
  }

  /** Forgets everything. */
  clear(): void {
    this.count = 0;
    this.#zeros = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
    this.#positive.clear();
    this.#negative.clear();
  }

  /**
   * The quantile `q` (0 to 1): the number at the rank ⌊q·(n − 1)⌋ in order, off by at
   * most RELATIVE_ERROR of itself. The least and the greatest are exact. NaN if empty.
   */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    const rank = Math.floor(q * (this.count - 1));
    if (rank <= 0) return this.#min;
    if (rank >= this.count - 1) return this.#max;
    return Math.min(this.#max, Math.max(this.#min, this.#at(rank)));
  }

  #at(rank: number): number {
    let seen = 0;
    const { counts: below, first: belowFirst } = this.#negative;
    for (let at = below.length - 1; at >= 0; at--) {
      seen += below[at]!;
      if (seen > rank) return -middle(belowFirst + at);
    }
    seen += this.#zeros;
    if (seen > rank) return 0;
    const { counts: above, first: aboveFirst } = this.#positive;
    for (let at = 0; at < above.length; at++) {
      seen += above[at]!;
      if (seen > rank) return middle(aboveFirst + at);
    }
    return this.#max;
  }
}

/** The number that is off from no number of a bucket by more than the promised error. */
function middle(index: number): number {
  return (2 * Math.exp(index / PER_LOG)) / (GAMMA + 1);
}

/** Puts counts into empty buckets and gives their sum. */
function fillBuckets(into: Buckets, { first, counts }: BucketValues): number {
  into.first = first;
  into.counts = Float64Array.from(counts);
  return counts.reduce((sum, count) => sum + count, 0);
}

function mergeBuckets(into: Buckets, from: Buckets): void {
  // From the top down, so that the stretch is placed once.
  for (let at = from.counts.length - 1; at >= 0; at--) {
    const times = from.counts[at]!;
    if (times > 0) into.add(from.first + at, times);
  }
}
