/**
 * What several tests of the identity store need: directories that go away, a
 * seeded source of chance, and a journal that keeps what the store has not sealed,
 * as the real one does. Only tests import this.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Verdict } from './entry.ts';
import { ENTRY_WORDS, verdicts } from './entry.ts';
import type { IdentityFiles } from './file-system.ts';
import { nodeFiles } from './file-system.ts';
import { hashIdentity } from './hash.ts';
import type { IdentityStoreOptions } from './options.ts';
import type { IdentityStore } from './store.ts';
import { openIdentityStore } from './store.ts';

export const DAY_MS = 86_400_000;

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes directories that are removed after each test. */
export function temporaryDirectories(): () => string {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });
  return () => {
    const directory = mkdtempSync(join(tmpdir(), 'identities-'));
    directories.push(directory);
    return directory;
  };
}

/** The real files, but not waiting for the disk: for tests that cut no power. */
export const unsyncedFiles: IdentityFiles = { ...nodeFiles, sync: () => {}, syncDirectory: () => {} };

/** Options of a small store: tables of 64 entries and a window of seven days. */
export function smallOptions(
  directory: string,
  options: Partial<IdentityStoreOptions> = {},
): IdentityStoreOptions {
  return { directory, windowMs: 7 * DAY_MS, tableEntriesMax: 64, memoryBytesMax: 4 * 2 ** 20, ...options };
}

/** Entries from texts such as `acme/x-1=5`: tenant, id and fingerprint. */
export function entriesOf(store: IdentityStore, ...texts: string[]): Uint32Array {
  const entries = new Uint32Array(texts.length * ENTRY_WORDS);
  texts.forEach((text, index) => {
    const [tenant = '', id = '', fingerprint = '0'] = text.split(/[/=]/);
    hashIdentity(store.seed, tenant, id, entries, index * ENTRY_WORDS);
    entries[index * ENTRY_WORDS + 3] = Number(fingerprint);
  });
  return entries;
}

/** Checks texts as `entriesOf` takes them. */
export function checkTexts(store: IdentityStore, arrivalMs: number, ...texts: string[]): Verdict[] {
  return Array.from(store.check(entriesOf(store, ...texts), arrivalMs), (code) => verdicts[code]!);
}

interface JournalBlock {
  readonly block: number;
  readonly arrivalMs: number;
  readonly entries: Uint32Array;
}

/** A journal that outlives the store: it keeps the entries of each block until they are sealed. */
export class Journal {
  readonly blocks: JournalBlock[] = [];
  store: IdentityStore;
  private readonly options: IdentityStoreOptions;
  private nextBlock = 0;

  constructor(options: IdentityStoreOptions) {
    this.options = options;
    this.store = openIdentityStore(options);
  }

  /** Stores what is staged as a block. */
  commit(arrivalMs: number): void {
    const block = this.nextBlock++;
    this.blocks.push({ block, arrivalMs, entries: this.store.stagedEntries().slice() });
    this.store.commit(block);
  }

  /** Accepts entries that are new, and returns what the store said of each. */
  accept(arrivalMs: number, ...texts: string[]): Verdict[] {
    const answer = checkTexts(this.store, arrivalMs, ...texts);
    this.commit(arrivalMs);
    return answer;
  }

  /** Seals, for so long at most, and forgets what is sealed. */
  seal(maxMs?: number): void {
    const marker = this.store.seal(maxMs);
    if (marker === null) return;
    while (this.blocks[0] && this.blocks[0].block <= marker.sealedBlock) this.blocks.shift();
  }

  /** Opens the store again and gives back what the journal has; the old one is left as a crash leaves it. */
  reopen(options: Partial<IdentityStoreOptions> = {}): void {
    this.store = openIdentityStore({ ...this.options, ...options });
    for (const { block, arrivalMs, entries } of this.blocks) this.store.restore(entries, arrivalMs, block);
  }
}
