/**
 * The part of a run's filter that is in memory: the first blocks of it, in chunks
 * of 1 MiB, so that the part can grow and shrink without copying what it has.
 */
import { ENTRY_WORDS } from './entry.ts';
import type { IdentityFiles } from './file-system.ts';
import { readAll } from './file-system.ts';
import {
  blockChecksum,
  blockMayHold,
  FILTER_BLOCK_BYTES,
  FILTER_BLOCK_WORDS,
  filterBlockOf,
} from './filter.ts';

const CHUNK_BITS = 14;

/** Blocks of a chunk. */
export const CHUNK_BLOCKS = 2 ** CHUNK_BITS;

/** Bytes of a chunk. */
export const CHUNK_BYTES = CHUNK_BLOCKS * FILTER_BLOCK_BYTES;

/** The first blocks of a filter, in memory. */
export class ResidentFilter {
  /** Blocks that are in memory, from the first. */
  blocks = 0;
  /** True once the file could not be read; then no more is tried, and each question reads its block. */
  failed = false;
  private readonly totalBlocks: number;
  private readonly chunks: Uint32Array[] = [];

  constructor(totalBlocks: number) {
    this.totalBlocks = totalBlocks;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.blocks * FILTER_BLOCK_BYTES;
  }

  /** Chunks the whole filter has. */
  get chunksMax(): number {
    return Math.ceil(this.totalBlocks / CHUNK_BLOCKS);
  }

  /** Chunks that are in memory. */
  get chunkCount(): number {
    return this.chunks.length;
  }

  /** Bytes that `chunkCount` chunks from the first take: the last of the filter may be shorter. */
  bytesOf(chunkCount: number): number {
    return Math.min(chunkCount * CHUNK_BLOCKS, this.totalBlocks) * FILTER_BLOCK_BYTES;
  }

  /** Drops the chunks beyond so many. */
  shrink(chunkCount: number): void {
    this.chunks.length = Math.min(this.chunks.length, chunkCount);
    this.blocks = Math.min(this.blocks, this.chunks.length * CHUNK_BLOCKS);
  }

  /**
   * Reads one more chunk from where the filter begins in a file. A damaged block
   * is made to answer "may be here" to all.
   *
   * @returns false if a block was damaged.
   */
  grow(files: IdentityFiles, file: number, filterAt: number): boolean {
    const first = this.blocks;
    const count = Math.min(CHUNK_BLOCKS, this.totalBlocks - first);
    const words = new Uint32Array(count * FILTER_BLOCK_WORDS);
    readAll(files, file, new Uint8Array(words.buffer), filterAt + first * FILTER_BLOCK_BYTES);
    const unsound = markUnsound(words, first);
    this.chunks.push(words);
    this.blocks += count;
    return unsound === 0;
  }

  /** False if the identity is surely not in a block, which must be below `blocks`. */
  mayHold(block: number, h1: number, h2: number): boolean {
    const chunk = this.chunks[block >>> CHUNK_BITS]!;
    return blockMayHold(chunk, (block & (CHUNK_BLOCKS - 1)) * FILTER_BLOCK_WORDS, h1, h2);
  }

  /**
   * Sifts a list of entries: keeps those that may be in the run, or whose block is
   * not in memory. This loop is nearly all that a new identity costs, so it is
   * bare of calls and of branches that go either way.
   *
   * @param pending the numbers of the entries, of which the first `count` are looked at.
   * @param places gets the places in `pending` that were kept.
   * @returns how many were kept.
   */
  sift(entries: Uint32Array, pending: Int32Array, count: number, places: Int32Array): number {
    const { chunks, totalBlocks, blocks } = this;
    let kept = 0;
    for (let place = 0; place < count; place++) {
      const at = pending[place]! * ENTRY_WORDS;
      const block = filterBlockOf(entries[at]!, totalBlocks);
      places[kept] = place;
      if (block >= blocks) {
        kept++;
        continue;
      }
      const chunk = chunks[block >>> CHUNK_BITS]!;
      const from = (block & (CHUNK_BLOCKS - 1)) * FILTER_BLOCK_WORDS;
      if (blockMayHold(chunk, from, entries[at + 1]!, entries[at + 2]!)) kept++;
    }
    return kept;
  }
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
