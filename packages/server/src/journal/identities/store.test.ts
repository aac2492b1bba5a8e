import { describe, expect, it } from 'vitest';
import {
  checkTexts as check,
  DAY_MS,
  entriesOf,
  Journal,
  seededRandom,
  smallOptions,
  temporaryDirectories,
  unsyncedFiles,
} from './test-support.ts';
import { openIdentityStore } from './store.ts';

const newDirectory = temporaryDirectories();

function ids(start: number): string[] {
  return Array.from({ length: 16 }, (_, index) => `t/${start + index}=1`);
}

describe('the identity store', () => {
  it('knows what it has accepted, also within a block', () => {
    const store = openIdentityStore(smallOptions(newDirectory()));
    expect(check(store, 0, 'a/1=7', 'b/1=7', 'a/1=7', 'a/1=8')).toEqual([
      'new',
      'new',
      'duplicate',
      'conflict',
    ]);
    store.commit(1);
    expect(check(store, 1, 'a/1=7', 'b/1=9', 'a/2=7')).toEqual(['duplicate', 'conflict', 'new']);
    store.close();
  });

  it('forgets what was rolled back, in whole or from a point on', () => {
    const store = openIdentityStore(smallOptions(newDirectory()));
    check(store, 0, 'a/1=7');
    const before = store.staged;
    check(store, 0, 'a/2=7', 'a/3=7');
    store.rollback(before);
    expect(store.stagedEntries()).toEqual(entriesOf(store, 'a/1=7'));
    store.commit(1);
    expect(check(store, 0, 'a/1=7', 'a/2=7', 'a/3=7')).toEqual(['duplicate', 'new', 'new']);
    store.rollback();
    expect(store.staged).toBe(0);
    expect(check(store, 0, 'a/3=1', 'a/2=1')).toEqual(['new', 'new']);
    store.close();
  });

  it('tells what is stale, before and after sealing and a restart', () => {
    const options = smallOptions(newDirectory());
    const store = openIdentityStore(options);
    check(store, 5, 'a/1=7');
    store.commit(1);
    const inWindow = 5 + 7 * DAY_MS;
    expect(check(store, inWindow, 'a/1=7', 'a/1=8')).toEqual(['duplicate', 'conflict']);
    expect(check(store, inWindow + 1, 'a/1=7', 'a/1=8')).toEqual(['stale-duplicate', 'stale-conflict']);
    expect(store.sealable()).toBe(false);
    check(store, inWindow, 'a/2=7');
    // A week later is another partition, so the table of the first one is closed.
    expect(store.sealable()).toBe(true);
    store.rollback();
    expect(store.seal()).toEqual({ sealedBlock: 1 });
    expect(store.sealable()).toBe(false);
    expect(check(store, inWindow + 1, 'a/1=7', 'a/1=8')).toEqual(['stale-duplicate', 'stale-conflict']);
    store.close();
    const again = openIdentityStore(options);
    expect(check(again, inWindow, 'a/1=7', 'a/1=8')).toEqual(['duplicate', 'conflict']);
    expect(check(again, inWindow + 1, 'a/1=7', 'a/1=8')).toEqual(['stale-duplicate', 'stale-conflict']);
    again.close();
  });

  it('takes back what was not sealed, and only that', () => {
    const options = smallOptions(newDirectory());
    const store = openIdentityStore(options);
    check(store, 0, 'a/1=7');
    store.commit(1);
    store.seal();
    check(store, 0, 'a/2=7');
    store.commit(2);
    const [first, second] = [entriesOf(store, 'a/1=7'), entriesOf(store, 'a/2=7')];
    store.close();
    const again = openIdentityStore(options);
    expect(again.sealedBlock).toBe(1);
    expect(again.restore(first, 0, 1)).toBe(false);
    expect(again.restore(second, 0, 2)).toBe(true);
    expect(again.status()).toMatchObject({ runs: 1, sealedEntries: 1, unsealedEntries: 1 });
    expect(check(again, 0, 'a/1=7', 'a/2=7', 'a/3=7')).toEqual(['duplicate', 'duplicate', 'new']);
    again.close();
  });

  it('finds each of 100,000 in many runs, and nothing else', () => {
    const options = smallOptions(newDirectory(), { tableEntriesMax: 8192, files: unsyncedFiles });
    let store = openIdentityStore(options);
    for (let block = 0; block < 100; block++) {
      const texts = Array.from({ length: 1000 }, (_, index) => `t/x-${block * 1000 + index}=${block}`);
      expect(new Set(check(store, block, ...texts))).toEqual(new Set(['new']));
      store.commit(block);
      if (store.sealable()) store.seal();
    }
    store.seal();
    store.close();
    store = openIdentityStore(options);
    expect(store.status()).toMatchObject({
      sealedEntries: 100_000,
      unsealedEntries: 0,
      uncertain: 0,
      quarantined: [],
    });
    expect(store.sealedBlock).toBe(99);
    for (let block = 0; block < 100; block++) {
      const texts = Array.from({ length: 1000 }, (_, index) => `t/x-${block * 1000 + index}=${block}`);
      expect(new Set(check(store, 200, ...texts))).toEqual(new Set(['duplicate']));
      const others = texts.map((id) => id.replace('x', 'y'));
      expect(new Set(check(store, 200, ...others))).toEqual(new Set(['new']));
      store.rollback();
    }
    store.close();
  });

  it('refuses more than the tables hold until one is sealed', () => {
    const store = openIdentityStore(smallOptions(newDirectory()));
    let block = 0;
    const fill = () => {
      for (; block < 100; block++) {
        check(store, 0, ...ids(block * 16));
        store.commit(block);
      }
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'memory_full' }));
    // Three blocks of 16 make a table of 64 due; the second takes four.
    expect(block).toBe(7);
    expect(store.seal()).toEqual({ sealedBlock: 2 });
    check(store, 0, ...ids(block * 16));
    store.commit(block);
    expect(check(store, 0, ...ids(0), ...ids(96))).toEqual(Array.from({ length: 32 }, () => 'duplicate'));
    store.close();
  });

  it('removes runs that are past their time, and does not bring them back by a merge', () => {
    let steps = 0;
    const options = { tableEntriesMax: 4096, elapsedMs: () => steps++ };
    const journal = new Journal(smallOptions(newDirectory(), options));
    for (const nowMs of [0, 1, 2]) {
      // Enough for a merge to take several steps.
      journal.accept(nowMs, ...Array.from({ length: 1500 }, (_, index) => `t/${nowMs}-${index}=1`));
      journal.seal();
    }
    expect(journal.store.status().runs).toBe(3);
    expect(journal.store.maintain(0)).toBe(false);
    expect(journal.store.expireBefore(2)).toBe(2);
    expect(journal.store.maintain(Number.POSITIVE_INFINITY)).toBe(true);
    expect(journal.store.status()).toMatchObject({ runs: 1, sealedEntries: 1500 });
    expect(check(journal.store, 3, 't/0-7=1', 't/1-7=1', 't/2-7=1')).toEqual(['new', 'new', 'duplicate']);
    journal.store.rollback();
    journal.reopen();
    expect(journal.store.status()).toMatchObject({ runs: 1, sealedEntries: 1500 });
    journal.store.close();
  });

  it('answers for what it knows even when it has no room for more', () => {
    const store = openIdentityStore(smallOptions(newDirectory()));
    for (let block = 0; block < 7; block++) {
      check(store, 0, ...ids(block * 16));
      store.commit(block);
    }
    expect(() => check(store, 0, ...ids(0), ...ids(112))).toThrow(
      expect.objectContaining({ code: 'memory_full' }),
    );
    expect(store.staged).toBe(0);
    expect(new Set(check(store, 0, ...ids(0), ...ids(96)))).toEqual(new Set(['duplicate']));
    store.close();
  });

  it('refuses what the caller cannot mean', () => {
    const store = openIdentityStore(smallOptions(newDirectory()));
    expect(() => check(store, Number.NaN, 't/1=1')).toThrow(RangeError);
    check(store, 0, 't/1=1');
    store.commit(5);
    expect(() => store.commit(5)).toThrow(RangeError);
    expect(() => store.restore(new Uint32Array(0), 0, 4)).toThrow(RangeError);
    expect(() => openIdentityStore(smallOptions(newDirectory(), { tableEntriesMax: 100 }))).toThrow(
      RangeError,
    );
    expect(() => openIdentityStore(smallOptions(newDirectory(), { memoryBytesMax: 2 ** 20 }))).toThrow(
      RangeError,
    );
    store.close();
  });

  it.each([
    [4, 200],
    [16, 1000],
    [96, 2000],
  ])('keeps within %i MiB, whatever there is on disk', (mebibytes, blocks) => {
    const memoryBytesMax = mebibytes * 2 ** 20;
    const options = { directory: newDirectory(), windowMs: DAY_MS, memoryBytesMax, files: unsyncedFiles };
    const store = openIdentityStore(options);
    const random = seededRandom(mebibytes);
    const entries = new Uint32Array(4000);
    for (let block = 0; block < blocks; block++) {
      for (let word = 0; word < entries.length; word++) entries[word] = random() * 2 ** 32;
      store.check(entries, block * 1000);
      store.commit(block);
      if (store.sealable()) store.seal();
      expect(store.status().memoryBytes).toBeLessThanOrEqual(memoryBytesMax);
    }
    store.seal();
    store.maintain(Number.POSITIVE_INFINITY);
    expect(store.status().memoryBytes).toBeLessThanOrEqual(memoryBytesMax);
    expect(store.status().sealedEntries).toBe(blocks * 1000);
    store.close();
  });

  it('merges before it seals when it has many runs', () => {
    const journal = new Journal(smallOptions(newDirectory(), { files: unsyncedFiles }));
    let most = 0;
    for (let block = 0; block < 600; block++) {
      journal.accept(block, `t/${block}=1`);
      journal.seal();
      most = Math.max(most, journal.store.status().runs);
    }
    expect(most).toBe(128);
    expect(journal.store.status().sealedEntries).toBe(600);
    journal.store.close();
  });

  it('leaves half of the free disk to the journal', () => {
    let freeBytes = 100_000;
    const files = { ...unsyncedFiles, freeBytes: () => freeBytes };
    const journal = new Journal(smallOptions(newDirectory(), { files }));
    for (let block = 0; block < 4; block++) {
      journal.accept(block, `t/${block}=1`);
      journal.seal();
    }
    // Four runs of five pages: header, filter, entries, fences, footer.
    expect(journal.store.status()).toMatchObject({ runs: 4, diskBytes: 81_920 });
    expect(journal.store.maintain(Number.POSITIVE_INFINITY)).toBe(true);
    expect(journal.store.status().runs).toBe(4);
    freeBytes = 2 * 81_920;
    journal.store.maintain(Number.POSITIVE_INFINITY);
    expect(journal.store.status().runs).toBe(1);
    journal.store.close();
  });
});
