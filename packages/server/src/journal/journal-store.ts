/**
 * The journal on disk: a SQLite database in WAL mode with `synchronous=FULL`, so a
 * commit is on the platter before it is acknowledged. Everything here is
 * synchronous and runs in the journal's own thread.
 *
 * A commit takes in the rows of all requests that waited for it, as one block for each
 * kind of row. A block's payload stays until the ledger has it, its identities until the identity
 * store has sealed them, its sums for good.
 */

import { mkdirSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { systemClock } from '../clock.ts';
import type { Salvage } from '../salvage/salvage.ts';
import { type HighWater, HighWaterMark, readHighWater } from './high-water.ts';
import { IdentityRebuild } from './identity-rebuild.ts';
import { linkOrCopy } from './link-or-copy.ts';
import { addToDay, readTotalsByDay } from './day-totals.ts';
import { blocksOf, type Fresh, totalsByDay } from './fresh-rows.ts';
import { bytesOf, markOf, restoreIdentities, tend } from './kept-identities.ts';
import { judge } from './judge.ts';
import { JournalMeta } from './journal-meta.ts';
import {
  type IdentityStore,
  IdentityStoreError,
  type LedgerIdentity,
  openIdentityStore,
  type RebuildReport,
  type SealMarker,
} from './identities/index.ts';
import {
  type BlockRow,
  isDiskFull,
  JOURNAL_FILE,
  openDatabase,
  prepare,
  type Statements,
} from './journal-database.ts';
import type {
  DayTotals,
  JournalBlock,
  JournalIdentity,
  JournalStatus,
  JournalStoreOptions,
} from './journal-state.ts';
import { RecentBlocks } from './recent-blocks.ts';
import { StoredBlocks } from './stored-blocks.ts';
import { addTotals, JournalError, noTotals, type Receipt, type Submission } from './submission.ts';

/**
 * Room on the disk that the journal leaves to the ledger. Without it a journal that
 * fills the disk could never be emptied: the engine needs room to write what it takes.
 */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** How long sealing may go on after a commit. */
const SEAL_BUDGET_MS = 2;

/** How far the journal had come, beside its database. */
const HIGH_WATER_FILE = 'high-water';

export class JournalStore {
  readonly #db: DatabaseSync;
  readonly #identities: IdentityStore;
  readonly #statements: Statements;
  readonly #meta: JournalMeta;
  readonly #stored: StoredBlocks;
  #lastBlock: number;
  #lastSeq: number;
  #damagedIdentities = 0;
  readonly #recent: RecentBlocks;
  readonly #mark: HighWaterMark;
  /** Events ever accepted. */
  #events: number;
  /** Acknowledged events of which the end of the database knows nothing any more. */
  #lostEvents: number;
  readonly #salvaged: Salvage | null;
  /** True if identities are missing that the ledger may have. */
  #identitiesLost: boolean;
  /** True while nothing is taken in for that reason. */
  #recovering: boolean;
  #rebuild: IdentityRebuild | null = null;
  readonly #directory: string;
  readonly #hasHistory: boolean;
  /** True while the disk has less room than the ledger needs to take in what is here. */
  #short = false;
  /** Set by the first write error other than a full disk; what the file holds is then unknown until a restart reads it. */
  #failure: JournalError | null = null;

  constructor(options: JournalStoreOptions) {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#directory = options.directory;
    this.#hasHistory = options.hasHistory === true;
    this.#recent = new RecentBlocks(options.recentBytesMax);
    const { db, isNew, salvaged } = openDatabase(join(options.directory, JOURNAL_FILE), systemClock.nowMs());
    this.#db = db;
    this.#salvaged = salvaged;
    this.#statements = prepare(this.#db);
    this.#meta = new JournalMeta(this.#statements);
    this.#stored = new StoredBlocks(options.encryptionKey, this.#meta.text('journal_id'));
    this.#lastBlock = this.#meta.number('last_block');
    this.#lastSeq = this.#meta.number('last_seq');
    this.#events = this.totalsByDay().reduce((sum, { totals }) => sum + totals.events, 0);
    const markPath = join(options.directory, HIGH_WATER_FILE);
    // Beside a new journal in an old data directory it is that of the journal which was lost.
    const mark = isNew && options.hasHistory !== true ? null : readHighWater(markPath);
    this.#lostEvents = Math.max(this.#meta.number('lost_events'), (mark?.events ?? 0) - this.#events);
    const hasLostEnd = mark !== null && mark.block > this.#lastBlock;
    if (mark !== null) this.#goOnAfter(mark);
    this.#mark = new HighWaterMark(markPath);
    const { seedCopyDirectory } = options;
    this.#identities = openIdentityStore({
      directory: join(options.directory, 'identities'),
      ...(seedCopyDirectory === undefined ? {} : { seedCopyDirectory }),
      windowMs: options.identityWindowMs,
      memoryBytesMax: options.identityMemoryBytesMax,
    });
    this.#damagedIdentities = restoreIdentities(this.#statements, this.#identities);
    // Blocks that runs say they have are never given out again, whatever the database says.
    this.#lastBlock = Math.max(this.#lastBlock, this.#identities.sealedBlock);
    // Blocks count from 1: before anything is sealed the journal says 0, and the store of identities less.
    const hasLostRuns = Math.max(0, this.#identities.sealedBlock) < this.#meta.number('sealed_block');
    const isUnreadable = this.#identities.status().quarantined.some(({ consulted }) => !consulted);
    this.#identitiesLost =
      isNew || salvaged !== null || hasLostEnd || hasLostRuns || isUnreadable || this.#damagedIdentities > 0;
    this.#recovering = this.#identitiesLost && options.hasHistory === true;
  }

  /** The end of the database is older than what was acknowledged: its numbers are not given out a second time. */
  #goOnAfter({ block, seq }: HighWater): void {
    if (block <= this.#lastBlock && seq <= this.#lastSeq) return;
    this.#lastBlock = Math.max(block, this.#lastBlock);
    this.#lastSeq = Math.max(seq, this.#lastSeq);
    this.#transaction(() => {
      this.#meta.set('last_block', String(this.#lastBlock));
      this.#meta.set('last_seq', String(this.#lastSeq));
      this.#meta.set('lost_events', String(this.#lostEvents));
    });
  }

  get identity(): JournalIdentity {
    return {
      id: this.#meta.text('journal_id'),
      nextSeq: this.#lastSeq + 1,
      seed: this.#identities.seed,
      seedMark: markOf(this.#identities.seed),
    };
  }

  /**
   * Puts the new rows of all submissions on disk in one commit.
   *
   * @param lastSeq the highest row number given out so far.
   * @returns a receipt for each submission, in order.
   * @throws JournalError if nothing could be stored; then no submission is.
   */
  append(submissions: readonly Submission[], lastSeq: number): Receipt[] {
    if (this.#failure !== null) throw this.#failure;
    if (this.#short) throw new JournalError('full', 'The disk has too little room left.');
    if (this.#recovering) throw new JournalError('recovering', 'Identities are being brought back.');
    try {
      const receipts = this.#appendGroup(submissions, lastSeq);
      // Under load there may be no quiet moment, so a little is sealed after each commit.
      tend(() => this.#seal(SEAL_BUDGET_MS));
      return receipts;
    } catch (error) {
      if (!(error instanceof IdentityStoreError && error.code === 'memory_full')) throw this.#fault(error);
    }
    try {
      // Under load the table can fill before there is a quiet moment to seal it.
      this.#forgetSealed(this.#identities.seal());
      return this.#appendGroup(submissions, lastSeq);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #appendGroup(submissions: readonly Submission[], lastSeq: number): Receipt[] {
    try {
      const fresh = submissions.map((submission) => judge(this.#identities, submission, this.#hasHistory));
      if (fresh.some(({ receipt }) => receipt.accepted > 0)) {
        const last = this.#write(fresh, lastSeq);
        if (this.#identities.staged > 0) this.#identities.commit(last);
        this.#lastBlock = last;
        this.#lastSeq = lastSeq;
        this.#events += fresh.reduce((sum, { totals }) => sum + totals.events, 0);
        this.#mark.set({ block: last, seq: lastSeq, events: this.#events + this.#lostEvents });
      }
      return fresh.map(({ receipt }) => ({ ...receipt, block: this.#lastBlock }));
    } catch (error) {
      this.#identities.rollback();
      throw error;
    }
  }

  /**
   * The oldest blocks that come after `block`, up to about `bytesMax` of payload; at
   * least one if there is one. What was written lately is handed out from memory,
   * once; whoever asks for it again gets it from the disk.
   */
  read(block: number, bytesMax: number): JournalBlock[] {
    const recent = this.#recent.take(block, bytesMax);
    if (recent.length > 0) return recent;
    const blocks: JournalBlock[] = [];
    let bytes = 0;
    for (const row of this.#statements.pending.iterate(block) as Iterable<BlockRow>) {
      if (blocks.length > 0 && bytes + row.payload.length > bytesMax) break;
      bytes += row.payload.length;
      const read = this.#stored.read(row);
      if (read !== null) blocks.push(read);
      else this.#statements.markDamaged.run(row.block);
    }
    return blocks;
  }

  /**
   * Puts a copy of the journal, as it is at this moment, into a folder that is empty or not there. The runs of
   * identities are linked, so it takes as long as writing what waits for the ledger.
   */
  snapshot(folder: string): JournalStatus {
    const identities = join(folder, 'identities');
    mkdirSync(identities, { recursive: true, mode: 0o700 });
    this.#db.prepare('VACUUM INTO ?').run(join(folder, JOURNAL_FILE));
    for (const path of this.#identities.paths) linkOrCopy(path, join(identities, basename(path)));
    return this.status();
  }

  /** Notes that the ledger holds every block up to `block`, and forgets their payloads. */
  markLoaded(block: number): void {
    this.#transaction(() => {
      this.#meta.set('loaded_block', String(block));
      this.#statements.deleteBlocks.run(block);
    });
  }

  /**
   * Takes identities in that the ledger has, to bring back what was lost. Nothing else has to stop meanwhile.
   *
   * @param isFirst true to begin anew.
   * @param isLast true for the last ones.
   */
  rebuild(rows: readonly LedgerIdentity[], isFirst: boolean, isLast: boolean): RebuildReport {
    if (isFirst) {
      this.#rebuild?.abandon();
      this.#rebuild = new IdentityRebuild(this.#identities);
    }
    if (this.#rebuild === null) throw new JournalError('failed', 'No rebuild has begun.');
    const report = this.#rebuild.take(rows, isLast);
    if (isLast) this.#rebuild = null;
    return report;
  }

  /**
   * Notes that the identities of all events are here again, those of other journals too.
   *
   * @param journals the other journals.
   * @param rows all rows that the ledger has ever taken, as far as it knows: what is missing was lost.
   */
  recovered(journals: readonly string[], rows: number): void {
    const { pendingRows } = this.status();
    this.#lostEvents = Math.max(
      0,
      Math.min(this.#lostEvents, this.#lostEvents + this.#events - rows - pendingRows),
    );
    this.#transaction(() => {
      this.#meta.set('covered_journals', JSON.stringify(journals));
      this.#meta.set('sealed_block', String(this.#identities.sealedBlock));
      this.#meta.set('lost_events', String(this.#lostEvents));
    });
    this.#mark.set({
      block: this.#lastBlock,
      seq: this.#lastSeq,
      events: this.#events + this.#lostEvents,
    });
    this.#damagedIdentities = 0;
    this.#identitiesLost = false;
    this.#recovering = false;
  }

  /** Removes from the disk what was deleted: SQLite leaves it in free pages and in its log. */
  scrub(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Forgets identities that arrived before a time; gives how many runs of them went. */
  expireIdentities(arrivalMs: number): number {
    return this.#identities.expireBefore(arrivalMs);
  }

  /** Work that can wait for a quiet moment: a look at the disk, and moving identities into sealed runs. */
  maintain(budgetMs: number): void {
    const { bavail, bsize } = statfsSync(this.#directory);
    this.#short = bavail * bsize < RESERVE_BYTES;
    tend(() => this.#seal(budgetMs));
    if (!this.#short) tend(() => this.#identities.maintain(budgetMs));
  }

  /** Seals identities for a while, if a table of them waits. */
  #seal(budgetMs: number): void {
    if (this.#identities.sealable()) this.#forgetSealed(this.#identities.seal(budgetMs));
  }

  #forgetSealed(marker: SealMarker | null): void {
    if (marker === null) return;
    this.#transaction(() => {
      this.#statements.deleteIdentities.run(marker.sealedBlock);
      this.#meta.set('sealed_block', String(marker.sealedBlock));
    });
  }

  /**
   * The state, if the journal can be written.
   *
   * @throws JournalError if the disk is full, or if a write failed earlier and a restart is needed.
   */
  check(): JournalStatus {
    if (this.#failure !== null) throw this.#failure;
    if (this.#short)
      throw new JournalError('full', 'The disk has too little room left; no events are taken.');
    return this.status();
  }

  status(): JournalStatus {
    const pending = this.#statements.backlog.get() as {
      rows: number | null;
      bytes: number | null;
      damaged: number | null;
    };
    const days = this.totalsByDay();
    const { quarantined } = this.#identities.status();
    return {
      loadedBlock: this.#meta.number('loaded_block'),
      lastBlock: this.#lastBlock,
      lastSeq: this.#lastSeq,
      pendingRows: pending.rows ?? 0,
      pendingBytes: pending.bytes ?? 0,
      damagedBlocks: pending.damaged ?? 0,
      damagedIdentities: this.#damagedIdentities,
      damagedRuns: quarantined.length,
      lostEvents: this.#lostEvents,
      setAside: this.#salvaged === null ? null : basename(this.#salvaged.aside),
      identitiesLost: this.#identitiesLost || quarantined.length > 0,
      recovering: this.#recovering,
      coveredJournals: JSON.parse(this.#meta.text('covered_journals') || '[]') as string[],
      totals: days.reduce((sum, { totals }) => addTotals(sum, totals), noTotals),
      totalsByDay: days,
    };
  }

  /** The sums of everything ever accepted, by the UTC day of arrival. */
  totalsByDay(): DayTotals[] {
    return readTotalsByDay(this.#statements);
  }

  close(): void {
    this.#identities.close();
    this.#mark.close();
    this.#db.close();
  }

  /** Writes a block for each kind of row, and the identities of all under the last of them, which it gives back. */
  #write(fresh: readonly Fresh[], lastSeq: number): number {
    const blocks = blocksOf(fresh, this.#lastBlock);
    const last = this.#lastBlock + blocks.length;
    const entries = bytesOf(this.#identities.stagedEntries());
    const arrivedMs = fresh[0]?.arrivedMs ?? 0;
    this.#transaction(() => {
      for (const one of blocks) {
        const { payload, checksum } = this.#stored.of(one);
        this.#statements.insertBlock.run(one.block, one.kind, one.rows, lastSeq, checksum, payload);
      }
      if (entries.length > 0) this.#statements.insertIdentities.run(last, arrivedMs, crc32(entries), entries);
      for (const [day, totals] of totalsByDay(fresh)) addToDay(this.#statements, day, totals);
      this.#meta.set('last_block', String(last));
      this.#meta.set('last_seq', String(lastSeq));
    });
    for (const block of blocks) this.#recent.add(block);
    return last;
  }

  #transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #fault(error: unknown): JournalError {
    if (error instanceof JournalError) return error;
    if (isDiskFull(error)) return new JournalError('full', 'The disk is full.', { cause: error });
    this.#failure = new JournalError('failed', 'The journal could not be written.', { cause: error });
    return this.#failure;
  }
}
