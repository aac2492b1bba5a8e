import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENTRY_WORDS } from './entry.ts';
import type { LedgerIdentity } from './rebuild.ts';
import { layoutOf, PAGE_BYTES } from './run-format.ts';
import {
  checkTexts,
  DAY_MS,
  Journal,
  seededRandom,
  smallOptions,
  temporaryDirectories,
  unsyncedFiles,
} from './test-support.ts';

const newDirectory = temporaryDirectories();
const RUNS = 3;
const ENTRIES = 1200;

interface World {
  readonly directory: string;
  readonly journal: Journal;
  readonly rows: readonly LedgerIdentity[];
  readonly runFiles: readonly string[];
}

/** A store of three runs of 1,200 identities, closed, and its rows as the ledger has them. */
function sealedWorld(): World {
  const directory = newDirectory();
  const options = { tableEntriesMax: 2048, files: unsyncedFiles };
  const journal = new Journal(smallOptions(directory, options));
  const rows: LedgerIdentity[] = [];
  for (let run = 0; run < RUNS; run++) {
    const arrivalMs = run * 2 * DAY_MS;
    const ids = Array.from({ length: ENTRIES }, (_, index) => `x-${run}-${index}`);
    journal.accept(arrivalMs, ...ids.map((id) => `t/${id}=${run}`));
    for (const id of ids) rows.push({ tenant: 't', id, fingerprint: run, arrivalMs });
    journal.seal();
  }
  journal.store.close();
  const runFiles = readdirSync(directory)
    .filter((name) => name.endsWith('.ids'))
    .toSorted();
  return { directory, journal, rows, runFiles };
}

/** How many of the rows the store answers in which way. */
function tally(journal: Journal, rows: readonly LedgerIdentity[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let start = 0; start < rows.length; start += 100) {
    const texts = rows.slice(start, start + 100).map(({ id, fingerprint }) => `t/${id}=${fingerprint}`);
    for (const answer of checkTexts(journal.store, 5 * DAY_MS, ...texts))
      counts[answer] = (counts[answer] ?? 0) + 1;
    journal.store.rollback();
  }
  return counts;
}

/** Runs a rebuild to its end. */
function rebuild(journal: Journal, rows: Iterable<LedgerIdentity>) {
  const steps = journal.store.rebuild(rows);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function flipBit(path: string, byte: number, bit: number): void {
  const bytes = readFileSync(path);
  bytes[byte]! ^= 1 << bit;
  writeFileSync(path, bytes);
}

function quarantinedFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.quarantined'));
}

const layout = layoutOf({ entryCount: ENTRIES, filterBlocks: 30 });
/** Where a byte of each part is, and how many identities are out of reach when it is damaged. */
const places: [part: string, byte: number, lost: number][] = [
  ['header', 20, 0],
  ['filter', layout.filterAt + 30, 0],
  ['entries', layout.entriesAt + PAGE_BYTES + 100, 255],
  ['entries', layout.entriesAt + 4 * PAGE_BYTES + PAGE_BYTES - 1, ENTRIES - 4 * 255],
  ['fences', layout.fencesAt + 1, 0],
  ['footer', layout.footerAt + 9, 0],
];

