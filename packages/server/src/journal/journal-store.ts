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
import { allNew, concat, type Fresh, kindOf, totalsByDay, without } from './fresh-rows.ts';
import { linkOrCopy } from './link-or-copy.ts';
import {
  type IdentityStore,
  IdentityStoreError,
  openIdentityStore,
  type SealMarker,
  verdictCode,
} from './identities/index.ts';
import {
  type BlockRow,
  type IdentitiesRow,
  JOURNAL_FILE,
  openDatabase,
  prepare,
  type Statements,
  type TotalsRow,
} from './journal-database.ts';
import type { DayTotals, JournalBlock, JournalIdentity, JournalStatus } from './journal-state.ts';
import { RecentBlocks } from './recent-blocks.ts';
import {
  addTotals,
  type ControlTotals,
  JournalError,
  noTotals,
  type Receipt,
  rowKinds,
  type Submission,
} from './submission.ts';

/**
 * Room on the disk that the journal leaves to the ledger. Without it a journal that
 * fills the disk could never be emptied: the engine needs room to write what it takes.
 */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** How long sealing may go on after a commit. */
const SEAL_BUDGET_MS = 2;

export interface JournalStoreOptions {
  readonly directory: string;
  /** For how long after arrival an id with another payload is refused, in milliseconds. */
  readonly identityWindowMs: number;
  /** Memory of the identity store, in bytes. */
  readonly identityMemoryBytesMax: number;
}

export class JournalStore {
  readonly #db: DatabaseSync;
  readonly #identities: IdentityStore;
  readonly #statements: Statements;
  #lastBlock: number;
  #lastSeq: number;
  #damagedIdentities = 0;
  readonly #recent = new RecentBlocks();
  readonly #directory: string;
  /** True while the disk has less room than the ledger needs to take in what is here. */
  #short = false;
  /** Set by the first write error other than a full disk; what the file holds is then unknown until a restart reads it. */
  #failure: JournalError | null = null;

