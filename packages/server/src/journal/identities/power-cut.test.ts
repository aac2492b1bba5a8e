import { describe, expect, it } from 'vitest';
import type { IdentityFiles } from './file-system.ts';
import { checkTexts, DAY_MS, Journal, seededRandom, smallOptions } from './test-support.ts';

interface Inode {
  content: Uint8Array;
  /** What is surely on the disk. */
  durable: Uint8Array;
}

/**
 * A disk that can lose its power: of what was not made durable, a name or the
 * content of a file, each is there afterwards or not as chance has it. A real
 * power cut cannot be had in a unit test, and this one is more malicious.
 */
class FragileDisk {
  readonly files: IdentityFiles;
  /** Operations until the power goes. */
  operationsLeft = Number.POSITIVE_INFINITY;
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private readonly open = new Map<number, Inode>();
  private readonly random: () => number;
  private nextFile = 1;

  constructor(random: () => number) {
    this.random = random;
    const on = (file: number) => this.open.get(file)!;
    const changing = <T extends unknown[], R>(work: (...parameters: T) => R) => {
      return (...parameters: T) => {
        if (this.operationsLeft-- <= 0) throw new Error('no power');
        return work(...parameters);
      };
    };
    this.files = {
      makeDirectory: () => {},
      list: () => [...this.names.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1)),
      openToRead: (path) => this.opened(this.names.get(path)!),
      openToWrite: changing((path: string) => {
        const inode = { content: new Uint8Array(0), durable: new Uint8Array(0) };
        this.names.set(path, inode);
        return this.opened(inode);
      }),
      sizeBytes: (file) => on(file).content.length,
      read: (file, bytes, position) => {
        const part = on(file).content.subarray(position, position + bytes.length);
        bytes.set(part);
        return part.length;
      },
      write: changing((file: number, bytes: Uint8Array, position: number) => {
        const inode = on(file);
        const grown = new Uint8Array(Math.max(inode.content.length, position + bytes.length));
        grown.set(inode.content);
        grown.set(bytes, position);
        inode.content = grown;
        return bytes.length;
      }),
      sync: changing((file: number) => {
        on(file).durable = on(file).content;
      }),
      sizeBytesOf: (path) => this.names.get(path)?.content.length ?? 0,
      truncate: changing((path: string, bytes: number) => {
        const inode = this.names.get(path)!;
        inode.content = inode.content.slice(0, bytes);
      }),
      isShared: () => false,
      freeBytes: () => Number.POSITIVE_INFINITY,
      close: (file) => void this.open.delete(file),
      rename: changing((from: string, to: string) => {
        this.names.set(to, this.names.get(from)!);
        this.names.delete(from);
      }),
      syncDirectory: changing(() => {
        this.durableNames = new Map(this.names);
      }),
      remove: changing((path: string) => void this.names.delete(path)),
    };
  }

  /** The power goes and comes back. */
  cut(): void {
    const all = new Set([...this.names.keys(), ...this.durableNames.keys()]);
    const after = new Map<string, Inode>();
    for (const path of all) {
      const inode = (this.random() < 0.5 ? this.names : this.durableNames).get(path);
      if (inode) after.set(path, inode);
    }
    for (const inode of after.values()) {
      if (inode.content !== inode.durable) inode.content = this.halfWritten(inode);
      inode.durable = inode.content;
    }
    this.names = after;
    this.durableNames = new Map(after);
    this.open.clear();
    this.operationsLeft = Number.POSITIVE_INFINITY;
  }

  /** Each sector of 512 bytes as it was or as it was to be. */
  private halfWritten({ content, durable }: Inode): Uint8Array {
    const mixed = content.slice(0, this.random() < 0.5 ? content.length : durable.length);
    for (let at = 0; at < Math.min(mixed.length, durable.length); at += 512) {
      if (this.random() < 0.5) mixed.set(durable.subarray(at, Math.min(at + 512, mixed.length)), at);
    }
    return mixed;
  }

  private opened(inode: Inode): number {
    this.open.set(this.nextFile, inode);
    return this.nextFile++;
  }
}

describe('the identity store and a power cut', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('loses nothing, seed %i', (seed) => {
    const random = seededRandom(seed);
    const disk = new FragileDisk(random);
    const { files } = disk;
    let clock = 0;
    const journal = new Journal(smallOptions('/disk', { files, elapsedMs: () => clock++ }));
    const accepted: string[] = [];
    let nowMs = 0;
    let cuts = 0;
    while (accepted.length < 1500) {
      if (disk.operationsLeft === Number.POSITIVE_INFINITY) disk.operationsLeft = Math.floor(random() * 120);
      try {
        const texts = Array.from({ length: 15 }, (_, index) => `t/${accepted.length + index}=${seed}`);
        // The journal commits first, on a disk of its own, so that what it has is known even if the store dies here.
        journal.accept(nowMs, ...texts);
        accepted.push(...texts);
        nowMs += random() * DAY_MS * 0.3;
        if (journal.store.sealable() || random() < 0.1) journal.seal();
        journal.store.maintain(random() * 40);
      } catch {
        cuts++;
        disk.cut();
        journal.reopen();
      }
    }
    disk.operationsLeft = Number.POSITIVE_INFINITY;
    disk.cut();
    journal.reopen();
    const answers = checkTexts(journal.store, nowMs, ...accepted);
    expect(answers.filter((answer) => !/^(stale-)?duplicate$/.test(answer))).toEqual([]);
    expect(journal.store.status()).toMatchObject({ quarantined: [], uncertain: 0 });
    expect(cuts).toBeGreaterThan(1);
  });
});
