/**
 * The blocked Bloom filter of a run: 64-byte blocks, of which an identity touches
 * one, so that a question costs one cache miss in memory or one small read on
 * disk. The block is chosen by the leading bits of the hash, in proportion: a run
 * is written in the order of its hashes, so its filter is written front to back
 * as well, whatever its size. Fifteen words of a block hold bits, the sixteenth a
 * checksum, since a flipped bit would deny an identity that is there.
 * Source of the scheme: Putze, Sanders, Singler, "Cache-, hash- and space-efficient
 * Bloom filters" (2007).
 */

/** Words of a block. */
export const FILTER_BLOCK_WORDS = 16;

/** Bytes of a block. */
export const FILTER_BLOCK_BYTES = 64;

/** Entries a block is meant for, at 12 bits each: one false answer in about 200. */
const ENTRIES_PER_BLOCK = 40;
const BITS_PER_BLOCK = 480;

/** How many blocks a filter of so many entries has. */
export function filterBlocksFor(entryCount: number): number {
  return Math.max(1, Math.ceil(entryCount / ENTRIES_PER_BLOCK));
}

/** The block of an identity; it grows with the hash. */
export function filterBlockOf(h0: number, blockCount: number): number {
  return Math.floor((h0 / 4_294_967_296) * blockCount);
}

/** The six positions come from the second and third word, 16 bits each, and from their mixture. */
function mixed(h1: number, h2: number): number {
  return Math.imul(h1 ^ (h2 >>> 15) ^ (h2 << 17), 0x9e3779b1);
}

/** Puts an identity into the block that begins at word `at`. */
export function addToBlock(words: Uint32Array, at: number, h1: number, h2: number): void {
  const h3 = mixed(h1, h2);
  setBit(words, at, h1 & 0xffff);
  setBit(words, at, h1 >>> 16);
  setBit(words, at, h2 & 0xffff);
  setBit(words, at, h2 >>> 16);
  setBit(words, at, h3 & 0xffff);
  setBit(words, at, h3 >>> 16);
}

function setBit(words: Uint32Array, at: number, half: number): void {
  const bit = (half * BITS_PER_BLOCK) >>> 16;
  words[at + (bit >>> 5)]! |= 1 << (bit & 31);
}

/**
 * False if the identity is surely not in the block that begins at word `at`. All
 * six bits are taken before any is looked at: each alone is set every other time,
 * so a branch on it would be guessed wrong every other time.
 */
export function blockMayHold(words: Uint32Array, at: number, h1: number, h2: number): boolean {
  const h3 = mixed(h1, h2);
  const a = ((h1 & 0xffff) * BITS_PER_BLOCK) >>> 16;
  const b = ((h1 >>> 16) * BITS_PER_BLOCK) >>> 16;
  const c = ((h2 & 0xffff) * BITS_PER_BLOCK) >>> 16;
  const d = ((h2 >>> 16) * BITS_PER_BLOCK) >>> 16;
  const e = ((h3 & 0xffff) * BITS_PER_BLOCK) >>> 16;
  const f = ((h3 >>> 16) * BITS_PER_BLOCK) >>> 16;
  // A shift takes the lower five bits of its count.
  const all =
    (words[at + (a >>> 5)]! >>> a) &
    (words[at + (b >>> 5)]! >>> b) &
    (words[at + (c >>> 5)]! >>> c) &
    (words[at + (d >>> 5)]! >>> d) &
    (words[at + (e >>> 5)]! >>> e) &
    (words[at + (f >>> 5)]! >>> f);
  return (all & 1) !== 0;
}

/** Words of a block that hold bits. */
export const FILTER_WIDTH = FILTER_BLOCK_WORDS - 1;

/** As `blockMayHold`, for a block of which only the first `width` words are there. */
export function thinnedBlockMayHold(
  words: Uint32Array,
  at: number,
  width: number,
  h1: number,
  h2: number,
): boolean {
  const h3 = mixed(h1, h2);
  const all =
    thinnedBit(words, at, width, h1 & 0xffff) &
    thinnedBit(words, at, width, h1 >>> 16) &
    thinnedBit(words, at, width, h2 & 0xffff) &
    thinnedBit(words, at, width, h2 >>> 16) &
    thinnedBit(words, at, width, h3 & 0xffff) &
    thinnedBit(words, at, width, h3 >>> 16);
  return (all & 1) !== 0;
}

/** The bit, lowest, or ones if its word is not there; without a branch, which would be guessed wrong. */
function thinnedBit(words: Uint32Array, at: number, width: number, half: number): number {
  const bit = (half * BITS_PER_BLOCK) >>> 16;
  const word = bit >>> 5;
  const there = (word - width) >> 31;
  return (words[at + (word & there)]! >>> bit) | ~there;
}

/** The share of strangers that a filter of so many words affirms: 39 % of the bits of a full block are set. */
export function thinnedFalseShare(width: number): number {
  return (1 - (width / FILTER_WIDTH) * 0.61) ** 6;
}

/**
 * The checksum of a block's fifteen words. Each step is a bijection of the sum so
 * far, so any change within one word is found for certain, any other but once in 2³².
 *
 * @param block the block's number, which guards against a block in a wrong place.
 */
export function blockChecksum(words: Uint32Array, at: number, block: number): number {
  let sum = Math.imul(block + 1, 0x85ebca6b);
  for (let word = at; word < at + FILTER_BLOCK_WORDS - 1; word++) {
    sum = Math.imul(sum ^ words[word]!, 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
}

/**
 * Fills damaged blocks with ones, so that they deny nothing; returns how many there were.
 *
 * @param first the number of the first block.
 */
export function markUnsound(words: Uint32Array, first: number): number {
  let unsound = 0;
  for (let at = 0; at < words.length; at += FILTER_BLOCK_WORDS) {
    const block = first + at / FILTER_BLOCK_WORDS;
    if (words[at + FILTER_BLOCK_WORDS - 1] === blockChecksum(words, at, block)) continue;
    words.fill(0xffffffff, at, at + FILTER_BLOCK_WORDS);
    unsound++;
  }
  return unsound;
}
