import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { IdentityFiles } from './file-system.ts';
import { nodeFiles } from './file-system.ts';
import { checkTexts, DAY_MS, Journal, smallOptions, temporaryDirectories } from './test-support.ts';

const newDirectory = temporaryDirectories();

type Operation = keyof IdentityFiles;

const writingOperations: readonly Operation[] = [
  'makeDirectory',
  'openToWrite',
  'write',
  'sync',
  'close',
  'rename',
  'syncDirectory',
  'remove',
  'truncate',
];

class Failure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The real files, of which chosen operations fail. */
function failing(fails: (operation: Operation) => string | null, halfWrites = false): IdentityFiles {
  const wrapped = Object.entries(nodeFiles).map(([name, work]) => [
    name,
    (...parameters: unknown[]) => {
      const code = fails(name as Operation);
      if (code === null) return (work as (...all: unknown[]) => unknown)(...parameters);
      if (halfWrites && name === 'write') {
        const [file, bytes, position] = parameters as [number, Uint8Array, number];
        nodeFiles.write(file, bytes.subarray(0, bytes.length >> 1), position);
      }
      throw new Failure(code);
    },
  ]);
  return Object.fromEntries(wrapped) as IdentityFiles;
}

/** Four days of four blocks, sealed, merged and, at the end, expired in part. */
function live(journal: Journal, accepted: Set<string>): void {
  for (let block = 0; block < 16; block++) {
    const texts = Array.from({ length: 20 }, (_, index) => `t/x-${block}-${index}=${block}`);
    const nowMs = (block * DAY_MS) / 4;
    journal.accept(nowMs, ...texts);
    for (const text of texts) accepted.add(text);
    if (block % 2 === 1) {
      while (journal.store.sealable()) journal.seal(0);
      journal.seal();
      journal.store.maintain(Number.POSITIVE_INFINITY);
    }
  }
  journal.store.expireBefore(DAY_MS / 3);
}

/** What work throws; fails if it throws nothing. */
function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Operations that opening a new directory takes. */
const OPENING = 7;

function expectAll(journal: Journal, accepted: Set<string>): void {
  // The first two blocks may be expired.
  const kept = [...accepted].filter((text) => !/x-[01]-/.test(text));
  const answers = checkTexts(journal.store, 4 * DAY_MS, ...kept);
  expect(answers.filter((answer) => answer !== 'duplicate')).toEqual([]);
  journal.store.rollback();
  expect(checkTexts(journal.store, 4 * DAY_MS, 'other/x-2-0')).toEqual(['new']);
  journal.store.rollback();
  const status = journal.store.status();
  expect(status).toMatchObject({ quarantined: [], uncertain: 0 });
  // Nothing is there twice: neither merged and unmerged, nor sealed and restored.
  expect(status.sealedEntries + status.unsealedEntries).toBeLessThanOrEqual(accepted.size);
}

/** The number of writing operations of a run without faults. */
function countOperations(): number {
  let count = 0;
  const files = failing((operation) => {
    if (writingOperations.includes(operation)) count++;
    return null;
  });
  const journal = new Journal(smallOptions(newDirectory(), { files, elapsedMs: steps() }));
  live(journal, new Set());
  const total = count;
  journal.store.close();
  return total;
}

function steps(): () => number {
  let count = 0;
  return () => count++;
}

describe('the identity store and a process that dies', () => {
  it('has all or nothing of each step, whichever operation was the last', () => {
    const total = countOperations();
    expect(total).toBeGreaterThan(100);
    for (let last = 1; last <= total; last++) {
      const directory = newDirectory();
      const accepted = new Set<string>();
      let count = 0;
      const dead = (operation: Operation) => {
        if (writingOperations.includes(operation)) count++;
        return count >= last ? 'EIO' : null;
      };
      const options = smallOptions(directory, { elapsedMs: steps() });
      let journal: Journal | null = null;
      try {
        journal = new Journal({ ...options, files: failing(dead, last % 2 === 0) });
        live(journal, accepted);
      } catch {
        // What the dying process would have said, nobody hears.
      }
      if (journal === null) {
        journal = new Journal(options);
      } else {
        journal.reopen({ files: nodeFiles });
      }
      expectAll(journal, accepted);
      expect(readdirSync(directory).filter((name) => !/^(identity\.seed|run-.*\.ids)$/.test(name))).toEqual(
        [],
      );
      journal.store.maintain(Number.POSITIVE_INFINITY);
      journal.seal();
      journal.reopen({ files: nodeFiles });
      expectAll(journal, accepted);
      journal.store.close();
    }
  }, 60_000);
});

