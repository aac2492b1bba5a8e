/**
 * The identity store: has an event with this (tenant, id) been accepted before,
 * and with the same payload? It answers within the journal's thread before an
 * event is acknowledged. New identities are in a table in memory, and the journal
 * keeps them durably with its blocks until they are sealed into a run file, which
 * from then on is their durable place. The store itself writes nothing on the
 * path of an acknowledgement.
 *
 * The caller's part, in this order: `check` a request's entries (or refuse it and
 * `rollback`), write `stagedEntries` with the block in its own transaction, then
 * `commit(block)`; now and then `seal` while `sealable`, and forget the entries of
 * blocks up to the block that it returns; at start `restore` all that is left.
 */
import { ENTRY_WORDS, verdictCode } from './entry.ts';
import { IdentityStoreError, writing } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { nodeFiles } from './file-system.ts';
import type { HashSeed } from './hash.ts';
import { createHashSeed } from './hash.ts';
import { MemoryTable } from './memory-table.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { planMemory } from './memory-plan.ts';
import type { QuarantinedRun } from './run-set.ts';
import { RunSet } from './run-set.ts';
import { ABSENT, UNREADABLE } from './run.ts';
import { RunWriter } from './run-writer.ts';
import { appendSorted } from './seal.ts';
import { randomSeed, readSeedFile, seedBytes, writeSeedFile } from './seed-file.ts';

/** What a store is opened with. */
export interface IdentityStoreOptions {
  /** A directory of the store's own; made if it is absent. */
  readonly directory: string;
  /** The identity window: how long after its arrival a conflict is not stale, at the least. */
  readonly windowMs: number;
  /** What tables, filters, caches and the work on them may take. Default 96 MiB, at least 1 MiB. */
  readonly memoryBytesMax?: number;
  /** How far the arrivals in one run may be apart within the window. Default a seventh of the window. */
  readonly partitionMs?: number;
  /** Entries of the table in memory, a power of two. Default as the memory permits. */
  readonly tableEntriesMax?: number;
  readonly files?: IdentityFiles;
  /** A clock that only ever goes forward, in milliseconds. */
  readonly elapsedMs?: () => number;
}

/** The state of a store. */
export interface IdentityStatus {
  readonly runs: number;
  /** Identities in runs. */
  readonly sealedEntries: number;
  /** Identities in memory, committed. */
  readonly unsealedEntries: number;
  /** Bytes of the run files. */
  readonly diskBytes: number;
  /** Bytes of tables, filters and caches. */
  readonly memoryBytes: number;
  /** Damaged runs; not empty means that a rebuild is due. */
  readonly quarantined: readonly QuarantinedRun[];
  /** Questions that a damaged page left open, answered with `new`. */
  readonly uncertain: number;
}

/** What `seal` promises: all blocks up to `sealedBlock` are durable in runs. */
export interface SealMarker {
  readonly sealedBlock: number;
}

/** The identities of one data directory. Not for use by several threads. */
export class IdentityStore {
  /** The key for `hashIdentity` and the payload hashes. */
  readonly seed: HashSeed;
  private readonly options: IdentityStoreOptions;
  private readonly files: IdentityFiles;
  private readonly plan: MemoryPlan;
  private readonly runSet: RunSet;
  private readonly partitionMs: number;
  private active: MemoryTable;
  private frozen: MemoryTable | null = null;
  private frozenSequence = 0;
  private spare: MemoryTable;
  private sealing: Generator<void, void, void> | null = null;
  private stagedArrivalMs = Number.NEGATIVE_INFINITY;
  private codes = new Uint8Array(1024);
  private pending = new Int32Array(1024);
  private uncertain = 0;

