/**
 * The blocks that were written last, in memory, so that the loader need not read
 * back from the disk what has just been put there.
 */

import type { JournalBlock } from './journal-state.ts';

export class RecentBlocks {
  readonly #bytesMax: number;
  #blocks: JournalBlock[] = [];
  #bytes = 0;

  /** @param bytesMax payload that is kept; when there is more, the newest blocks are left to the disk. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps a block if there is room and none before it is missing. */
  add(block: JournalBlock): void {
    const last = this.#blocks.at(-1);
    const follows = last === undefined || last.block + 1 === block.block;
    if (!follows || this.#bytes + block.payload.length > this.#bytesMax) return;
    this.#blocks.push(block);
    this.#bytes += block.payload.length;
  }

  /** Gives out the blocks right after `block`, up to about `bytesMax`, and keeps them no longer; none if they are not here. */
  take(block: number, bytesMax: number): JournalBlock[] {
    this.#drop(this.#blocks.findIndex((candidate) => candidate.block > block));
    if (this.#blocks[0]?.block !== block + 1) return [];
    let bytes = 0;
    let count = 0;
    for (const { payload } of this.#blocks) {
      bytes += payload.length;
      if (count > 0 && bytes > bytesMax) break;
      count += 1;
    }
    return this.#drop(count);
  }

  /** Takes the first `count` blocks away; all of them if it is negative. */
  #drop(count: number): JournalBlock[] {
    const gone = count < 0 ? this.#blocks : this.#blocks.slice(0, count);
    this.#blocks = this.#blocks.slice(gone.length);
    this.#bytes = this.#blocks.reduce((sum, { payload }) => sum + payload.length, 0);
    return gone;
  }
}
