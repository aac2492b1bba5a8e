import { describe, expect, it } from 'vitest';
import {
  checkTexts as check,
  DAY_MS,
  entriesOf,
  smallOptions,
  temporaryDirectories,
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
    expect(store.sealable()).toBe(true);
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
    const options = smallOptions(newDirectory(), { tableEntriesMax: 8192 });
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
});