describe('the identity store and a disk that fails once', () => {
  it.each([
    ['ENOSPC', 'disk_full'],
    ['EDQUOT', 'disk_full'],
    ['EIO', 'write_failed'],
  ])(
    'says so on %s, and goes on afterwards',
    (code, expected) => {
      const total = countOperations();
      const said: unknown[] = [];
      for (let failed = OPENING + 1; failed <= total; failed += 3) {
        let count = 0;
        const once = (operation: Operation) => {
          if (!writingOperations.includes(operation)) return null;
          return ++count === failed ? code : null;
        };
        const files = failing(once, failed % 2 === 0);
        const journal = new Journal(smallOptions(newDirectory(), { files, elapsedMs: steps() }));
        const accepted = new Set<string>();
        try {
          live(journal, accepted);
        } catch (error) {
          said.push(error);
        }
        // What was accepted is known before anything is tried again, and after.
        expectAll(journal, accepted);
        journal.accept(4 * DAY_MS, 'late/1=1');
        accepted.add('late/1=1');
        journal.seal();
        journal.store.maintain(Number.POSITIVE_INFINITY);
        journal.store.close();
        journal.reopen();
        expectAll(journal, accepted);
        journal.store.close();
      }
      expect(said.length).toBeGreaterThan(20);
      for (const error of said) {
        expect(error).toMatchObject({ name: 'IdentityStoreError', code: expected, cause: { code } });
      }
    },
    60_000,
  );

  it('says so when a directory cannot be begun, and begins it the next time', () => {
    for (let failed = 1; failed <= OPENING; failed++) {
      let count = 0;
      const once = (operation: Operation) =>
        writingOperations.includes(operation) && ++count === failed ? 'EIO' : null;
      const options = smallOptions(newDirectory(), { files: failing(once) });
      expect(() => new Journal(options)).toThrow(expect.objectContaining({ code: 'write_failed' }));
      const journal = new Journal(options);
      journal.accept(0, 't/1=1');
      journal.seal();
      journal.reopen();
      expect(checkTexts(journal.store, 0, 't/1=1')).toEqual(['duplicate']);
      journal.store.close();
    }
  });

  it('keeps what it cannot seal, while the disk stays full, until the tables are', () => {
    let full = false;
    const files = failing((operation) => (full && operation === 'write' ? 'ENOSPC' : null));
    const journal = new Journal(smallOptions(newDirectory(), { files }));
    full = true;
    const texts: string[] = [];
    const failures: unknown[] = [];
    const refusal = thrownBy(() => {
      for (let block = 0; ; block++) {
        const text = Array.from({ length: 10 }, (_, index) => `t/${block}-${index}=1`);
        journal.accept(0, ...text);
        texts.push(...text);
        if (journal.store.sealable()) failures.push(thrownBy(() => journal.seal()));
      }
    });
    expect(refusal).toMatchObject({ code: 'memory_full' });
    expect(failures.length).toBeGreaterThan(3);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'disk_full' });
    expect(texts.length).toBeGreaterThan(100);
    expect(new Set(checkTexts(journal.store, 0, ...texts.slice(0, 4)))).toEqual(new Set(['duplicate']));
    journal.reopen({ files: nodeFiles });
    for (const text of texts) expect(checkTexts(journal.store, 0, text)).toEqual(['duplicate']);
    journal.store.close();
  });

  it('starts while the disk is full, with all that its tables can hold', () => {
    const directory = newDirectory();
    const journal = new Journal(smallOptions(directory));
    for (let block = 0; block < 8; block++) {
      // Three blocks of 16 are due to be sealed, so the frozen table has 48 and the other one 64.
      thrownBy(() => {
        for (;;)
          journal.accept(
            0,
            ...Array.from({ length: 16 }, (_, index) => `t/${journal.blocks.length}-${index}=1`),
          );
      });
    }
    expect(journal.store.status().unsealedEntries).toBe(112);
    const files = failing((operation) => (operation === 'write' ? 'ENOSPC' : null));
    journal.reopen({ files });
    expect(journal.store.status().unsealedEntries).toBe(112);
    expect(thrownBy(() => journal.seal())).toMatchObject({ code: 'disk_full' });
    expect(checkTexts(journal.store, 0, 't/0-0=1', 't/6-15=1')).toEqual(['duplicate', 'duplicate']);
    journal.reopen();
    journal.seal();
    journal.seal();
    expect(journal.store.status()).toMatchObject({ sealedEntries: 112, unsealedEntries: 0 });
    journal.store.close();
  });

  it('refuses a block whole when a run cannot be read', () => {
    let broken = false;
    const files = failing((operation) => (broken && operation === 'read' ? 'EIO' : null));
    const journal = new Journal(smallOptions(newDirectory(), { files }));
    journal.accept(0, 't/1=1', 't/2=1');
    journal.seal();
    broken = true;
    const ask = () => checkTexts(journal.store, 0, 't/3=1', 't/1=1');
    expect(ask).toThrow(expect.objectContaining({ name: 'IdentityStoreError', code: 'read_failed' }));
    expect(journal.store.staged).toBe(0);
    expect(journal.store.status().quarantined).toEqual([]);
    broken = false;
    expect(ask()).toEqual(['new', 'duplicate']);
    journal.store.close();
  });

  it('opens and answers from disk when filters cannot be brought into memory', () => {
    const directory = newDirectory();
    const journal = new Journal(smallOptions(directory));
    journal.accept(0, 't/1=1', 't/2=1');
    journal.seal();
    journal.store.close();
    let reads = 0;
    // The fifth read is the first of the filter: the seed and the run's header, footer and fences come before.
    const files = failing((operation) => (operation === 'read' && ++reads === 5 ? 'EIO' : null));
    journal.reopen({ files });
    const before = journal.store.status().memoryBytes;
    expect(checkTexts(journal.store, 0, 't/1=1', 't/3=1')).toEqual(['duplicate', 'new']);
    journal.store.close();
    journal.reopen();
    expect(journal.store.status().memoryBytes).toBeGreaterThan(before);
    journal.store.close();
  });
});
