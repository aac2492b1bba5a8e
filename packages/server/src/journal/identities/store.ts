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
 * `commit(block)`; `seal` while `sealable`, and forget the entries of blocks up to
 * the block that it returns; `maintain` when idle; at start `restore` all that is
 * left, in the order of the blocks.
 */
import { join } from 'node:path';
import { systemClock } from '../../clock.ts';
import { ENTRY_WORDS } from './entry.ts';
import { writing } from './errors.ts';
import { nodeFiles } from './file-system.ts';
import type { HashSeed } from './hash.ts';
import { Inquiry } from './inquiry.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { planMemory } from './memory-plan.ts';
import type { MemoryTable } from './memory-table.ts';
import type { IdentityStoreOptions } from './options.ts';
import type { LedgerIdentity, RebuildReport } from './rebuild.ts';
import { rebuildRuns } from './rebuild.ts';
import { RunSet } from './run-set.ts';
import { openWithSeed, SEED_FILE } from './seed-file.ts';
import { SlicedWork } from './sliced-work.ts';
import type { IdentityStatus, SealMarker } from './status.ts';
import { statusOf } from './status.ts';
import { Tables } from './tables.ts';
import type { UpkeepContext } from './upkeep.ts';
import { allotFilters, maintainRuns, sealTable } from './upkeep.ts';
import { verifyRun } from './verify.ts';

const DAY_MS = 86_400_000;

/** Runs at which nothing more is sealed before some are merged. */
const RUNS_MAX = 128;

/** The identities of one data directory, made by {@link openIdentityStore}. Not for use by several threads. */
export class IdentityStore {
  /** The key for `hashIdentity` and the payload hashes. */
  readonly seed: HashSeed;
  private readonly plan: MemoryPlan;
  private readonly runSet: RunSet;
  private readonly tables: Tables;
  private readonly inquiry: Inquiry;
  private readonly upkeep: UpkeepContext;
  private readonly partitionMs: number;
  private readonly sealing: SlicedWork;
  private readonly maintaining: SlicedWork;
  /** What a rebuild has added and not sealed yet. */
  private rebuilt: MemoryTable | null = null;
  /** True while a rebuild rewrites runs, which nothing else may touch meanwhile. */
  private rewriting = false;
  private stagedArrivalMs = Number.NEGATIVE_INFINITY;
  /** The arrival that came last: after the clock was set back, an earlier one. */
  private latestArrivalMs = Number.NEGATIVE_INFINITY;
  private lastBlock: number;
  private repaired = 0;

  /** Use {@link openIdentityStore}. */
  constructor(options: IdentityStoreOptions) {
    const { directory, windowMs, files = nodeFiles, elapsedMs = () => systemClock.monotonicMs() } = options;
    this.plan = planMemory(options.memoryBytesMax ?? 96 * 2 ** 20, options.tableEntriesMax);
    this.partitionMs = options.partitionMs ?? Math.max(1, Math.ceil(windowMs / 7));
    writing(() => files.makeDirectory(directory));
    this.runSet = new RunSet({ directory, files, cachePages: this.plan.cachePages });
    this.seed = openWithSeed(this.runSet, files, directory, options.seedCopyDirectory ?? null);
    this.tables = new Tables(this.plan, this.partitionMs, () => this.runSet.takeSequence());
    this.inquiry = new Inquiry(windowMs);
    this.lastBlock = this.runSet.sealedBlock;
    const { words: seed } = this.seed;
    this.upkeep = { files, runSet: this.runSet, seed, filterBytesMax: this.plan.filterBytesMax };
    for (const { header } of this.runSet.runs) {
      this.latestArrivalMs = Math.max(this.latestArrivalMs, header.lastArrivalMs);
    }
    new SlicedWork(() => allotFilters(this.upkeep), elapsedMs).advance(Number.POSITIVE_INFINITY);
    const mergeSpanMs = options.mergeSpanMs ?? 90 * DAY_MS;
    const bounds = () => ({
      nowMs: this.latestArrivalMs,
      windowMs,
      partitionMs: this.partitionMs,
      mergeSpanMs,
    });
    this.sealing = new SlicedWork(() => this.sealSteps(), elapsedMs);
    this.maintaining = new SlicedWork(
      () => maintainRuns(this.upkeep, bounds, () => this.repaired++),
      elapsedMs,
    );
  }