describe('a damaged run', () => {
  it.each(places)(
    'is set aside, named and still asked: a flipped bit in the %s at %i',
    (part, byte, lost) => {
      const { directory, journal, rows, runFiles } = sealedWorld();
      flipBit(join(directory, runFiles[1]!), byte, 3);
      journal.reopen();
      expect(tally(journal, rows)).toEqual(
        lost > 0 ? { new: lost, duplicate: rows.length - lost } : { duplicate: rows.length },
      );
      const status = journal.store.status();
      const name = `${runFiles[1]}.quarantined`;
      expect(status.quarantined).toEqual([{ name, part, consulted: true, entries: ENTRIES }]);
      expect(status.uncertain).toBe(lost);
      expect(quarantinedFiles(directory)).toEqual([name]);
      journal.store.close();
      journal.reopen();
      expect(journal.store.status().quarantined).toMatchObject([{ name, consulted: true }]);
      journal.store.close();
    },
  );

  it.each(places)(
    'is repaired at once if nothing is lost: a flipped bit in the %s at %i',
    (_, byte, lost) => {
      const { directory, journal, rows, runFiles } = sealedWorld();
      flipBit(join(directory, runFiles[1]!), byte, 5);
      journal.reopen();
      tally(journal, rows);
      expect(journal.store.maintain(Number.POSITIVE_INFINITY)).toBe(true);
      expect(journal.store.status()).toMatchObject({ repaired: lost > 0 ? 0 : 1, runs: RUNS });
      expect(quarantinedFiles(directory).length).toBe(lost > 0 ? 1 : 0);
      expect(tally(journal, rows)['duplicate']).toBe(rows.length - lost);
      journal.store.close();
    },
  );

  it.each(places)('is made whole from the ledger: a flipped bit in the %s at %i', (_, byte, lost) => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    flipBit(join(directory, runFiles[1]!), byte, 5);
    journal.reopen();
    expect(rebuild(journal, rows)).toEqual({ rows: rows.length, added: lost, lost });
    expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
    expect(quarantinedFiles(directory)).toEqual([]);
    journal.store.close();
    journal.reopen();
    expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
    expect(journal.store.status()).toMatchObject({ quarantined: [], sealedEntries: rows.length });
    journal.store.close();
  });

  it('is asked for what is left when it is cut short anywhere', () => {
    for (const size of [
      layout.totalBytes - 1,
      layout.footerAt,
      layout.fencesAt,
      layout.entriesAt + 2 * PAGE_BYTES + 9,
      4096,
    ]) {
      const { directory, journal, rows, runFiles } = sealedWorld();
      truncateSync(join(directory, runFiles[1]!), size);
      journal.reopen();
      const whole = Math.max(
        0,
        Math.min(layout.entryPages, Math.floor((size - layout.entriesAt) / PAGE_BYTES)),
      );
      const left = Math.min(ENTRIES, whole * 255);
      expect(tally(journal, rows)['duplicate']).toBe((RUNS - 1) * ENTRIES + left);
      expect(journal.store.status().quarantined).toMatchObject([{ part: 'size', consulted: true }]);
      expect(rebuild(journal, rows)).toMatchObject({ added: ENTRIES - left });
      expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
      journal.store.close();
    }
  });

  it('is set aside unasked when nothing of it can be read, and replaced from the ledger', () => {
    // Without the whole of the header's checksum: its last byte alone may happen to be the zero that is read for it.
    for (const size of [0, 100, 4092]) {
      const { directory, journal, rows, runFiles } = sealedWorld();
      truncateSync(join(directory, runFiles[1]!), size);
      journal.reopen();
      const name = `${runFiles[1]}.quarantined`;
      const quarantined = [{ name, part: 'header', consulted: false, entries: 0 }];
      expect(journal.store.status()).toMatchObject({ quarantined, runs: 2 });
      expect(tally(journal, rows)).toEqual({ duplicate: 2 * ENTRIES, new: ENTRIES });
      journal.store.close();
      journal.reopen();
      expect(journal.store.status().quarantined).toEqual(quarantined);
      expect(rebuild(journal, rows)).toEqual({ rows: rows.length, added: ENTRIES, lost: 0 });
      expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
      expect(journal.store.status().quarantined).toEqual([]);
      journal.store.close();
    }
  });

  it('is never merged away', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    truncateSync(join(directory, runFiles[1]!), 10);
    journal.reopen();
    journal.accept(60 * DAY_MS, 't/late=1');
    journal.seal();
    journal.store.maintain(Number.POSITIVE_INFINITY);
    journal.store.close();
    journal.reopen();
    expect(quarantinedFiles(directory)).toEqual([`${runFiles[1]}.quarantined`]);
    expect(journal.store.status().quarantined.length).toBe(1);
    rebuild(journal, rows);
    journal.store.maintain(Number.POSITIVE_INFINITY);
    expect(journal.store.status()).toMatchObject({
      runs: 3,
      sealedEntries: rows.length + 1,
      quarantined: [],
    });
    journal.store.close();
  });

  it('is never merged away even if it cannot be renamed', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    truncateSync(join(directory, runFiles[1]!), 10);
    const rename = (from: string, to: string) => {
      if (to.endsWith('.quarantined')) throw new Error('EROFS');
      unsyncedFiles.rename(from, to);
    };
    journal.reopen({ files: { ...unsyncedFiles, rename } });
    journal.accept(60 * DAY_MS, 't/late=1');
    journal.seal();
    journal.store.maintain(Number.POSITIVE_INFINITY);
    journal.store.close();
    journal.reopen();
    expect(journal.store.status().quarantined).toMatchObject([{ name: `${runFiles[1]}.quarantined` }]);
    expect(rebuild(journal, rows)).toMatchObject({ added: ENTRIES });
    journal.store.close();
  });

  it('is noticed when a page is in the place of another', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    const path = join(directory, runFiles[1]!);
    const bytes = readFileSync(path);
    bytes.copyWithin(
      layout.entriesAt + PAGE_BYTES,
      layout.entriesAt + 2 * PAGE_BYTES,
      layout.entriesAt + 3 * PAGE_BYTES,
    );
    writeFileSync(path, bytes);
    journal.reopen();
    expect(tally(journal, rows)).toEqual({ new: 255, duplicate: rows.length - 255 });
    expect(journal.store.status().quarantined).toMatchObject([{ part: 'entries' }]);
    journal.store.close();
  });

  it('ends a merge that meets it, and the others are merged', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    flipBit(join(directory, runFiles[1]!), layout.entriesAt + 50, 0);
    journal.reopen();
    journal.accept(60 * DAY_MS, 't/late=1');
    journal.seal();
    journal.store.maintain(Number.POSITIVE_INFINITY);
    const { quarantined } = journal.store.status();
    expect(quarantined).toMatchObject([{ part: 'entries', consulted: true, entries: ENTRIES }]);
    expect(readdirSync(directory).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
    rebuild(journal, rows);
    journal.store.maintain(Number.POSITIVE_INFINITY);
    expect(journal.store.status()).toMatchObject({
      runs: 3,
      sealedEntries: rows.length + 1,
      quarantined: [],
    });
    journal.store.close();
  });

  it('is noticed wherever a bit flips, and answers no conflict that is not there', () => {
    const random = seededRandom(7);
    const { directory, journal, rows, runFiles } = sealedWorld();
    const path = join(directory, runFiles[1]!);
    const sound = readFileSync(path);
    for (let trial = 0; trial < 60; trial++) {
      const byte = Math.floor(random() * sound.length);
      flipBit(path, byte, Math.floor(random() * 8));
      journal.reopen();
      const counts = tally(journal, rows);
      const status = journal.store.status();
      expect(Object.keys(counts).filter((answer) => !['duplicate', 'new'].includes(answer))).toEqual([]);
      expect(counts['new'] ?? 0).toBe(status.uncertain);
      const filling = byte >= layout.filterAt + 30 * 64 && byte < layout.entriesAt;
      expect(status.quarantined.length).toBe(filling ? 0 : 1);
      journal.store.close();
      rmSync(`${path}.quarantined`, { force: true });
      writeFileSync(path, sound);
    }
  });
});

