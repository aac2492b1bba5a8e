import { describe, expect, it } from 'vitest';
import { IdentityStoreError } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import {
  addToBlock,
  blockChecksum,
  FILTER_BLOCK_BYTES,
  FILTER_BLOCK_WORDS,
  filterBlockOf,
  filterBlocksFor,
  thinnedFalseShare,
} from './filter.ts';
import type { FilteredRun } from './filter-allotment.ts';
import { allotFilterChunk, planWidths } from './filter-allotment.ts';
import { layoutOf } from './run-format.ts';
import { CHUNK_BLOCKS, ResidentFilter } from './resident-filter.ts';
import { seededRandom, unsyncedFiles } from './test-support.ts';

type Hash = readonly [h0: number, h1: number, h2: number];

/** The filter of so many random hashes, as a file would have it, and some of the hashes. */
function filterOf(count: number, seed: number): { blocks: number; bytes: Uint8Array; members: Hash[] } {
  const random = seededRandom(seed);
  const blocks = filterBlocksFor(count);
  const words = new Uint32Array(blocks * FILTER_BLOCK_WORDS);
  const members: Hash[] = [];
  for (let index = 0; index < count; index++) {
    const hash = randomHash(random);
    addToBlock(words, filterBlockOf(hash[0], blocks) * FILTER_BLOCK_WORDS, hash[1], hash[2]);
    if (index < 20_000) members.push(hash);
  }
  for (let block = 0; block < blocks; block++) {
    const at = block * FILTER_BLOCK_WORDS;
    words[at + FILTER_BLOCK_WORDS - 1] = blockChecksum(words, at, block);
  }
  return { blocks, bytes: new Uint8Array(words.buffer), members };
}

function randomHash(random: () => number): Hash {
  return [0, 0, 0].map(() => Math.floor(random() * 2 ** 32)) as [number, number, number];
}

/** Files of which there is one, with these bytes. */
function filesOf(bytes: Uint8Array): IdentityFiles {
  return {
    ...unsyncedFiles,
    read: (_, target, position) => {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
  };
}

/** How many of the hashes a filter affirms, asked one by one and all at once. */
function affirmed(filter: ResidentFilter, blocks: number, hashes: readonly Hash[]): number {
  const entries = Uint32Array.from(hashes.flatMap((hash) => [...hash, 0]));
  const pending = Int32Array.from(hashes.keys());
  const places = new Int32Array(hashes.length);
  const kept = filter.sift(entries, pending, hashes.length, places);
  const single = hashes.flatMap(([h0, h1, h2], index) =>
    filter.mayHold(filterBlockOf(h0, blocks), h1, h2) ? [index] : [],
  );
  expect([...places.subarray(0, kept)]).toEqual(single);
  return kept;
}

describe('a filter in memory', () => {
  const COUNT = CHUNK_BLOCKS * 40 * 2 + 5000;
  const { blocks, bytes, members } = filterOf(COUNT, 9);
  const random = seededRandom(10);
  const strangers = Array.from({ length: 20_000 }, () => randomHash(random));

  it.each(Array.from({ length: 16 }, (_, width) => width))(
    'denies no member and most strangers with %i words',
    (width) => {
      const filter = new ResidentFilter(blocks);
      expect(filter.widths.length).toBe(3);
      filter.widths.forEach((_, chunk) => expect(filter.load(chunk, width, filesOf(bytes), 0, 0)).toBe(true));
      expect(filter.bytes).toBe(filter.bytesAt(width));
      expect(affirmed(filter, blocks, members)).toBe(members.length);
      const share = affirmed(filter, blocks, strangers) / strangers.length;
      expect(Math.abs(share - thinnedFalseShare(width))).toBeLessThan(0.02);
      expect(filter.isWhole(0)).toBe(width === 15);
    },
  );

  it('denies no member while its chunks are thinned and read anew', () => {
    const filter = new ResidentFilter(blocks);
    const files = filesOf(bytes);
    for (let change = 0; change < 60; change++) {
      const chunk = Math.floor(random() * 3);
      const width = Math.floor(random() * 16);
      if (width < filter.widths[chunk]!) filter.thin(chunk, width);
      else filter.load(chunk, width, files, 0, 0);
      expect(affirmed(filter, blocks, members.slice(0, 3000))).toBe(3000);
      const expected = [0, 1, 2].reduce((sum, at) => sum + filter.chunkBytes(at, filter.widths[at]!), 0);
      expect(filter.bytes).toBe(expected);
    }
  });

  it('says when a block is damaged, and denies nothing of it', () => {
    const damaged = bytes.slice();
    for (let block = 0; block < 100; block++) damaged[block * FILTER_BLOCK_BYTES + 5]! ^= 4;
    const filter = new ResidentFilter(blocks);
    expect(filter.load(0, 15, filesOf(damaged), 0, 0)).toBe(false);
    expect(filter.load(1, 15, filesOf(damaged), 0, 0)).toBe(true);
    expect(affirmed(filter, blocks, members)).toBe(members.length);
  });
});

/** A run of so many blocks whose filter is empty. */
function runOf(blocks: number, fails = false): FilteredRun {
  const words = new Uint32Array(blocks * FILTER_BLOCK_WORDS);
  for (let at = 0; at < words.length; at += FILTER_BLOCK_WORDS) {
    words[at + FILTER_BLOCK_WORDS - 1] = blockChecksum(words, at, at / FILTER_BLOCK_WORDS);
  }
  const files = filesOf(new Uint8Array(words.buffer));
  const filter = new ResidentFilter(blocks);
  const layout = layoutOf({ entryCount: blocks * 40, filterBlocks: blocks });
  const loadFilter = (chunk: number, width: number) => {
    if (fails) throw new IdentityStoreError('read_failed');
    filter.load(chunk, width, files, 0, 0);
  };
  return { filter, layout, loadFilter };
}

/** Makes changes until there are none; returns how many. */
function settle(runs: readonly FilteredRun[], bytesMax: number): number {
  let changes = 0;
  const before = bytesOf(runs);
  while (allotFilterChunk(runs, bytesMax)) {
    changes++;
    expect(bytesOf(runs)).toBeLessThanOrEqual(Math.max(before, bytesMax));
  }
  return changes;
}

const widthsOf = (runs: readonly FilteredRun[]) => runs.map(({ filter }) => filter.widths[0]);

function bytesOf(runs: readonly FilteredRun[]): number {
  return runs.reduce((sum, { filter, layout }) => sum + filter.bytes + layout.fenceCount * 4, 0);
}

/** The reads that a new identity costs with such widths. */
function costOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + thinnedFalseShare(width), 0);
}