  /** @throws IdentityStoreError if the directory cannot be read or written. */
  constructor(options: IdentityStoreOptions) {
    this.options = options;
    this.files = options.files ?? nodeFiles;
    this.plan = planMemory(options.memoryBytesMax ?? 96 * 1024 * 1024, options.tableEntriesMax);
    this.partitionMs = options.partitionMs ?? Math.max(1, Math.ceil(options.windowMs / 7));
    const resolutionMs = this.partitionMs / 1440;
    this.active = new MemoryTable(this.plan.tableEntriesMax, resolutionMs);
    this.spare = new MemoryTable(this.plan.tableEntriesMax, resolutionMs);
    const { directory } = options;
    writing(() => this.files.makeDirectory(directory));
    this.runSet = new RunSet({
      directory,
      files: this.files,
      filterBytesMax: this.plan.filterBytesMax,
      cachePages: this.plan.cachePages,
    });
    const kept = readSeedFile(this.files, directory);
    let seed = kept;
    this.runSet.open((newest) => {
      seed ??= newest ? seedBytes(newest.seed) : randomSeed();
      return createHashSeed(seed).words;
    });
    seed ??= randomSeed();
    if (!kept) writeSeedFile(this.files, directory, seed);
    this.seed = createHashSeed(seed);
  }

  /**
   * Answers for each entry and stages the new ones, all of them or, if it throws,
   * none. An entry that comes twice in one block is new once.
   *
   * @param entries `ENTRY_WORDS` words for each: `hashIdentity` and the fingerprint.
   * @returns a `verdictCode` for each entry; the array is overwritten by the next call.
   * @throws IdentityStoreError `read_failed`; `memory_full` until something is sealed.
   */
  check(entries: Uint32Array, arrivalMs: number): Uint8Array {
    const count = entries.length / ENTRY_WORDS;
    this.freezeIfApart(arrivalMs);
    if (this.active.count + count > this.active.entriesMax) throw new IdentityStoreError('memory_full');
    if (count > this.codes.length) {
      this.codes = new Uint8Array(count * 2);
      this.pending = new Int32Array(count * 2);
    }
    const unknown = this.askRuns(entries, arrivalMs, this.askTables(entries, count, arrivalMs));
    const { active, codes, pending } = this;
    for (let place = 0; place < unknown; place++) {
      const at = pending[place]! * ENTRY_WORDS;
      const h0 = entries[at]!;
      const h1 = entries[at + 1]!;
      const h2 = entries[at + 2]!;
      const twin = active.find(h0, h1, h2);
      if (twin < 0) {
        active.stage(h0, h1, h2, entries[at + 3]!);
        codes[pending[place]!] = verdictCode.new;
      } else {
        codes[pending[place]!] = this.verdictOfTable(active, twin, entries[at + 3]!, arrivalMs);
      }
    }
    this.stagedArrivalMs = Math.max(this.stagedArrivalMs, arrivalMs);
    return codes.subarray(0, count);
  }

  /** Entries that are staged: checked as new and neither committed nor rolled back. */
  get staged(): number {
    return this.active.count - this.active.committed;
  }

  /** The staged entries in order, to be stored with the block; a view that is valid until the next call. */
  stagedEntries(): Uint32Array {
    const { entries, committed, count } = this.active;
    return entries.subarray(committed * ENTRY_WORDS, count * ENTRY_WORDS);
  }

  /**
   * Makes the staged entries known for good, after the caller's transaction.
   *
   * @param block the number of the block they are stored with; above all before it.
   */
  commit(block: number): void {
    this.active.commit(block, this.stagedArrivalMs);
    this.stagedArrivalMs = Number.NEGATIVE_INFINITY;
    this.freezeIfDue();
  }