  /**
   * Answers for each entry and stages the new ones, all of them or, if it throws,
   * none. An entry that comes twice in one block is new once.
   *
   * @param entries `ENTRY_WORDS` words for each: `hashIdentity` and the fingerprint.
   * @returns a `verdictCode` for each entry; the array is overwritten by the next call.
   * @throws IdentityStoreError `read_failed`; `memory_full` if there is no room for the new ones until a table is sealed.
   */
  check(entries: Uint32Array, arrivalMs: number): Uint8Array {
    const { tables, inquiry } = this;
    inquiry.begin(entries, arrivalMs);
    inquiry.askTable(tables.active);
    if (tables.frozen) inquiry.askTable(tables.frozen);
    if (this.rebuilt) inquiry.askTable(this.rebuilt);
    const { runs } = this.runSet;
    for (let run = runs.length - 1; run >= 0 && inquiry.unknown > 0; run--) inquiry.askRun(runs[run]!);
    const { pending, codes, unknown } = inquiry;
    if (unknown > 0) tables.makeRoom(unknown, arrivalMs);
    for (let place = 0; place < unknown; place++) {
      const entry = pending[place]!;
      const at = entry * ENTRY_WORDS;
      const twin = tables.active.find(entries[at]!, entries[at + 1]!, entries[at + 2]!);
      if (twin >= 0) {
        inquiry.settle(entry, tables.active, twin);
      } else {
        tables.stage(entries, at);
        inquiry.settleNew(entry);
      }
    }
    this.stagedArrivalMs = Math.max(this.stagedArrivalMs, arrivalMs);
    this.latestArrivalMs = arrivalMs;
    return codes.subarray(0, entries.length / ENTRY_WORDS);
  }

  /** Entries that are staged: checked as new and neither committed nor rolled back. */
  get staged(): number {
    return this.tables.active.count - this.tables.active.committed;
  }

  /** The staged entries in order, to be stored with the block; a view that is valid until the next call. */
  stagedEntries(): Uint32Array {
    return this.tables.staged();
  }

  /**
   * Makes the staged entries known for good, after the caller's transaction.
   *
   * @param block the number of the block they are stored with.
   * @throws RangeError if the number is not above all before it.
   */
  commit(block: number): void {
    this.takeBlock(block);
    this.tables.commit(block, this.stagedArrivalMs);
    this.stagedArrivalMs = Number.NEGATIVE_INFINITY;
  }

  /** Forgets the staged entries but the first `keep`, which an earlier check of the same transaction staged. */
  rollback(keep = 0): void {
    this.tables.active.unstage(keep);
    if (keep === 0) this.stagedArrivalMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes the entries of a block back in at start, in the order of the blocks.
   * A block that was sealed before the process ended is passed over.
   *
   * @returns false if it was passed over: the caller can forget its entries.
   * @throws RangeError if the number is not above all before it; IdentityStoreError if there is more than
   *   the tables hold and it cannot be sealed.
   */
  restore(entries: Uint32Array, arrivalMs: number, block: number): boolean {
    if (block <= this.runSet.sealedBlock) return false;
    this.takeBlock(block);
    const { tables } = this;
    const count = entries.length / ENTRY_WORDS;
    // Tables are filled up rather than sealed when due: all must fit that fitted
    // before, since the disk may be as full as it was.
    if (!tables.hasRoom(count) && this.sealable()) this.seal();
    tables.makeRoom(count, arrivalMs);
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      if (!tables.has(entries, at)) tables.stage(entries, at);
    }
    tables.active.commit(block, arrivalMs);
    this.latestArrivalMs = arrivalMs;
    return true;
  }

  /** Identities so far that were taken for new though a damaged page may have had them. */
  get uncertain(): number {
    return this.inquiry.uncertain;
  }

  /** True if a table waits to be sealed. */
  sealable(): boolean {
    return this.tables.frozen !== null;
  }

  /** The highest block whose entries, and those of all before it, are durable in runs; -1 if none. */
  get sealedBlock(): number {
    return this.runSet.sealedBlock;
  }

  /**
   * Writes the table that waits, or the current one if none waits, as a run.
   *
   * @param maxMs how long to work, about; call again until there is a marker.
   * @returns up to which block the caller can forget its entries, or `null` if there is more to do.
   * @throws IdentityStoreError `disk_full` or `write_failed`; all is as before, and the next call begins anew.
   */
  seal(maxMs = Number.POSITIVE_INFINITY): SealMarker | null {
    return this.sealing.advance(maxMs) ? { sealedBlock: this.sealedBlock } : null;
  }

