/**
 * Keyed hashing of identities and payloads. The store keeps no ids, only 96 bits
 * of a hash over (tenant, id), so that an identity costs 16 bytes whatever its
 * text. The key is random per data directory: someone who sends ids cannot aim
 * two of them at one hash. The identity hash is HalfSipHash (Aumasson and
 * Bernstein) with one round per word, keyed with 128 bits and squeezed to 96;
 * the payload hash is a keyed 32-bit multiply-and-rotate mix, since it only has
 * to tell two payloads of one id apart. Both are plain JavaScript on 32-bit
 * integers, because a call into native code costs more than the whole hash.
 */

/** The key of one data directory, made by {@link createHashSeed}; another thread makes its own from the bytes. */
export interface HashSeed {
  /** The key as it is kept. */
  readonly bytes: Uint8Array;
  /** The key as it is used: four unsigned 32-bit words. */
  readonly words: Uint32Array;
  /** Scratch of the hash functions; its content has no meaning between calls. */
  readonly state: Int32Array;
}

/** Bytes of a key. */
export const SEED_BYTES = 16;

/**
 * Makes a key of 16 random bytes.
 *
 * @throws RangeError if there are not exactly {@link SEED_BYTES}.
 * @example createHashSeed(crypto.getRandomValues(new Uint8Array(16)))
 */