  /** Forgets the staged entries but the first `keep`, which an earlier check of the same transaction staged. */
  rollback(keep = 0): void {
    this.active.unstage(keep);
    if (keep === 0) this.stagedArrivalMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes the entries of a block back in at start, in the order of the blocks.
   * A block that was sealed before the process ended is passed over.
   *
   * @returns false if it was passed over: the caller can forget its entries.
   */
  restore(entries: Uint32Array, arrivalMs: number, block: number): boolean {
    if (block <= this.runSet.sealedBlock) return false;
    const count = entries.length / ENTRY_WORDS;
    this.freezeIfApart(arrivalMs);
    if (this.active.count + count > this.active.entriesMax) {
      this.seal();
      this.seal();
    }
    const { active } = this;
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      const h0 = entries[at]!;
      const h1 = entries[at + 1]!;
      const h2 = entries[at + 2]!;
      const known = active.find(h0, h1, h2) >= 0 || (this.frozen?.find(h0, h1, h2) ?? -1) >= 0;
      if (!known) active.stage(h0, h1, h2, entries[at + 3]!);
    }
    active.commit(block, arrivalMs);
    this.freezeIfDue();
    return true;
  }

  /** True if a table waits to be sealed. */
  sealable(): boolean {
    return this.frozen !== null;
  }

  /** The highest block whose entries, and those of all before it, are durable in runs; -1 if none. */
  get sealedBlock(): number {
    return this.runSet.sealedBlock;
  }

  /**
   * Writes the table that waits, or the current one if none waits, as a run.
   *
   * @param maxMs how long to work at most; call again until there is a marker.
   * @returns up to which block the caller can forget its entries, or `null` if there is more to do.
   * @throws IdentityStoreError `disk_full` or `write_failed`; all is as before, and the next call begins anew.
   */
  seal(maxMs = Number.POSITIVE_INFINITY): SealMarker | null {
    if (this.frozen === null) this.freeze();
    if (this.frozen === null) return { sealedBlock: this.sealedBlock };
    this.sealing ??= this.sealSteps(this.frozen);
    if (!this.work(this.sealing, maxMs)) return null;
    return { sealedBlock: this.sealedBlock };
  }

  /** Removes the runs whose newest identity arrived before a time; returns how many. */
  expireBefore(arrivalMs: number): number {
    return this.runSet.expireBefore(arrivalMs);
  }

  /** The state in numbers. */
  status(): IdentityStatus {
    const { runs } = this.runSet;
    return {
      runs: runs.length,
      sealedEntries: runs.reduce((sum, run) => sum + run.header.entryCount, 0),
      unsealedEntries: this.active.committed + (this.frozen?.committed ?? 0),
      diskBytes: runs.reduce((sum, run) => sum + run.bytes, 0),
      memoryBytes: this.plan.tableBytes + this.runSet.memoryBytes,
      quarantined: [...this.runSet.quarantined],
      uncertain: this.uncertain,
    };
  }

  /** Closes the files. What is not sealed is in the caller's journal. */
  close(): void {
    this.sealing?.return();
    this.sealing = null;
    this.runSet.close();
  }

  /** Answers from memory what can be, and lists the rest in `pending`; returns how many that are. */
  private askTables(entries: Uint32Array, count: number, arrivalMs: number): number {
    const { active, frozen, codes, pending } = this;
    let unknown = 0;
    for (let entry = 0; entry < count; entry++) {
      const at = entry * ENTRY_WORDS;
      const h0 = entries[at]!;
      const h1 = entries[at + 1]!;
      const h2 = entries[at + 2]!;
      let table = active;
      let place = active.find(h0, h1, h2);
      if (place < 0 && frozen !== null) {
        table = frozen;
        place = frozen.find(h0, h1, h2);
      }
      if (place < 0) pending[unknown++] = entry;
      else codes[entry] = this.verdictOfTable(table, place, entries[at + 3]!, arrivalMs);
    }
    return unknown;
  }

