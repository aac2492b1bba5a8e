import { describe, expect, it } from 'vitest';
import {
  addToBlock,
  blockChecksum,
  blockMayHold,
  FILTER_BLOCK_WORDS,
  filterBlockOf,
  filterBlocksFor,
} from './filter.ts';
import { seededRandom } from './test-support.ts';

describe('the filter of a run', () => {
  it('never denies what is in it, and seldom affirms what is not', () => {
    const random = seededRandom(4);
    const word = () => Math.floor(random() * 2 ** 32);
    const COUNT = 50_000;
    const blocks = filterBlocksFor(COUNT);
    const words = new Uint32Array(blocks * FILTER_BLOCK_WORDS);
    const members = Array.from({ length: COUNT }, () => [word(), word(), word()] as const);
    const holds = ([h0, h1, h2]: readonly [number, number, number]) =>
      blockMayHold(words, filterBlockOf(h0, blocks) * FILTER_BLOCK_WORDS, h1, h2);
    for (const [h0, h1, h2] of members) {
      addToBlock(words, filterBlockOf(h0, blocks) * FILTER_BLOCK_WORDS, h1, h2);
    }
    expect(members.every(holds)).toBe(true);
    const strangers = Array.from({ length: 100_000 }, () => [word(), word(), word()] as const);
    const wrong = strangers.filter(holds).length;
    expect(wrong).toBeGreaterThan(300);
    expect(wrong).toBeLessThan(600);
  });

  it('has its blocks in the order of the hashes, up to the last one', () => {
    for (const blocks of [1, 2, 3, 1000, 30_000_001]) {
      expect(filterBlockOf(0, blocks)).toBe(0);
      expect(filterBlockOf(0xffff_ffff, blocks)).toBe(blocks - 1);
      let last = 0;
      for (let h0 = 0; h0 < 2 ** 32; h0 += 3_000_017) {
        const block = filterBlockOf(h0, blocks);
        expect(block).toBeGreaterThanOrEqual(last);
        last = block;
      }
    }
  });

  it('notices every flipped bit of a block, and a block in the place of another', () => {
    const random = seededRandom(5);
    const words = Uint32Array.from({ length: FILTER_BLOCK_WORDS }, () => random() * 2 ** 32);
    const sum = blockChecksum(words, 0, 8);
    for (let bit = 0; bit < (FILTER_BLOCK_WORDS - 1) * 32; bit++) {
      words[bit >> 5]! ^= 1 << (bit & 31);
      expect(blockChecksum(words, 0, 8)).not.toBe(sum);
      words[bit >> 5]! ^= 1 << (bit & 31);
    }
    expect(blockChecksum(words, 0, 9)).not.toBe(sum);
    expect(blockChecksum(words, 0, 8)).toBe(sum);
  });
});