describe('verification', () => {
  it.each(places)('finds damage that nobody has asked for: a flipped bit in the %s at %i', (part, byte) => {
    const { directory, journal, runFiles } = sealedWorld();
    // With the filters on disk, opening the store does not read them.
    const options = { tableEntriesMax: 65_536 };
    journal.reopen(options);
    for (const _ of journal.store.verify()) expect(journal.store.status().quarantined).toEqual([]);
    journal.store.close();
    flipBit(join(directory, runFiles[2]!), byte, 1);
    journal.reopen(options);
    let steps = 0;
    for (const _ of journal.store.verify()) steps++;
    expect(steps).toBeGreaterThanOrEqual(RUNS * 2);
    expect(journal.store.status().quarantined).toMatchObject([{ name: `${runFiles[2]}.quarantined`, part }]);
    journal.store.close();
  });
});

describe('the seed of a directory', () => {
  it('is found in the runs when its file is lost or damaged', () => {
    const { directory, journal, rows } = sealedWorld();
    const path = join(directory, 'identity.seed');
    const seed = readFileSync(path);
    for (const damage of [() => rmSync(path), () => flipBit(path, 3, 1), () => truncateSync(path, 7)]) {
      damage();
      journal.reopen();
      expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
      journal.store.close();
      expect(readFileSync(path)).toEqual(seed);
    }
  });

  it('sets runs of another directory aside', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    const other = sealedWorld();
    writeFileSync(join(directory, runFiles[1]!), readFileSync(join(other.directory, runFiles[1]!)));
    journal.reopen();
    expect(journal.store.status().quarantined).toEqual([
      { name: `${runFiles[1]}.quarantined`, part: 'seed', consulted: false, entries: ENTRIES },
    ]);
    expect(rebuild(journal, rows)).toMatchObject({ added: ENTRIES });
    expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
    journal.store.close();
  });
});

