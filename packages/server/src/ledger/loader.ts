/**
 * Moves blocks from the journal into the ledger, in order, each row once.
 *
 * An insert whose outcome is unknown (the engine died, the answer was lost) is in
 * doubt: before anything else, the loader asks the ledger which rows of that range
 * it holds and inserts the others. It trusts no deduplication of the engine: that
 * was measured to fail after a power cut.
 */

import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalBlock } from '../journal/journal-state.ts';
import type { Log } from '../log.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import { insertRecords } from './records.ts';
import type { LedgerRow } from './row.ts';
import type { TakeTurn } from './turns.ts';

/**
 * Rows of one insert: the engine holds all columns of all of them, which was measured to take some 256 MiB
 * for 65,536 rows. If even this is more than a query may take, the next try takes fewer.
 */
const INSERT_ROWS_MAX = 32_768;
const INSERT_ROWS_LEAST = 256;
/**
 * Months of one insert: each is a part of its own with syncs of its own, which was measured to take some 15 ms. Rows
 * of decades in one insert would take longer than a query may, at every try.
 */
const INSERT_MONTHS_MAX = 32;
/** So often rows are inserted again that the engine, having answered that it took them, does not hold. */
const ATTEMPTS_MAX = 4;
/** ClickHouse's code for a query that ran out of memory. */
const MEMORY_LIMIT_EXCEEDED = '241';
/** A backlog that is worth an insert at once. */
const FULL_BYTES = 4 * 1024 * 1024;
/** Payload that is parsed at a stretch: about a millisecond. */
const SLICE_BYTES = 128 * 1024;
const NEWLINE = 10;
/** Pauses between tries while the ledger does not take rows. */
const RETRY_PAUSE_MS = 100;
const RETRY_PAUSE_MS_MAX = 5_000;
/** How long new rows wait for company, so that a trickle of events does not become a part each. */
const LINGER_MS = 200;

export interface LoaderOptions {
  readonly journal: Journal;
  readonly connection: LedgerConnection;
  readonly clock: Clock;
  readonly log: Log;
  /** Waits until nobody rewrites rows of the ledger. */
  readonly takeTurn: TakeTurn;
  /** Payload of one insert, in bytes; a block is never cut. */
  readonly insertBytesMax: number;
  /** The last block that an earlier life has seen into the ledger. */
  readonly loadedBlock: number;
  /**
   * Called once for all rows that have come to be in the ledger during this life of the process, with the blocks
   * that they are, in order, before the journal forgets those. Must not throw.
   */
  readonly onLoaded: (rows: readonly LedgerRow[], blocks: readonly JournalBlock[]) => Promise<void>;
}

/** What the loader has done and how it fares. */
export interface LoaderStatus {
  readonly loadedBlock: number;
  readonly loadedRows: number;
  readonly failures: number;
  /** Why the last try failed; null if it did not. */
  readonly problem: string | null;
}

/** Someone who waits for a block to be in the ledger. */
interface Settling {
  readonly block: number;
  readonly resolve: () => void;
}

