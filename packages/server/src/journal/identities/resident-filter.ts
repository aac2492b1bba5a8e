/**
 * What of a run's filter is in memory: all of it, or the first few of the fifteen
 * words of each block. A thinned filter looks only at the bits of an identity that
 * are in the words it has, so it denies less, but each of its words saves reads:
 * half the words deny nine in ten strangers, where half the blocks would deny five.
 * The filter is kept in chunks, so that it can be read and thinned bit by bit.
 */
import { ENTRY_WORDS } from './entry.ts';
import type { IdentityFiles } from './file-system.ts';
import { readAll } from './file-system.ts';
import {
  blockMayHold,
  FILTER_BLOCK_BYTES,
  FILTER_BLOCK_WORDS,
  FILTER_WIDTH,
  filterBlockOf,
  markUnsound,
  thinnedBlockMayHold,
} from './filter.ts';

const CHUNK_BITS = 14;

/** Blocks of a chunk: 1 MiB on disk. */
export const CHUNK_BLOCKS = 2 ** CHUNK_BITS;

/** A filter, as far as it is in memory. */
export class ResidentFilter {
  /** True once the file could not be read; then no more is tried, and each question reads its block. */
  failed = false;
  /** Bytes in memory. */
  bytes = 0;
  /** The width of each chunk: how many words of its blocks are in memory, 0 to `FILTER_WIDTH`. */
  readonly widths: Uint8Array;
  private readonly blockCount: number;
  private readonly chunks: Uint32Array[];
  private wholeChunks = 0;

  constructor(blockCount: number) {
    this.blockCount = blockCount;
    const chunkCount = Math.ceil(blockCount / CHUNK_BLOCKS);
    this.widths = new Uint8Array(chunkCount);
    this.chunks = Array.from({ length: chunkCount }, () => new Uint32Array(0));
  }

  /** Reads a chunk from where the filter begins in a file; returns false if a block of it is damaged. */
  load(chunk: number, width: number, files: IdentityFiles, file: number, filterAt: number): boolean {
    const first = chunk * CHUNK_BLOCKS;
    const words = new Uint32Array(this.blocksOf(chunk) * FILTER_BLOCK_WORDS);
    readAll(files, file, new Uint8Array(words.buffer), filterAt + first * FILTER_BLOCK_BYTES);
    const unsound = markUnsound(words, first);
    this.keep(chunk, width, thinned(words, FILTER_BLOCK_WORDS, width));
    return unsound === 0;
  }

  /** Gives up words of a chunk. */
  thin(chunk: number, width: number): void {
    this.keep(chunk, width, thinned(this.chunks[chunk]!, strideOf(this.widths[chunk]!), width));
  }

  /** False if the identity is surely not in a block. */
  mayHold(block: number, h1: number, h2: number): boolean {
    const chunk = block >>> CHUNK_BITS;
    const width = this.widths[chunk]!;
    const words = this.chunks[chunk]!;
    const inChunk = block & (CHUNK_BLOCKS - 1);
    if (width === FILTER_WIDTH) return blockMayHold(words, inChunk * FILTER_BLOCK_WORDS, h1, h2);
    return width === 0 || thinnedBlockMayHold(words, inChunk * width, width, h1, h2);
  }

  /** True if what `mayHold` affirms of a block need not be looked up in the file. */
  isWhole(block: number): boolean {
    return this.widths[block >>> CHUNK_BITS] === FILTER_WIDTH;
  }

  /**
   * Sifts a list of entries: keeps those that may be in the run.
   *
   * @param pending the numbers of the entries, of which the first `count` are looked at.
   * @param places gets the places in `pending` that were kept.
   * @returns how many were kept.
   */
  sift(entries: Uint32Array, pending: Int32Array, count: number, places: Int32Array): number {
    return this.wholeChunks === this.chunks.length
      ? this.siftWhole(entries, pending, count, places)
      : this.siftThinned(entries, pending, count, places);
  }

  /** This loop is nearly all that a new identity costs, so it is bare of branches that go either way. */
  private siftWhole(entries: Uint32Array, pending: Int32Array, count: number, places: Int32Array): number {
    const { chunks, blockCount } = this;
    let kept = 0;
    for (let place = 0; place < count; place++) {
      const at = pending[place]! * ENTRY_WORDS;
      const block = filterBlockOf(entries[at]!, blockCount);
      const from = (block & (CHUNK_BLOCKS - 1)) * FILTER_BLOCK_WORDS;
      places[kept] = place;
      if (blockMayHold(chunks[block >>> CHUNK_BITS]!, from, entries[at + 1]!, entries[at + 2]!)) kept++;
    }
    return kept;
  }

  private siftThinned(entries: Uint32Array, pending: Int32Array, count: number, places: Int32Array): number {
    const { blockCount } = this;
    let kept = 0;
    for (let place = 0; place < count; place++) {
      const at = pending[place]! * ENTRY_WORDS;
      places[kept] = place;
      if (this.mayHold(filterBlockOf(entries[at]!, blockCount), entries[at + 1]!, entries[at + 2]!)) kept++;
    }
    return kept;
  }

  /** Bytes that a chunk takes at a width. */
  chunkBytes(chunk: number, width: number): number {
    return this.blocksOf(chunk) * strideOf(width) * 4;
  }

  /** Bytes that the whole filter takes at a width. */
  bytesAt(width: number): number {
    return this.blockCount * strideOf(width) * 4;
  }

  private blocksOf(chunk: number): number {
    return Math.min(CHUNK_BLOCKS, this.blockCount - chunk * CHUNK_BLOCKS);
  }

  private keep(chunk: number, width: number, words: Uint32Array): void {
    if (this.widths[chunk] === FILTER_WIDTH) this.wholeChunks--;
    if (width === FILTER_WIDTH) this.wholeChunks++;
    this.bytes += words.byteLength - this.chunks[chunk]!.byteLength;
    this.chunks[chunk] = words;
    this.widths[chunk] = width;
  }
}

/** Words from one block to the next: a whole one keeps its checksum, so that it lies in one cache line. */
function strideOf(width: number): number {
  return width === FILTER_WIDTH ? FILTER_BLOCK_WORDS : width;
}

/** The first words of each block. */
function thinned(words: Uint32Array, stride: number, width: number): Uint32Array {
  if (strideOf(width) === stride) return words;
  const blocks = words.length / stride;
  const kept = new Uint32Array(blocks * width);
  for (let block = 0; block < blocks; block++) {
    for (let word = 0; word < width; word++) kept[block * width + word] = words[block * stride + word]!;
  }
  return kept;
}