describe('a rebuild', () => {
  it('that is broken off after it has written a run anew still knows that something is missing', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    flipBit(join(directory, runFiles[1]!), layout.entriesAt + 50, 0);
    journal.reopen();
    const steps = journal.store.rebuild(rows);
    for (let report = steps.next(); report.done !== true && report.value.rows === 0; ) report = steps.next();
    const lost = [
      { name: `${runFiles[1]}.quarantined`, part: 'entries', consulted: false, entries: ENTRIES },
    ];
    expect(journal.store.status()).toMatchObject({ quarantined: lost, sealedEntries: rows.length - 255 });
    steps.return({ rows: 0, added: 0, lost: 0 });
    journal.accept(60 * DAY_MS, 't/late=1');
    journal.seal();
    // The runs are merged, which must not pass the damaged file off as replaced.
    journal.store.maintain(Number.POSITIVE_INFINITY);
    expect(journal.store.status().runs).toBe(2);
    journal.store.close();
    journal.reopen();
    expect(journal.store.status().quarantined).toEqual(lost);
    expect(rebuild(journal, rows)).toEqual({ rows: rows.length, added: 255, lost: 0 });
    expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
    expect(journal.store.status().quarantined).toEqual([]);
    expect(quarantinedFiles(directory)).toEqual([]);
    journal.store.close();
  });

  it('refuses to be one of two', () => {
    const { journal, rows } = sealedWorld();
    journal.reopen();
    const steps = journal.store.rebuild(rows);
    steps.next();
    expect(() => journal.store.rebuild(rows).next()).toThrow(RangeError);
    steps.return({ rows: 0, added: 0, lost: 0 });
    expect(rebuild(journal, rows).added).toBe(0);
    journal.store.close();
  });

  it('can be broken off at any step and begun again', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    truncateSync(join(directory, runFiles[0]!), 10);
    flipBit(join(directory, runFiles[2]!), layout.entriesAt + 50, 0);
    for (let length = 1; ; length = Math.ceil(length * 1.3)) {
      journal.reopen();
      const steps = journal.store.rebuild(rows);
      let done = false;
      for (let step = 0; step < length && !done; step++) done = steps.next().done === true;
      if (done) break;
      if (length % 2 === 0) steps.return({ rows: 0, added: 0, lost: 0 });
      expect(journal.store.status().quarantined.length).toBeGreaterThan(0);
      journal.store.close();
    }
    expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
    expect(journal.store.status()).toMatchObject({ quarantined: [], sealedEntries: rows.length });
    journal.store.close();
  });

  it('lets events be taken in meanwhile, also those that it adds itself', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    truncateSync(join(directory, runFiles[0]!), 10);
    journal.reopen();
    const steps = journal.store.rebuild(rows);
    let taken = 0;
    let report = steps.next();
    while (report.done !== true) {
      // One that is not rebuilt yet is accepted here, and must not be added once more.
      const answers = journal.accept(5 * DAY_MS, `t/x-0-${ENTRIES - 1 - taken}=0`, `t/y-${taken}=9`);
      expect(answers[1]).toBe('new');
      taken++;
      journal.store.maintain(1);
      if (journal.store.sealable()) journal.seal();
      report = steps.next();
    }
    expect(taken).toBeGreaterThan(10);
    journal.seal();
    const { sealedEntries, unsealedEntries } = journal.store.status();
    expect(sealedEntries + unsealedEntries).toBe(rows.length + taken);
    expect(tally(journal, rows)).toEqual({ duplicate: rows.length });
    journal.store.close();
  });

  it('keeps the arrival of each row', () => {
    const { directory, journal, rows, runFiles } = sealedWorld();
    for (const name of runFiles) truncateSync(join(directory, name), 10);
    journal.reopen();
    rebuild(journal, rows);
    const ask = (nowDay: number) =>
      checkTexts(journal.store, nowDay * DAY_MS, 't/x-0-0=0', 't/x-1-0=1', 't/x-2-0=2').map((answer) =>
        answer.startsWith('stale'),
      );
    expect(ask(7)).toEqual([false, false, false]);
    expect(ask(7.1)).toEqual([true, false, false]);
    expect(ask(9.1)).toEqual([true, true, false]);
    expect(ask(11.1)).toEqual([true, true, true]);
    journal.store.close();
  });

  it('writes the same hashes as arrived', () => {
    const { journal, rows } = sealedWorld();
    journal.reopen();
    expect(rebuild(journal, rows)).toEqual({ rows: rows.length, added: 0, lost: 0 });
    expect(journal.store.stagedEntries().length / ENTRY_WORDS).toBe(0);
    journal.store.close();
  });
});