export class Loader {
  readonly #options: LoaderOptions;
  /** The last block that was read and inserted. */
  #loadedBlock: number;
  /** The last block that is in the ledger and counted: what whoever waits may rely on. */
  #settledBlock: number;
  #loadedRows = 0;
  #insertRowsMax = INSERT_ROWS_MAX;
  #failures = 0;
  #problem: string | null = null;
  /** True while rows after `#loadedBlock` may be in the ledger without our knowing. At start that is so. */
  #inDoubt = true;
  /** The numbers of the last rows of the inserts that were sent since the outcome of all was known. */
  #tried: number[] = [];
  #stopped = false;
  /** True while there is nothing to load; a linger or a retry pause is not cut short by new rows. */
  #asleep = false;
  /** Ends the pause that is under way. */
  #wake: () => void = () => undefined;
  #settling: Settling[] = [];
  /** What is to run between two passes. */
  #between: (() => Promise<void>)[] = [];
  readonly #running: Promise<void>;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#loadedBlock = options.loadedBlock;
    this.#settledBlock = options.loadedBlock;
    this.#running = this.#run();
  }

  get status(): LoaderStatus {
    return {
      loadedBlock: this.#loadedBlock,
      loadedRows: this.#loadedRows,
      failures: this.#failures,
      problem: this.#problem,
    };
  }

  /** Says that the journal has something new. */
  notify(): void {
    if (this.#asleep) this.#wake();
  }

  /**
   * Waits until everything that was acknowledged before this call is in the ledger, and counted.
   *
   * @returns false if that takes longer than `waitMs`.
   */
  settle(waitMs: number): Promise<boolean> {
    const block = this.#options.journal.lastBlock;
    if (this.#settledBlock >= block) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settling = { block, resolve: () => finish(true) };
      const finish = (settled: boolean): void => {
        this.#options.clock.clearTimeout(timer);
        this.#settling = this.#settling.filter((other) => other !== settling);
        resolve(settled);
      };
      const timer = this.#options.clock.setTimeout(() => finish(false), waitMs);
      this.#settling.push(settling);
      this.#wake();
    });
  }

  /**
   * Runs `work` between two inserts: while it runs, the ledger holds exactly the blocks up to the one that it is
   * given, and nothing comes in. Work must not wait for the ledger to settle.
   *
   * @throws Error if the loader is stopped before it gets to it.
   */
  between<R>(work: (loadedBlock: number) => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#between.push(async () => {
        if (this.#stopped) reject(new Error('The loader has stopped.'));
        else await this.#options.takeTurn(() => work(this.#loadedBlock)).then(resolve, reject);
      });
      this.#wake();
    });
  }

  /** Ends after the insert that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
    for (const work of this.#between.splice(0)) await work();
  }

  async #run(): Promise<void> {
    const { journal, log } = this.#options;
    let retryPauseMs = RETRY_PAUSE_MS;
    while (!this.#stopped) {
      await this.#runBetween();
      if (this.#loadedBlock >= journal.lastBlock) {
        this.#asleep = true;
        if (this.#between.length === 0) await this.#pause(Number.POSITIVE_INFINITY);
        this.#asleep = false;
        if (this.#between.length > 0) continue;
      }
      if (this.#settling.length === 0 && journal.backlogBytes < FULL_BYTES) await this.#pause(LINGER_MS);
      try {
        await this.#options.takeTurn(() => this.#pass());
        this.#problem = null;
        retryPauseMs = RETRY_PAUSE_MS;
      } catch (error) {
        this.#inDoubt = true;
        this.#failures += 1;
        if ((error as { code?: string }).code === MEMORY_LIMIT_EXCEEDED)
          this.#insertRowsMax = Math.max(INSERT_ROWS_LEAST, this.#insertRowsMax >> 1);
        this.#problem = error instanceof Error ? error.message : String(error);
        log.warn(
          { problem: this.#problem, pauseMs: retryPauseMs },
          'the ledger does not take rows; trying again',
        );
        await this.#pause(retryPauseMs);
        retryPauseMs = Math.min(retryPauseMs * 2, RETRY_PAUSE_MS_MAX);
      }
    }
  }

  /** Runs what waits for the ledger to be still. While rows are in doubt, the next pass finds out first. */
  async #runBetween(): Promise<void> {
    if (this.#inDoubt && this.#loadedBlock < this.#options.journal.lastBlock) return;
    for (const work of this.#between.splice(0)) await work();
  }

  /** Loads what one insert may hold. */
  async #pass(): Promise<void> {
    const { journal, insertBytesMax } = this.#options;
    const newest = journal.lastBlock;
    const blocks = await journal.read(this.#loadedBlock, insertBytesMax);
    const last = blocks.at(-1);
    if (last === undefined) {
      // What is left is damaged: the journal keeps it apart and reports it.
      this.#loadedBlock = newest;
      this.#tellSettled(newest);
      return;
    }
    const rows = await readRows(blocks);
    const wasInDoubt = this.#inDoubt;
    const ordered = inOrder(rows);
    if (wasInDoubt) await this.#insertMissing(ordered);
    else await this.#insert(ordered, 0);
    this.#inDoubt = true;
    await insertRecords(this.#options, blocks, wasInDoubt);
    this.#inDoubt = false;
    this.#tried = [];
    this.#loadedBlock = last.block;
    this.#loadedRows += rows.length;
    await this.#options.onLoaded(rows, blocks);
    const bytes = blocks.reduce((sum, block) => sum + block.payload.length, 0);
    this.#tellSettled(last.block);
    await journal.markLoaded(last.block, bytes);
  }

  /** Inserts rows of which it is not known whether the ledger holds them, and makes sure of it. */
  async #insertMissing(rows: readonly LedgerRow[]): Promise<void> {
    let missing = await this.#missing(rows);
    for (let attempt = 0; missing.length > 0; attempt += 1) {
      if (attempt === ATTEMPTS_MAX)
        throw new Error(`The ledger says that it took ${missing.length} rows, and does not hold them.`);
      await this.#insert(missing, attempt);
      // A remote engine drops a block that it believes to have; if it has lost those rows, another attempt is due.
      missing = this.#options.connection.kind === 'remote' ? await this.#missing(missing) : [];
    }
  }

  async #insert(rows: readonly LedgerRow[], attempt: number): Promise<void> {
    for (const piece of this.#pieces(rows)) {
      this.#inDoubt = true;
      const last = piece.at(-1)?.seq ?? 0;
      if (!this.#tried.includes(last)) this.#tried.push(last);
      await this.#options.connection.insertRows(`${LEDGER_DATABASE}.events`, piece, attempt);
    }
  }

  /**
   * Cuts rows into inserts. Rows that were sent before, with unknown outcome, are cut as they were then: an engine
   * knows a block again that comes late or twice only if it is the same.
   */
  #pieces(rows: readonly LedgerRow[]): LedgerRow[][] {
    const pieces: LedgerRow[][] = [];
    let piece: LedgerRow[] = [];
    const months = new Set<string>();
    const cut = (): void => {
      if (piece.length > 0) pieces.push(piece);
      piece = [];
      months.clear();
    };
    for (const row of rows) {
      const month = monthOf(row);
      if (months.size >= INSERT_MONTHS_MAX && !months.has(month)) cut();
      months.add(month);
      piece.push(row);
      if (piece.length >= this.#insertRowsMax || this.#tried.includes(row.seq)) cut();
    }
    cut();
    return pieces;
  }

  /**
   * The rows that the ledger does not hold. A row is known by its number and its identity: a
   * journal that lost its end to a damaged disk gives out numbers a second time.
   */
  async #missing(rows: readonly LedgerRow[]): Promise<readonly LedgerRow[]> {
    // A block may hold samples or feedback only; then there are no numbers to ask for.
    if (rows.length === 0) return rows;
    // Not with a spread: a block may have more rows than a call takes arguments.
    const from = rows.reduce((lowest, { seq }) => Math.min(lowest, seq), Number.POSITIVE_INFINITY);
    const to = rows.reduce((highest, { seq }) => Math.max(highest, seq), 0);
    const present = await this.#present(from, to);
    const missing = rows.filter((row) => !present.has(keyOf(row)));
    const known = rows.length - missing.length;
    if (known > 0) this.#options.log.info({ rows: known }, 'rows were in the ledger already');
    if (present.size > known) {
      this.#options.log.error(
        { rows: present.size - known },
        'the ledger holds other rows under these numbers: the journal has lost its end',
      );
    }
    return missing;
  }

  async #present(from: number, to: number): Promise<Set<string>> {
    const { connection, journal } = this.#options;
    const rows = await connection.queryAfterInserts<RowKey>(
      `SELECT seq, tenant, id FROM ${LEDGER_DATABASE}.events WHERE journal = {journal:String} AND seq BETWEEN {from:UInt64} AND {to:UInt64}`,
      { journal: journal.identity.id, from, to },
    );
    return new Set(rows.map(keyOf));
  }

  #tellSettled(settledBlock: number): void {
    this.#settledBlock = settledBlock;
    for (const { block, resolve } of this.#settling) {
      if (settledBlock >= block) resolve();
    }
  }

  /** Waits for the time to pass or to be woken. */
  #pause(durationMs: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const timer = Number.isFinite(durationMs)
        ? clock.setTimeout(() => this.#wake(), durationMs)
        : undefined;
      this.#wake = () => {
        this.#wake = () => undefined;
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The month of a row, which is its partition in the ledger. */
function monthOf({ timestamp = '' }: LedgerRow): string {
  return String(timestamp).slice(0, 7);
}

/** Rows as they came; those of very many months by month, so that they can be cut into few inserts. */
function inOrder(rows: readonly LedgerRow[]): readonly LedgerRow[] {
  const byMonth = Map.groupBy(rows, monthOf);
  if (byMonth.size <= INSERT_MONTHS_MAX) return rows;
  return [...byMonth.keys()].toSorted().flatMap((month) => byMonth.get(month) ?? []);
}

/** Parses the events of blocks, in slices that leave room for other work. */
export async function readRows(blocks: readonly JournalBlock[]): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for (const { kind, payload } of blocks) {
    if (kind !== 'event') continue;
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf(NEWLINE, Math.min(start + SLICE_BYTES, text.length - 1));
      if (newline === -1) break;
      const lines = text.toString('utf8', start, newline);
      start = newline + 1;
      // JSON text has no newline of its own, so the lines are a list as soon as there are commas between them.
      for (const row of JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as LedgerRow[]) rows.push(row);
      await nextTurn();
    }
  }
  return rows;
}

/** What tells a row from every other. */
interface RowKey {
  readonly seq: number;
  readonly tenant?: string | number | boolean;
  readonly id?: string | number | boolean;
}

function keyOf({ seq, tenant = '', id = '' }: RowKey): string {
  return JSON.stringify([seq, tenant, id]);
}
