/**
 * Two 32-bit hashes of a text at once. They tell keys apart in a table (64 bits: the
 * chance that any two of 100,000 agree is 3e-10) and choose random ones; they keep no
 * secret. The final mixing is that of MurmurHash3 (Appleby, public domain).
 */

/** The hashes of the last key, in place, so that none has to be allocated. */
export class KeyHash {
  first = 0;
  second = 0;
  readonly #seed: readonly [number, number];

  /** @param seed two random words, so that nobody can choose keys that collide. */
  constructor(seed: readonly [number, number]) {
    this.#seed = seed;
  }

  /** Hashes a key; gives itself. */
  of(key: string): this {
    let first = this.#seed[0];
    let second = this.#seed[1] ^ key.length;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      first = Math.imul(first ^ unit, 0x85ebca77);
      second = Math.imul(second ^ unit, 0xc2b2ae3d) + first;
    }
    this.first = mix(first ^ (second >>> 7));
    this.second = mix(second ^ (first >>> 9));
    return this;
  }
}

function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
