/**
 * Two 32-bit hashes of a text at once. They tell keys apart in a table (64 bits: the
 * chance that any two of 100,000 agree is 3e-10) and choose random ones; they keep no
 * secret. The final mixing is that of MurmurHash3 (Appleby, public domain).
 */

/** Where the hashes of the last key are, so that none has to be allocated. */
export interface KeyHash {
  first: number;
  second: number;
  readonly seed: readonly [number, number];
}

/** Hashes a key within a group. */
export function hashKey(hash: KeyHash, key: string, group: number): void {
  let first = hash.seed[0] ^ Math.imul(group + 1, 0x9e3779b1);
  let second = hash.seed[1] ^ key.length;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    first = Math.imul(first ^ unit, 0x85ebca77);
    second = Math.imul(second ^ unit, 0xc2b2ae3d) + first;
  }
  hash.first = mix(first ^ (second >>> 7));
  hash.second = mix(second ^ (first >>> 9) ^ group);
}

function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