export function createHashSeed(bytes: Uint8Array): HashSeed {
  if (bytes.length !== SEED_BYTES) throw new RangeError(`a hash seed has ${SEED_BYTES} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Uint32Array.from({ length: 4 }, (_, index) => view.getUint32(index * 4, true));
  return { bytes: bytes.slice(), words, state: new Int32Array(4) };
}

/**
 * Writes the 96-bit identity hash of (tenant, id) into `out[offset..offset+2]`.
 * Every UTF-16 unit counts, so texts are equal to the hash only if they are equal
 * to `===`; where the tenant ends and the id begins counts as well. Two of 1e9
 * identities share a hash with a probability of 6e-12 (n²/2⁹⁷).
 *
 * @example hashIdentity(seed, 'acme', 'req-1', entries, 0)
 */
export function hashIdentity(
  seed: HashSeed,
  tenant: string,
  id: string,
  out: Uint32Array,
  offset: number,
): void {
  const { words, state } = seed;
  // HalfSipHash's constants, here on all four words since the key is 128 bits wide.
  state[0] = words[0]! ^ 0x736f6d65;
  state[1] = words[1]! ^ 0x646f7261;
  state[2] = words[2]! ^ 0x6c796765;
  state[3] = words[3]! ^ 0x74656462;
  if (!absorbNarrow(state, tenant)) absorbWide(state, tenant);
  if (!absorbNarrow(state, id)) absorbWide(state, id);
  squeeze(state, out, offset);
}

/** What marks the last word of a narrow and of a wide text. */
const MARK_NARROW = 0x5bd1e995;
const MARK_WIDE = 0x27d4eb2f;

/**
 * Takes a text in, four units to a word, if all are below 256, as in nearly every
 * id. The last word has up to three units and their number, and the state is
 * marked at it: so the end of one text never looks like the middle of another, nor
 * a narrow text like a wide one. The round is written out three times in this
 * file, since a call for each word doubles the time.
 *
 * @returns false, with the state as it was, if a unit does not fit.
 */
function absorbNarrow(state: Int32Array, text: string): boolean {
  const { length } = text;
  const whole = length & ~3;
  let v0 = state[0]!;
  let v1 = state[1]!;
  let v2 = state[2]!;
  let v3 = state[3]!;
  let seen = 0;
  for (let at = 0; at <= whole; at += 4) {
    let bits: number;
    if (at < whole) {
      const c0 = text.charCodeAt(at);
      const c1 = text.charCodeAt(at + 1);
      const c2 = text.charCodeAt(at + 2);
      const c3 = text.charCodeAt(at + 3);
      seen |= c0 | c1 | c2 | c3;
      bits = c0 | (c1 << 8) | (c2 << 16) | (c3 << 24);
    } else {
      bits = (length & 3) << 24;
      for (let last = whole; last < length; last++) {
        const unit = text.charCodeAt(last);
        seen |= unit;
        bits |= unit << ((last - whole) << 3);
      }
      v2 ^= MARK_NARROW;
    }
    v3 ^= bits;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= bits;
  }
  if (seen > 255) return false;
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
  return true;
}

/** Takes any text in, two units to a word; the last word has one or none, and their number. */
function absorbWide(state: Int32Array, text: string): void {
  const { length } = text;
  const whole = length & ~1;
  let v0 = state[0]!;
  let v1 = state[1]!;
  let v2 = state[2]!;
  let v3 = state[3]!;
  for (let at = 0; at <= whole; at += 2) {
    let bits: number;
    if (at < whole) {
      bits = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    } else {
      bits = whole < length ? text.charCodeAt(whole) | (1 << 24) : 0;
      v2 ^= MARK_WIDE;
    }
    v3 ^= bits;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= bits;
  }
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}

/** Gives 32 bits out after three more rounds, and after each two more. */
function squeeze(state: Int32Array, out: Uint32Array, offset: number): void {
  let v0 = state[0]!;
  let v1 = state[1]!;
  let v2 = state[2]!;
  let v3 = state[3]!;
  v2 ^= 0xee;
  for (let round = 1; round <= 7; round++) {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    if (round === 3) {
      out[offset] = v1 ^ v3;
      v1 ^= 0xdd;
    } else if (round === 5) {
      out[offset + 1] = v1 ^ v3;
      v1 ^= 0xcc;
    }
  }
  out[offset + 2] = v1 ^ v3;
}

/**
 * A 32-bit hash of a text, for parts of a payload's fingerprint.
 *
 * @returns an unsigned 32-bit integer.
 */
export function hashText(seed: HashSeed, text: string): number {
  return finish(mix(seed.words[0]! | 0, text));
}

/**
 * A 32-bit hash of one field of a payload. The caller adds up the hashes of all
 * fields modulo 2³², so that the order in which they were sent does not matter;
 * the name is hashed with the text, so that a value cannot change places.
 *
 * @returns an unsigned 32-bit integer.
 * @example fingerprint = (fingerprint + hashPayloadField(seed, 'model', 'gpt-5')) >>> 0
 */
export function hashPayloadField(seed: HashSeed, fieldName: string, text: string): number {
  return finish(mix(mix(seed.words[1]! | 0, fieldName), text));
}

/**
 * The same as {@link hashPayloadField} of a text that is ASCII, from its bytes.
 *
 * @returns an unsigned 32-bit integer.
 */
export function hashPayloadBytes(
  seed: HashSeed,
  fieldName: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const even = end - ((end - start) & 1);
  let hash = mix(seed.words[1]! | 0, fieldName);
  for (let index = start; index < even; index += 2) {
    let bits = bytes[index]! | (bytes[index + 1]! << 16);
    bits = Math.imul(bits, 0xcc9e2d51);
    hash ^= Math.imul((bits << 15) | (bits >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (even < end) {
    let bits = Math.imul(bytes[even]!, 0xcc9e2d51);
    bits = (bits << 15) | (bits >>> 17);
    hash ^= Math.imul(bits, 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return finish(endMix(hash, end - start));
}

/** Two units to a word, then the length; the multipliers are those of MurmurHash3 (Appleby). */
function mix(start: number, text: string): number {
  const { length } = text;
  const even = length & ~1;
  let hash = start;
  for (let index = 0; index < even; index += 2) {
    let bits = text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
    bits = Math.imul(bits, 0xcc9e2d51);
    hash ^= Math.imul((bits << 15) | (bits >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (even < length) {
    let bits = Math.imul(text.charCodeAt(even), 0xcc9e2d51);
    bits = (bits << 15) | (bits >>> 17);
    hash ^= Math.imul(bits, 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  return endMix(hash, length);
}

/** Takes the length in. */
function endMix(start: number, length: number): number {
  const hash = start ^ Math.imul(length + 1, 0x9e3779b1);
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
