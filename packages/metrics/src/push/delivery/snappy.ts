/**
 * The block format of Snappy, which remote write demands. Greedy matching over a
 * hash table of four-byte sequences, block by block of 64 KiB as the reference
 * implementation does it, so that every copy has an offset of at most two bytes.
 *
 * Source: google/snappy, format_description.txt.
 */

const BLOCK_BYTES = 1 << 16;
const TABLE_BITS = 14;
/** Matches are not searched in the last bytes of a block, which keeps every four-byte read inside. */
const MARGIN = 15;

/** The longest that `length` bytes can become. */
function maxCompressedLength(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

/** Compresses bytes into one Snappy block. */
export function snappyCompress(input: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new BlockEncoder(input);
  return encoder.encode();
}

class BlockEncoder {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array<ArrayBuffer>;
  readonly #table = new Uint16Array(1 << TABLE_BITS);
  #at = 0;

  constructor(input: Uint8Array) {
    this.#input = input;
    this.#output = new Uint8Array(maxCompressedLength(input.length));
  }

  encode(): Uint8Array<ArrayBuffer> {
    let rest = this.#input.length;
    while (rest > 0x7f) {
      this.#output[this.#at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#output[this.#at++] = rest;
    for (let start = 0; start < this.#input.length; start += BLOCK_BYTES) {
      this.#block(start, Math.min(start + BLOCK_BYTES, this.#input.length));
    }
    return this.#output.slice(0, this.#at);
  }

  #word(at: number): number {
    const input = this.#input;
    return input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
  }

  #block(start: number, end: number): void {
    let literalStart = start;
    if (end - start > MARGIN) {
      this.#table.fill(0);
      const limit = end - MARGIN;
      let at = start + 1;
      // The step grows while nothing matches, so that incompressible data passes quickly.
      let misses = 32;
      while (at < limit) {
        const word = this.#word(at);
        const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS);
        const candidate = start + this.#table[hash]!;
        this.#table[hash] = at - start;
        if (this.#word(candidate) !== word) {
          at += misses++ >>> 5;
          continue;
        }
        this.#literal(literalStart, at);
        const length = this.#matchLength(candidate, at, end);
        this.#copy(at - candidate, length);
        at += length;
        literalStart = at;
        misses = 32;
      }
    }
    this.#literal(literalStart, end);
  }

  #matchLength(candidate: number, at: number, end: number): number {
    let length = 4;
    while (at + length < end && this.#input[candidate + length] === this.#input[at + length]) length++;
    return length;
  }

  #literal(start: number, end: number): void {
    const length = end - start;
    if (length === 0) return;
    const last = length - 1;
    const output = this.#output;
    if (last < 60) output[this.#at++] = last << 2;
    else if (last < 256) {
      output[this.#at++] = 60 << 2;
      output[this.#at++] = last;
    } else {
      output[this.#at++] = 61 << 2;
      output[this.#at++] = last & 0xff;
      output[this.#at++] = last >>> 8;
    }
    output.set(this.#input.subarray(start, end), this.#at);
    this.#at += length;
  }

  #copy(offset: number, length: number): void {
    const output = this.#output;
    let rest = length;
    // A copy holds up to 64 bytes; 60 are taken first so that what is left is never below 4.
    while (rest >= 68) {
      this.#longCopy(offset, 64);
      rest -= 64;
    }
    if (rest > 64) {
      this.#longCopy(offset, 60);
      rest -= 60;
    }
    if (rest >= 12 || offset >= 2048) {
      this.#longCopy(offset, rest);
      return;
    }
    output[this.#at++] = ((offset >>> 8) << 5) | ((rest - 4) << 2) | 1;
    output[this.#at++] = offset & 0xff;
  }

  #longCopy(offset: number, length: number): void {
    this.#output[this.#at++] = ((length - 1) << 2) | 2;
    this.#output[this.#at++] = offset & 0xff;
    this.#output[this.#at++] = offset >>> 8;
  }
}
