/**
 * A native (exponential) histogram: buckets that need no declaration, at a
 * resolution chosen by one factor. When more buckets are in use than allowed, it
 * trades resolution for room instead of dropping anything, in the order that
 * client_golang has: widen the zero bucket as far as permitted, then merge
 * neighbouring buckets.
 */
import type { NativeBuckets } from '../family.ts';
import { bucketIndex, bucketUpperBound, SCHEMA_MIN, schemaForFactor } from './bounds.ts';
import { BucketTable } from './bucket-table.ts';
import { encodeSpans } from './spans.ts';

/** The zero threshold if none is given. */
export const ZERO_THRESHOLD_DEFAULT = 2 ** -128;
/** The bucket limit if none is given. */
export const BUCKETS_MAX_DEFAULT = 160;

/** How a native histogram is set up. */
export interface NativeHistogramOptions {
  /** The largest growth from one bucket to the next; greater than 1. 1.1 gives schema 3. */
  readonly bucketFactor: number;
  /** Values up to this magnitude count as zero; 0 counts only zero itself. Default 2^-128. */
  readonly zeroThreshold?: number;
  /** How far the zero bucket may be widened when there are too many buckets. Default: not at all. */
  readonly maxZeroThreshold?: number;
  /** The number of buckets to stay below. Default 160; 0 means no limit. */
  readonly maxBuckets?: number;
}

/** The state of one native histogram at one moment. */
export interface NativeSnapshot extends NativeBuckets {
  readonly count: number;
  readonly sum: number;
}

/** Counts observations in exponential buckets. One object per series. */
export class NativeHistogram {
  readonly #initialSchema: number;
  readonly #initialZeroThreshold: number;
  readonly #maxZeroThreshold: number;
  readonly #maxBuckets: number;
  readonly #positive = new BucketTable();
  readonly #negative = new BucketTable();
  #schema: number;
  #zeroThreshold: number;
  #zeroCount = 0;
  #count = 0;
  #sum = 0;

  /** Throws a RangeError for a bucketFactor of 1 or less and for negative or NaN bounds. */
  constructor(options: NativeHistogramOptions) {
    const { bucketFactor, zeroThreshold = ZERO_THRESHOLD_DEFAULT } = options;
    const { maxZeroThreshold = 0, maxBuckets = BUCKETS_MAX_DEFAULT } = options;
    if (!(bucketFactor > 1)) throw new RangeError(`bucketFactor must be greater than 1, got ${bucketFactor}`);
    if (!(zeroThreshold >= 0))
      throw new RangeError(`zeroThreshold must not be negative, got ${zeroThreshold}`);
    if (!(maxZeroThreshold >= 0)) {
      throw new RangeError(`maxZeroThreshold must not be negative, got ${maxZeroThreshold}`);
    }
    if (!Number.isInteger(maxBuckets) || maxBuckets < 0) {
      throw new RangeError(`maxBuckets must be a whole number of 0 or more, got ${maxBuckets}`);
    }
    this.#initialSchema = schemaForFactor(bucketFactor);
    this.#initialZeroThreshold = zeroThreshold;
    this.#maxZeroThreshold = maxZeroThreshold;
    this.#maxBuckets = maxBuckets;
    this.#schema = this.#initialSchema;
    this.#zeroThreshold = zeroThreshold;
  }

  /** The number of observations. */
  get count(): number {
    return this.#count;
  }

  /** The sum of all observations. */
  get sum(): number {
    return this.#sum;
  }

  /** The resolution in force, which falls when the bucket limit is met. */
  get schema(): number {
    return this.#schema;
  }

  /** Counts one value. NaN belongs to no bucket and throws a RangeError; infinities are counted. */
  observe(value: number): void {
    if (value > this.#zeroThreshold) this.#countIn(this.#positive, bucketIndex(value, this.#schema));
    else if (value < -this.#zeroThreshold) this.#countIn(this.#negative, bucketIndex(-value, this.#schema));
    else if (value <= this.#zeroThreshold) this.#zeroCount++;
    else throw new RangeError('NaN cannot be observed');
    this.#count++;
    this.#sum += value;
  }

  /** Forgets every observation and returns to the resolution of the start. */
  reset(): void {
    this.#positive.clear();
    this.#negative.clear();
    this.#schema = this.#initialSchema;
    this.#zeroThreshold = this.#initialZeroThreshold;
    this.#zeroCount = 0;
    this.#count = 0;
    this.#sum = 0;
  }

  /**
   * The state as spans and deltas. An empty histogram with a zero threshold of 0
   * gets one span without buckets: nothing else would tell it from a classic one.
   */
  snapshot(): NativeSnapshot {
    const positive = encodeSpans(this.#positive.entries());
    const negative = encodeSpans(this.#negative.entries());
    if (this.#zeroThreshold === 0 && this.#count === 0) positive.spans.push({ offset: 0, length: 0 });
    return {
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      count: this.#count,
      sum: this.#sum,
      positiveSpans: positive.spans,
      positiveDeltas: positive.deltas,
      negativeSpans: negative.spans,
      negativeDeltas: negative.deltas,
    };
  }

  #countIn(table: BucketTable, index: number): void {
    if (table.add(index, 1) && this.#maxBuckets > 0) this.#makeRoom();
  }

  /**
   * Merges until the limit holds again. At schema -4 all doubles fit into 264 buckets
   * for all doubles and nothing is left to merge, so a lower limit is not reached.
   */
  #makeRoom(): void {
    while (this.#positive.size + this.#negative.size > this.#maxBuckets) {
      if (this.#widenZeroBucket()) continue;
      if (this.#schema === SCHEMA_MIN) return;
      this.#positive.halve();
      this.#negative.halve();
      this.#schema--;
    }
  }

  /** Lets the zero bucket swallow the bucket nearest to it, unless that exceeds the permitted threshold. */
  #widenZeroBucket(): boolean {
    if (this.#zeroThreshold >= this.#maxZeroThreshold) return false;
    const positive = this.#positive.smallestIndex() ?? Number.POSITIVE_INFINITY;
    const negative = this.#negative.smallestIndex() ?? Number.POSITIVE_INFINITY;
    const nearest = Math.min(positive, negative);
    if (nearest === Number.POSITIVE_INFINITY) return false;
    const threshold = bucketUpperBound(nearest, this.#schema);
    if (threshold > this.#maxZeroThreshold) return false;
    if (positive === nearest) this.#zeroCount += this.#positive.take(nearest);
    if (negative === nearest) this.#zeroCount += this.#negative.take(nearest);
    this.#zeroThreshold = threshold;
    return true;
  }
}
