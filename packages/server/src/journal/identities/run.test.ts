import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PageCache } from './page-cache.ts';
import type { Run } from './run.ts';
import { ABSENT } from './run.ts';
import { RunSet } from './run-set.ts';
import { buildRun } from './run-writer.ts';
import { seededRandom, temporaryDirectories, unsyncedFiles } from './test-support.ts';

const newDirectory = temporaryDirectories();

type Entry = readonly [h0: number, h1: number, h2: number, fingerprint: number];

let reads = 0;
const files: typeof unsyncedFiles = {
  ...unsyncedFiles,
  read(file, bytes, position) {
    reads++;
    return unsyncedFiles.read(file, bytes, position);
  },
};

/** Writes entries as a run and opens it. */
function runOf(entries: readonly Entry[]): { run: Run; close: () => void } {
  const directory = join(newDirectory(), 'runs');
  mkdirSync(directory);
  const runSet = new RunSet({ directory, files, cachePages: 1 });
  const header = {
    firstArrivalMs: 1,
    lastArrivalMs: 2,
    firstSequence: 1,
    lastSequence: 1,
    highestBlock: 7,
    seed: Uint32Array.of(1, 2, 3, 4),
  };
  const sorted = entries.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  const discard = (path: string) => runSet.discard(path);
  const steps = buildRun(
    files,
    runSet.unfinishedPath(1, 1),
    header,
    entries.length,
    discard,
    function* (writer) {
      for (const entry of sorted) writer.append(...entry);
      yield;
    },
  );
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  runSet.install(step.value!, []);
  return { run: runSet.runs[0]!, close: () => runSet.close() };
}

const random = seededRandom(6);
const word = () => Math.floor(random() * 2 ** 32);
const top = 0xffff_ffff;

describe('a run', () => {
  it.each([1, 2, 254, 255, 256, 255 * 16, 255 * 16 + 1, 50_000])(
    'has each of %i entries, and no other',
    (count) => {
      const entries = Array.from({ length: count }, () => [word(), word(), word(), word()] as const);
      const { run, close } = runOf(entries);
      expect(run.header).toMatchObject({
        entryCount: count,
        highestBlock: 7,
        seed: Uint32Array.of(1, 2, 3, 4),
      });
      for (const [h0, h1, h2, fingerprint] of entries) expect(run.look(h0, h1, h2)).toBe(fingerprint);
      for (const [h0, h1, h2] of entries.slice(0, 1000)) {
        expect(run.look(h0, h1, (h2 ^ 1) >>> 0)).toBe(ABSENT);
        expect(run.look(h0, (h1 ^ 1) >>> 0, h2)).toBe(ABSENT);
        expect(run.look((h0 ^ 1) >>> 0, h1, h2)).toBe(ABSENT);
      }
      close();
    },
  );

  const shapes: [name: string, entry: (index: number) => Entry][] = [
    ['all begin alike', (index) => [7, index * 1000, 5, index]],
    ['all begin with nothing', (index) => [0, 0, index, index]],
    ['all begin with all', (index) => [top, top, top - index, index]],
    ['crowd at both ends', (index) => [index % 2 === 0 ? index : top - index, index, 1, index]],
    ['come in clumps', (index) => [Math.floor(index / 600) * 1_000_003, index, 1, index]],
    ['grow without measure', (index) => [Math.floor(2 ** (index / 313)), index, 1, index]],
  ];

  it.each(shapes)('finds hashes that are not uniform at all: %s', (_, shape) => {
    const entries = Array.from({ length: 10_000 }, (__, index) => shape(index));
    const { run, close } = runOf(entries);
    for (const [h0, h1, h2, fingerprint] of entries) expect(run.look(h0, h1, h2)).toBe(fingerprint);
    for (const [h0, h1, h2] of entries.slice(0, 500))
      expect(run.look(h0, h1, (h2 ^ 0x8000_0000) >>> 0)).toBe(ABSENT);
    close();
  });

  it('reads one page for an identity, seldom two', () => {
    const entries = Array.from({ length: 200_000 }, () => [word(), word(), word(), 0] as const);
    const { run, close } = runOf(entries);
    run.filter.widths.forEach((_, chunk) => run.loadFilter(chunk, 15));
    reads = 0;
    for (const [h0, h1, h2] of entries.slice(0, 20_000)) run.look(h0, h1, h2);
    expect(reads / 20_000).toBeLessThan(1.25);
    reads = 0;
    for (let asked = 0; asked < 20_000; asked++) run.look(word(), word(), word());
    expect(reads / 20_000).toBeLessThan(0.01);
    close();
  });
});

describe('the page cache', () => {
  it('gives a page only to the run that put it there', () => {
    const cache = new PageCache(4);
    const [one, other] = [{}, {}];
    const place = cache.placeOf(1, 9);
    expect(place).toBeGreaterThanOrEqual(0);
    expect(place).toBeLessThan(4);
    expect(cache.holds(place, one, 9)).toBe(false);
    cache.put(place, one, 9);
    expect([cache.holds(place, one, 9), cache.holds(place, other, 9), cache.holds(place, one, 8)]).toEqual([
      true,
      false,
      false,
    ]);
    cache.forget(one);
    expect(cache.holds(place, one, 9)).toBe(false);
  });
});
