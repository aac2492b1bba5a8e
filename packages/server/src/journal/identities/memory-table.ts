/**
 * The identities that are not sealed yet, in memory: the entries in the order of
 * their arrival, and an open-addressing index over them. Appending in order makes
 * a rollback a mere cut at the end, and hands the journal the new entries of a
 * block as one piece of memory.
 */
import { ENTRY_WORDS } from './entry.ts';

/** Bytes a table takes for one entry it has room for: the entry and two index slots. */
export const TABLE_BYTES_PER_ENTRY = 24;

interface ArrivalMark {
  /** The first entry of the mark. */
  readonly start: number;
  readonly firstMs: number;
  lastMs: number;
}

/** A table of a fixed number of entries; a power of two. */
export class MemoryTable {
  readonly entriesMax: number;
  /** The entries, `ENTRY_WORDS` words each; those at `count` and above have no meaning. */
  readonly entries: Uint32Array;
  /** Entries that are committed or staged. */
  count = 0;
  /** Entries that are committed; the rest is staged. */
  committed = 0;
  /** The highest block that was committed, -1 if none. */
  highestBlock = -1;
  firstArrivalMs = Number.POSITIVE_INFINITY;
  lastArrivalMs = Number.NEGATIVE_INFINITY;
  /** Slots: 0 for free, else the entry's number plus one below, and upper bits of its hash above. */
  private readonly index: Int32Array;
  private readonly slotMask: number;
  private readonly entryBits: number;
  private readonly arrivalResolutionMs: number;
  private marks: ArrivalMark[] = [];

  /** @param arrivalResolutionMs how far two arrivals may be apart that are remembered as one. */
  constructor(entriesMax: number, arrivalResolutionMs: number) {
    this.entriesMax = entriesMax;
    this.arrivalResolutionMs = arrivalResolutionMs;
    this.entries = new Uint32Array(entriesMax * ENTRY_WORDS);
    // Twice as many slots as entries: with linear probing a search for what is absent meets 2.5 slots when the table is full.
    this.index = new Int32Array(entriesMax * 2);
    this.slotMask = entriesMax * 2 - 1;
    this.entryBits = Math.log2(entriesMax) + 1;
  }

  /** The number of the entry with this hash, or -1. */
  find(h0: number, h1: number, h2: number): number {
    const { index, slotMask, entryBits, entries } = this;
    const entryMask = (1 << entryBits) - 1;
    for (let slot = h1 & slotMask; ; slot = (slot + 1) & slotMask) {
      const held = index[slot]!;
      if (held === 0) return -1;
      if ((held ^ h2) >>> entryBits !== 0) continue;
      const entry = (held & entryMask) - 1;
      const at = entry * ENTRY_WORDS;
      if (entries[at] === h0 && entries[at + 1] === h1 && entries[at + 2] === h2) return entry;
    }
  }

  /** Appends an entry that `find` did not find. The caller sees to it that there is room. */
  stage(h0: number, h1: number, h2: number, fingerprint: number): void {
    const { index, slotMask, entryBits, entries } = this;
    const at = this.count * ENTRY_WORDS;
    entries[at] = h0;
    entries[at + 1] = h1;
    entries[at + 2] = h2;
    entries[at + 3] = fingerprint;
    this.count++;
    let slot = h1 & slotMask;
    while (index[slot] !== 0) slot = (slot + 1) & slotMask;
    index[slot] = ((h2 >>> entryBits) << entryBits) | this.count;
  }

  /** Makes the staged entries part of a block. */
  commit(block: number, arrivalMs: number): void {
    this.highestBlock = block;
    if (this.count === this.committed) return;
    const last = this.marks.at(-1);
    if (last && Math.abs(arrivalMs - last.firstMs) < this.arrivalResolutionMs) {
      // The later time is kept: an identity is never taken for staler than it is.
      last.lastMs = Math.max(last.lastMs, arrivalMs);
    } else {
      this.marks.push({ start: this.committed, firstMs: arrivalMs, lastMs: arrivalMs });
    }
    this.firstArrivalMs = Math.min(this.firstArrivalMs, arrivalMs);
    this.lastArrivalMs = Math.max(this.lastArrivalMs, arrivalMs);
    this.committed = this.count;
  }

  /** Forgets the staged entries but the first `keep`. */
  unstage(keep: number): void {
    const { index, slotMask, entries } = this;
    while (this.count > this.committed + keep) {
      // Undone in the reverse order, so that the freed slot is the last of its
      // probe sequence and the index is exactly as it was before.
      let slot = entries[(this.count - 1) * ENTRY_WORDS + 1]! & slotMask;
      const entryMask = (1 << this.entryBits) - 1;
      while ((index[slot]! & entryMask) !== this.count) slot = (slot + 1) & slotMask;
      index[slot] = 0;
      this.count--;
    }
  }

  /** When an entry arrived, to the resolution; `stagedMs` for one that is not committed. */
  arrivalMsOf(entry: number, stagedMs: number): number {
    if (entry >= this.committed) return stagedMs;
    const { marks } = this;
    let low = 0;
    let high = marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (marks[middle]!.start <= entry) low = middle;
      else high = middle - 1;
    }
    return marks[low]!.lastMs;
  }

  /** Empties the table, for its memory to be used again. */
  clear(): void {
    this.index.fill(0);
    this.marks = [];
    this.count = 0;
    this.committed = 0;
    this.highestBlock = -1;
    this.firstArrivalMs = Number.POSITIVE_INFINITY;
    this.lastArrivalMs = Number.NEGATIVE_INFINITY;
  }
}
