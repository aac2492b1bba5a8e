/**
 * One level of the nested maps from labels to series: the values of one label, and
 * what each leads to. Most labels have few values, and comparing with the first
 * four of them takes a third of the time of a map's look-up, so those are kept in
 * fields; a map is added for the fifth.
 */

/** Label value → next level or series. `undefined` is not a key. */
export class Level {
  k0: unknown;
  v0: unknown;
  k1: unknown;
  v1: unknown;
  k2: unknown;
  v2: unknown;
  k3: unknown;
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
    if (key === this.k0) this.k0 = this.v0 = undefined;
    else if (key === this.k1) this.k1 = this.v1 = undefined;
    else if (key === this.k2) this.k2 = this.v2 = undefined;
    else if (key === this.k3) this.k3 = this.v3 = undefined;
    else this.more?.delete(key);
  }

  /** Takes everything out. */
  clear(): void {
    this.k0 = this.v0 = this.k1 = this.v1 = this.k2 = this.v2 = this.k3 = this.v3 = undefined;
    this.more = undefined;
  }

  /** Whether nothing is in it. */
  get empty(): boolean {
    const { k0, k1, k2, k3, more } = this;
    return k0 === undefined && k1 === undefined && k2 === undefined && k3 === undefined && !more?.size;
  }

  #add(key: unknown, value: unknown): void {
    if (this.k0 === undefined) {
      this.k0 = key;
      this.v0 = value;
    } else if (this.k1 === undefined) {
      this.k1 = key;
      this.v1 = value;
    } else if (this.k2 === undefined) {
      this.k2 = key;
      this.v2 = value;
    } else if (this.k3 === undefined) {
      this.k3 = key;
      this.v3 = value;
    } else {
      this.more ??= new Map();
      this.more.set(key, value);
    }
  }
}