  constructor(options: JournalStoreOptions) {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#directory = options.directory;
    this.#db = openDatabase(join(options.directory, JOURNAL_FILE));
    this.#statements = prepare(this.#db);
    this.#lastBlock = this.#number('last_block');
    this.#lastSeq = this.#number('last_seq');
    this.#identities = openIdentityStore({
      directory: join(options.directory, 'identities'),
      windowMs: options.identityWindowMs,
      memoryBytesMax: options.identityMemoryBytesMax,
    });
    this.#restoreIdentities();
  }

  get identity(): JournalIdentity {
    return {
      id: Buffer.from(this.#meta('journal_id')).toString('utf8'),
      nextSeq: this.#lastSeq + 1,
      seed: this.#identities.seed,
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
    try {
      const receipts = this.#appendGroup(submissions, lastSeq);
      // Under load there may be no quiet moment, so a little is sealed after each commit.
      this.#tend(() => this.#seal(SEAL_BUDGET_MS));
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
      const fresh = submissions.map((submission) => this.#judge(submission));
      if (fresh.some(({ receipt }) => receipt.accepted > 0)) {
        const last = this.#write(fresh, lastSeq);
        if (this.#identities.staged > 0) this.#identities.commit(last);
        this.#lastBlock = last;
        this.#lastSeq = lastSeq;
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
      if (crc32(row.payload) === row.checksum)
        blocks.push({ block: row.block, kind: row.kind, rows: row.rows, payload: row.payload });
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
      this.#setMeta('loaded_block', String(block));
      this.#statements.deleteBlocks.run(block);
    });
  }

  /** Forgets identities that arrived before a time; gives how many runs of them went. */
  expireIdentities(arrivalMs: number): number {
    return this.#identities.expireBefore(arrivalMs);
  }

  /** Work that can wait for a quiet moment: a look at the disk, and moving identities into sealed runs. */
  maintain(budgetMs: number): void {
    const { bavail, bsize } = statfsSync(this.#directory);
    this.#short = bavail * bsize < RESERVE_BYTES;
    this.#tend(() => this.#seal(budgetMs));
    if (!this.#short) this.#tend(() => this.#identities.maintain(budgetMs));
  }

  /** Seals identities for a while, if a table of them waits. */
  #seal(budgetMs: number): void {
    if (this.#identities.sealable()) this.#forgetSealed(this.#identities.seal(budgetMs));
  }

  /**
   * Upkeep of the identity store. What the disk does not take now it will later: until
   * then the identities stay where they are, so nothing depends on it.
   */
  #tend(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof IdentityStoreError)) throw error;
    }
  }

  #forgetSealed(marker: SealMarker | null): void {
    if (marker !== null) this.#statements.deleteIdentities.run(marker.sealedBlock);
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
    return {
      loadedBlock: this.#number('loaded_block'),
      lastBlock: this.#lastBlock,
      lastSeq: this.#lastSeq,
      pendingRows: pending.rows ?? 0,
      pendingBytes: pending.bytes ?? 0,
      damagedBlocks: pending.damaged ?? 0,
      damagedIdentities: this.#damagedIdentities,
      damagedRuns: this.#identities.status().quarantined.length,
      totals: days.reduce((sum, { totals }) => addTotals(sum, totals), noTotals),
      totalsByDay: days,
    };
  }

  /** The sums of everything ever accepted, by the UTC day of arrival. */
  totalsByDay(): DayTotals[] {
    return (this.#statements.allTotals.all() as unknown as TotalsRow[]).map((row) => ({
      day: row.day,
      totals: readTotals(row),
    }));
  }

  close(): void {
    this.#identities.close();
    this.#db.close();
  }

  /** Finds out which rows of a submission are new. */
  #judge(submission: Submission): Fresh {
    if (submission.identities.length === 0) return allNew(submission);
    const stagedBefore = this.#identities.staged;
    const verdicts = this.#identities.check(submission.identities, submission.arrivedMs);
    const conflicts: number[] = [];
    const dropped: number[] = [];
    let staleConflicts = 0;
    verdicts.forEach((verdict, row) => {
      if (verdict === verdictCode.new) return;
      if (verdict === verdictCode.conflict) conflicts.push(row);
      if (verdict === verdictCode.staleConflict) staleConflicts += 1;
      dropped.push(row);
    });
    if (conflicts.length > 0 && !submission.partial) {
      this.#identities.rollback(stagedBefore);
      const receipt = {
        accepted: 0,
        acceptedBytes: 0,
        duplicates: 0,
        staleConflicts: 0,
        conflicts,
        refused: true,
      };
      const { arrivedMs } = submission;
      return { kind: kindOf(submission), payload: new Uint8Array(), totals: noTotals, arrivedMs, receipt };
    }
    const kept = dropped.length === 0 ? submission : without(submission, dropped);
    const receipt = {
      accepted: verdicts.length - dropped.length,
      acceptedBytes: kept.payload.length,
      duplicates: dropped.length - conflicts.length,
      staleConflicts,
      conflicts,
      refused: false,
    };
    return { ...kept, kind: kindOf(submission), arrivedMs: submission.arrivedMs, receipt };
  }

  /** Writes a block for each kind of row, and the identities of all under the last of them, which it gives back. */
  #write(fresh: readonly Fresh[], lastSeq: number): number {
    const blocks = this.#blocksOf(fresh);
    const last = this.#lastBlock + blocks.length;
    const staged = this.#identities.stagedEntries();
    const entries = new Uint8Array(staged.buffer, staged.byteOffset, staged.byteLength);
    const arrivedMs = fresh[0]?.arrivedMs ?? 0;
    this.#transaction(() => {
      for (const { block, kind, rows, payload } of blocks)
        this.#statements.insertBlock.run(block, kind, rows, lastSeq, crc32(payload), payload);
      if (entries.length > 0) this.#statements.insertIdentities.run(last, arrivedMs, crc32(entries), entries);
      for (const [day, totals] of totalsByDay(fresh)) this.#addTotals(day, totals);
      this.#setMeta('last_block', String(last));
      this.#setMeta('last_seq', String(lastSeq));
    });
    for (const block of blocks) this.#recent.add(block);
    return last;
  }

  #blocksOf(fresh: readonly Fresh[]): JournalBlock[] {
    const blocks: JournalBlock[] = [];
    for (const kind of rowKinds) {
      const parts = fresh.filter((part) => part.kind === kind && part.receipt.accepted > 0);
      if (parts.length === 0) continue;
      const rows = parts.reduce((sum, { receipt }) => sum + receipt.accepted, 0);
      const block = this.#lastBlock + blocks.length + 1;
      blocks.push({ block, kind, rows, payload: concat(parts.map((part) => part.payload)) });
    }
    return blocks;
  }

  #addTotals(day: string, totals: ControlTotals): void {
    const before = this.#statements.totalsOfDay.get(day) as TotalsRow | undefined;
    const sum = before === undefined ? totals : addTotals(readTotals(before), totals);
    const [input, output, cost] = [sum.inputTokens, sum.outputTokens, sum.costPicoUsd].map(String);
    this.#statements.setTotals.run(day, sum.events, input ?? '', output ?? '', cost ?? '', sum.unpriced);
  }

  #restoreIdentities(): void {
    for (const row of this.#statements.allIdentities.iterate() as Iterable<IdentitiesRow>) {
      if (crc32(row.entries) !== row.checksum) {
        // Its rows stay safe; only a re-send of them could no longer be told from a new event.
        this.#damagedIdentities += 1;
        continue;
      }
      const aligned = row.entries.slice();
      const words = new Uint32Array(aligned.buffer, 0, aligned.length / Uint32Array.BYTES_PER_ELEMENT);
      this.#identities.restore(words, row.arrived_ms, row.block);
    }
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

  #meta(key: string): Uint8Array {
    return (this.#statements.getMeta.get(key) as { value: Uint8Array }).value;
  }

  #number(key: string): number {
    return Number(Buffer.from(this.#meta(key)).toString('utf8'));
  }

  #setMeta(key: string, value: string): void {
    this.#statements.setMeta.run(key, Buffer.from(value));
  }
}

/** SQLite's own codes for a full disk; the text of a message is never looked at. */
function isDiskFull(error: unknown): boolean {
  const SQLITE_FULL = 13;
  const { errcode, code } = error as { errcode?: number; code?: string };
  return errcode === SQLITE_FULL || code === 'ENOSPC' || code === 'disk_full';
}

function readTotals(row: TotalsRow): ControlTotals {
  return {
    events: row.events,
    inputTokens: BigInt(row.input_tokens),
    outputTokens: BigInt(row.output_tokens),
    costPicoUsd: BigInt(row.cost_pico_usd),
    unpriced: row.unpriced,
  };
}