  /** Asks the runs, newest first, for what is pending; returns how many remain so. */
  private askRuns(entries: Uint32Array, arrivalMs: number, pendingCount: number): number {
    const { codes, pending } = this;
    const { runs } = this.runSet;
    let unknown = pendingCount;
    for (let index = runs.length - 1; index >= 0 && unknown > 0; index--) {
      const run = runs[index]!;
      const stale = arrivalMs - run.header.lastArrivalMs > this.options.windowMs;
      let kept = 0;
      for (let place = 0; place < unknown; place++) {
        const entry = pending[place]!;
        const at = entry * ENTRY_WORDS;
        const h0 = entries[at]!;
        const h1 = entries[at + 1]!;
        const h2 = entries[at + 2]!;
        const found = run.mayHold(h0, h1, h2) ? run.find(h0, h1, h2) : ABSENT;
        if (found === UNREADABLE) this.uncertain++;
        if (found < 0) pending[kept++] = entry;
        else codes[entry] = verdictOf(found === entries[at + 3]!, stale);
      }
      unknown = kept;
    }
    return unknown;
  }

  private verdictOfTable(table: MemoryTable, place: number, fingerprint: number, arrivalMs: number): number {
    const same = table.entries[place * ENTRY_WORDS + 3] === fingerprint;
    const age = arrivalMs - table.arrivalMsOf(place, arrivalMs);
    return verdictOf(same, age > this.options.windowMs);
  }

  /** Begins a new table when this one is due. */
  private freezeIfDue(): void {
    if (this.active.committed >= this.plan.tableEntriesDue) this.freeze();
  }

  /**
   * Begins a new table when an arrival is a partition away from this one's. Should
   * a table wait already, then this one goes on: its run counts as arrived when its
   * last entry did, so a clock that jumps about makes identities less stale, not more.
   */
  private freezeIfApart(arrivalMs: number): void {
    const { firstArrivalMs, lastArrivalMs } = this.active;
    const apart = arrivalMs - firstArrivalMs >= this.partitionMs;
    if (apart || lastArrivalMs - arrivalMs >= this.partitionMs) this.freeze();
  }

  private freeze(): void {
    if (this.frozen !== null || this.active.committed === 0 || this.staged > 0) return;
    this.frozen = this.active;
    this.frozenSequence = this.runSet.takeSequence();
    this.active = this.spare;
  }

  private *sealSteps(table: MemoryTable): Generator<void, void, void> {
    const path = this.runSet.unfinishedPath(this.frozenSequence);
    const writer = new RunWriter(
      this.files,
      path,
      {
        firstArrivalMs: table.firstArrivalMs,
        lastArrivalMs: table.lastArrivalMs,
        firstSequence: this.frozenSequence,
        lastSequence: this.frozenSequence,
        highestBlock: table.highestBlock,
        seed: this.seed.words,
      },
      table.committed,
    );
    let finished = false;
    try {
      yield* appendSorted(table, writer);
      const header = writer.finish();
      this.runSet.adopt(path, header);
      finished = true;
    } finally {
      if (!finished) writer.abandon();
    }
    table.clear();
    this.frozen = null;
    this.spare = table;
    this.freezeIfDue();
  }

  /** Runs steps until they are done or the time is up; true if done. A step that throws ends them. */
  private work(steps: Generator<void, void, void>, maxMs: number): boolean {
    const elapsedMs = this.options.elapsedMs ?? (() => performance.now());
    const until = elapsedMs() + maxMs;
    try {
      while (!steps.next().done) {
        if (elapsedMs() >= until) return false;
      }
      this.sealing = null;
      return true;
    } catch (error) {
      this.sealing = null;
      throw error;
    }
  }
}

function verdictOf(same: boolean, stale: boolean): number {
  if (stale) return same ? verdictCode.staleDuplicate : verdictCode.staleConflict;
  return same ? verdictCode.duplicate : verdictCode.conflict;
}

/**
 * Opens the identities of a directory, or begins them.
 *
 * @example const identities = openIdentityStore({ directory: 'data/identities', windowMs: 7 * 86_400_000 });
 */
export function openIdentityStore(options: IdentityStoreOptions): IdentityStore {
  return new IdentityStore(options);
}
