/**
 * One block of entries on its way through the tables and the runs: what has been
 * found out about each, and which are still unknown. The unknown ones are asked
 * of one run after another, all of them at each, since the same filter asked a
 * thousand times over lets the processor fetch many cache lines at once.
 */
import { ENTRY_WORDS, verdictCode } from './entry.ts';
import type { MemoryTable } from './memory-table.ts';
import type { Run } from './run.ts';
import { UNREADABLE } from './run.ts';

/** In `pending` for what a run has just been found to have. */
const KNOWN = -1;

/** In `codes` for what may have been in a damaged page, until it is found elsewhere. */
const UNSURE = 255;

/** The state of a question about a block; one object is used again and again. */
export class Inquiry {
  /** A code of `verdictCode` for each entry, for those that are known. */
  codes = new Uint8Array(1024);
  /** The numbers of the entries that are unknown: the first `unknown` of the array. */
  pending = new Int32Array(1024);
  unknown = 0;
  /** The places in `pending` that a run may know. */
  private places = new Int32Array(1024);
  /** Identities so far that were taken for new though a damaged page may have had them. */
  uncertain = 0;
  private entries: Uint32Array = new Uint32Array(0);
  private arrivalMs = 0;
  private readonly windowMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** Begins with a block of which nothing is known. */
  begin(entries: Uint32Array, arrivalMs: number): void {
    const count = entries.length / ENTRY_WORDS;
    if (count > this.codes.length) {
      this.codes = new Uint8Array(count * 2);
      this.pending = new Int32Array(count * 2);
      this.places = new Int32Array(count * 2);
    }
    this.entries = entries;
    this.arrivalMs = arrivalMs;
    this.unknown = count;
    this.codes.fill(0, 0, count);
    for (let entry = 0; entry < count; entry++) this.pending[entry] = entry;
  }

  /** Asks a table for what is unknown. */
  askTable(table: MemoryTable): void {
    if (table.count === 0) return;
    const { entries, pending } = this;
    let kept = 0;
    for (let place = 0; place < this.unknown; place++) {
      const entry = pending[place]!;
      const at = entry * ENTRY_WORDS;
      const found = table.find(entries[at]!, entries[at + 1]!, entries[at + 2]!);
      if (found < 0) pending[kept++] = entry;
      else this.settle(entry, table, found);
    }
    this.unknown = kept;
  }

  /** Asks a run for what is unknown. */
  askRun(run: Run): void {
    const { entries, pending, places } = this;
    const stale = this.arrivalMs - run.header.lastArrivalMs > this.windowMs;
    const likely = run.filter.sift(entries, pending, this.unknown, places);
    let found = 0;
    for (let index = 0; index < likely; index++) {
      const entry = pending[places[index]!]!;
      const at = entry * ENTRY_WORDS;
      const fingerprint = run.look(entries[at]!, entries[at + 1]!, entries[at + 2]!);
      if (fingerprint === UNREADABLE) this.codes[entry] = UNSURE;
      if (fingerprint < 0) continue;
      this.codes[entry] = codeOf(isSame(fingerprint, entries[at + 3]!), stale);
      pending[places[index]!] = KNOWN;
      found++;
    }
    if (found > 0) this.dropKnown();
  }

  /** Closes up the list of what is unknown. */
  private dropKnown(): void {
    const { pending } = this;
    let kept = 0;
    for (let place = 0; place < this.unknown; place++) {
      if (pending[place] !== KNOWN) pending[kept++] = pending[place]!;
    }
    this.unknown = kept;
  }

  /** Says that an entry is found nowhere. */
  settleNew(entry: number): void {
    if (this.codes[entry] === UNSURE) this.uncertain++;
    this.codes[entry] = verdictCode.new;
  }

  /** Says that an entry was found in a table. */
  settle(entry: number, table: MemoryTable, found: number): void {
    const same = isSame(table.entries[found * ENTRY_WORDS + 3]!, this.entries[entry * ENTRY_WORDS + 3]!);
    const age = this.arrivalMs - table.arrivalMsOf(found, this.arrivalMs);
    this.codes[entry] = codeOf(same, age > this.windowMs);
  }
}

/** A fingerprint that is not known is 0: such an event came back from the ledger, and is taken to be the same. */
function isSame(known: number, asked: number): boolean {
  return known === asked || known === 0;
}

function codeOf(same: boolean, stale: boolean): number {
  if (stale) return same ? verdictCode.staleDuplicate : verdictCode.staleConflict;
  return same ? verdictCode.duplicate : verdictCode.conflict;
}
