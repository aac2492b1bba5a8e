/**
 * A sparse table of counts by bucket index, for one sign of a native histogram.
 * The counts lie in a typed array and the map only finds their place, so that
 * counting in a known bucket allocates nothing.
 */

/** Counts by bucket index. Counts are doubles: exact up to 2^53. */
export class BucketTable {
  #slots = new Map<number, number>();
  #counts = new Float64Array(8);

  /** The number of buckets in use. */
  get size(): number {
    return this.#slots.size;
  }

  /** Adds to a bucket and says whether that bucket is new. */
  add(index: number, amount: number): boolean {
    const slot = this.#slots.get(index);
    if (slot !== undefined) {
      this.#counts[slot] = this.#counts[slot]! + amount;
      return false;
    }
    const free = this.#slots.size;
    if (free === this.#counts.length) {
      const grown = new Float64Array(free * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#slots.set(index, free);
    this.#counts[free] = amount;
    return true;
  }

  /** The buckets in order of their index. */
  entries(): [index: number, count: number][] {
    const found: [number, number][] = [];
    for (const [index, slot] of this.#slots) found.push([index, this.#counts[slot]!]);
    return found.toSorted((a, b) => a[0] - b[0]);
  }

  /** The smallest index in use, or undefined in an empty table. */
  smallestIndex(): number | undefined {
    let smallest: number | undefined;
    for (const index of this.#slots.keys()) {
      if (smallest === undefined || index < smallest) smallest = index;
    }
    return smallest;
  }

  /** Removes a bucket and gives back what it had counted. */
  take(index: number): number {
    const before = this.entries();
    this.clear();
    let taken = 0;
    for (const [at, count] of before) {
      if (at === index) taken = count;
      else this.add(at, count);
    }
    return taken;
  }

  /** Merges each two neighbours into one, which is what the next coarser schema means. */
  halve(): void {
    const before = this.entries();
    this.clear();
    // The bucket i of the finer schema ends within the bucket ceil(i / 2) of the coarser one.
    for (const [index, count] of before) this.add(Math.ceil(index / 2), count);
  }

  /** Empties the table. */
  clear(): void {
    this.#slots.clear();
    this.#counts.fill(0);
  }
}