  /**
   * Merges runs, repairs what can be repaired and brings filters into memory.
   *
   * @param maxMs how long to work, about: a step takes well below a millisecond, a sync what the disk takes for 4 MiB.
   * @returns true if nothing is left to do.
   * @throws IdentityStoreError `disk_full`, `write_failed` or `read_failed`; all is as before.
   */
  maintain(maxMs: number): boolean {
    return this.rewriting || this.maintaining.advance(maxMs);
  }

  /**
   * Removes the runs whose newest identity arrived before a time: an identity is
   * kept for at least that long, and up to the merge span longer. While a rebuild
   * writes damaged runs anew, nothing is removed.
   *
   * @returns how many runs were removed.
   */
  expireBefore(arrivalMs: number): number {
    if (this.rewriting) return 0;
    // A merge of what is removed would bring it back.
    if (this.runSet.runs.some(({ header }) => header.lastArrivalMs < arrivalMs)) this.maintaining.abandon();
    return this.runSet.expireBefore(arrivalMs).length;
  }

  /**
   * Rebuilds what damaged runs have lost from the ledger's rows, in small steps
   * between which everything else goes on. To break it off, call the generator's
   * `return`, as leaving a `for` loop does.
   *
   * @param rows all identities that the ledger has, best in the order of their arrival, and `null` while the next is
   *   not there yet.
   * @throws RangeError if a rebuild is under way.
   * @example for (const report of store.rebuild(rows)) await breath(report.rows);
   */
  *rebuild(
    rows: Iterable<LedgerIdentity | null>,
  ): Generator<Readonly<RebuildReport>, Readonly<RebuildReport>, void> {
    if (this.rewriting || this.rebuilt) throw new RangeError('a rebuild is under way');
    this.maintaining.abandon();
    this.rewriting = true;
    const onTable = (table: MemoryTable | null) => {
      this.rebuilt = table;
      this.rewriting = false;
      // The table's memory is taken from the filters' for as long.
      const taken = table ? this.plan.rebuildBytes : 0;
      this.upkeep.filterBytesMax = Math.max(0, this.plan.filterBytesMax - taken);
    };
    const { tables, partitionMs, seed: hashSeed } = this;
    const relieve = () => this.relieve();
    const context = { upkeep: this.upkeep, hashSeed, tables, partitionMs, onTable, relieve };
    try {
      return yield* rebuildRuns(context, rows);
    } finally {
      this.rewriting = false;
    }
  }

  /**
   * Reads all runs and checks every checksum, in small steps; `status` tells what was found.
   *
   * @throws IdentityStoreError `read_failed`
   */
  *verify(): Generator<void, void, void> {
    // A run that is merged away meanwhile has been checked by the merge.
    for (const run of this.runSet.runs.slice()) {
      for (const _ of verifyRun(run)) {
        yield;
        if (!this.runSet.runs.includes(run)) break;
      }
    }
  }

  /** The state in numbers. */
  status(): IdentityStatus {
    const { runSet, tables, plan, rebuilt, repaired } = this;
    return statusOf({ runSet, tables, plan, rebuilt, repaired, uncertain: this.inquiry.uncertain });
  }

  /** The files that hold the sealed identities and the seed. They never change; what replaces one has another name. */
  get paths(): string[] {
    return [...this.runSet.paths, join(this.runSet.directory, SEED_FILE)];
  }

  /** Closes the files. What is not sealed is in the caller's journal. */
  close(): void {
    this.sealing.abandon();
    this.maintaining.abandon();
    this.runSet.close();
  }

  private *sealSteps(): Generator<void, void, void> {
    this.tables.freeze();
    const { frozen, frozenSequence } = this.tables;
    if (frozen === null) return;
    yield* this.relieve();
    yield* sealTable(this.upkeep, frozen, frozenSequence, frozen.highestBlock);
    this.tables.release();
    yield* allotFilters(this.upkeep);
  }

  /** Merges until there is room for another run: each keeps a file open, and each is asked for every new identity. */
  private *relieve(): Generator<void, void, void> {
    while (this.runSet.runs.length >= RUNS_MAX && !this.maintain(0)) yield;
  }

  private takeBlock(block: number): void {
    if (!(block > this.lastBlock)) throw new RangeError(`block ${block} is not above ${this.lastBlock}`);
    this.lastBlock = block;
  }
}

/**
 * Opens the identities of a directory, or begins them.
 *
 * @throws IdentityStoreError if the directory cannot be read or written; damage does not keep it from opening.
 * @example const identities = openIdentityStore({ directory: 'data/identities', windowMs: 7 * 86_400_000 });
 */
export function openIdentityStore(options: IdentityStoreOptions): IdentityStore {
  return new IdentityStore(options);
}