describe('the allotment of memory to filters', () => {
  it('gives all to all when there is room, and nothing when there is none', () => {
    const runs = [runOf(50_000), runOf(1000), runOf(10)];
    settle(runs, 4 * 2 ** 20);
    expect(widthsOf(runs)).toEqual([15, 15, 15]);
    settle(runs, 0);
    expect(widthsOf(runs)).toEqual([0, 0, 0]);
  });

  it('gives small runs all, and large ones equal shares of what is left', () => {
    const runs = [runOf(50_000), runOf(50_000), runOf(1000), runOf(10)];
    settle(runs, 4 * 2 ** 20);
    expect(widthsOf(runs)).toEqual([9, 9, 15, 15]);
  });

  it('plans what saves more reads than any other plan of its bytes', () => {
    const runs = [runOf(3000), runOf(2000), runOf(700)];
    const bytesMax = 150_000;
    const bytes = (widths: readonly number[]) =>
      runs.reduce((sum, { filter }, index) => sum + filter.bytesAt(widths[index]!), 0);
    const planned = planWidths(runs, bytesMax);
    expect(bytes(planned)).toBeLessThanOrEqual(bytesMax);
    let best = Number.POSITIVE_INFINITY;
    for (let a = 0; a <= 15; a++) {
      for (let b = 0; b <= 15; b++) {
        for (let c = 0; c <= 15; c++)
          if (bytes([a, b, c]) <= bytesMax) best = Math.min(best, costOf([a, b, c]));
      }
    }
    // Whole words leave a little room unused.
    expect(costOf(planned)).toBeLessThan(best * 1.1);
  });

  it('leaves a large run alone when a small one comes', () => {
    const runs = [runOf(100_000)];
    settle(runs, 3 * 2 ** 20);
    expect(widthsOf(runs)).toEqual([7]);
    runs.push(runOf(1000));
    // A plan from nothing would give the large one 6.
    expect(settle(runs, 3 * 2 ** 20)).toBe(1);
    expect(widthsOf(runs)).toEqual([7, 15]);
  });

  it('makes room when many come, and uses it when they are gone', () => {
    const large = runOf(100_000);
    settle([large], 3 * 2 ** 20);
    const many = [large, ...Array.from({ length: 20 }, () => runOf(1000))];
    settle(many, 3 * 2 ** 20);
    const [thin, ...rest] = widthsOf(many);
    expect(thin).toBeLessThan(7);
    expect(new Set(rest)).toEqual(new Set([15]));
    settle([large], 3 * 2 ** 20);
    expect(widthsOf([large])).toEqual([7]);
  });

  it('gives up on a filter that cannot be read', () => {
    const runs = [runOf(1000, true), runOf(1000)];
    settle(runs, 2 ** 20);
    expect(widthsOf(runs)).toEqual([0, 15]);
    expect(runs[0]!.filter.failed).toBe(true);
  });
});
