/**
 * One level of the nested maps from labels to series: the values of one label, and
 * what each leads to. Most labels have few values, and comparing with the first
 * four of them takes a third of the time of a map's look-up, so those are kept in
 * fields; a map is added for the fifth.
 */

/**
 * What stands in a place that is free: a string, since V8 compares strings with
 * strings faster than with anything, and half a character, which no key can be, since
 * values are made well-formed before they become keys.
 */
const FREE = '\ud800';

/** Label value → next level or series. A missing value is `''`, never undefined. */
export class Level {
  k0: unknown = FREE;
  v0: unknown;
  k1: unknown = FREE;
  v1: unknown;
  k2: unknown = FREE;
  v2: unknown;
  k3: unknown = FREE;
  v3: unknown;
  /** Everything beyond the first four. */
  more: Map<unknown, unknown> | undefined;

  /** What `key` leads to, or undefined. */
  get(key: unknown): unknown {
    if (key === this.k0) return this.v0;
    if (key === this.k1) return this.v1;
    if (key === this.k2) return this.v2;
    if (key === this.k3) return this.v3;
    return this.more?.get(key);
  }

  /** Lets `key` lead to `value`. */
  set(key: unknown, value: unknown): void {
    if (key === this.k0) this.v0 = value;
    else if (key === this.k1) this.v1 = value;
    else if (key === this.k2) this.v2 = value;
    else if (key === this.k3) this.v3 = value;
    else if (this.more?.has(key) === true) this.more.set(key, value);
    else this.#add(key, value);
  }

  /** Takes `key` out. */
  delete(key: unknown): void {
    if (key === this.k0) {
      this.k0 = FREE;
      this.v0 = undefined;
    } else if (key === this.k1) {
      this.k1 = FREE;
      this.v1 = undefined;
    } else if (key === this.k2) {
      this.k2 = FREE;
      this.v2 = undefined;
    } else if (key === this.k3) {
      this.k3 = FREE;
      this.v3 = undefined;
    } else {
      this.more?.delete(key);
    }
  }

  /** Takes everything out. */
  clear(): void {
    this.k0 = this.k1 = this.k2 = this.k3 = FREE;
    this.v0 = this.v1 = this.v2 = this.v3 = undefined;
    this.more = undefined;
  }

  /** Whether nothing is in it. */
  get empty(): boolean {
    const { v0, v1, v2, v3, more } = this;
    return v0 === undefined && v1 === undefined && v2 === undefined && v3 === undefined && !more?.size;
  }

  #add(key: unknown, value: unknown): void {
    if (this.v0 === undefined) {
      this.k0 = key;
      this.v0 = value;
    } else if (this.v1 === undefined) {
      this.k1 = key;
      this.v1 = value;
    } else if (this.v2 === undefined) {
      this.k2 = key;
      this.v2 = value;
    } else if (this.v3 === undefined) {
      this.k3 = key;
      this.v3 = value;
    } else {
      this.more ??= new Map();
      this.more.set(key, value);
    }
  }
}
