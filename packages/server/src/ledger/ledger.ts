/**
 * The ledger: the engine, its schema and the loader that feeds it, as one thing
 * that is opened and closed. Opening returns at once; until the engine answers and
 * the schema is up to date, `loader` is null and the journal keeps what comes in.
 */

import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../log.ts';
import type { JournalBlock, JournalStatus } from '../journal/journal-state.ts';
import { connectEmbedded, LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import type { EngineLimits } from './engine/engine-config.ts';
import { type EngineSupervisor, superviseEngine } from './engine/supervisor.ts';
import { CHARGES, countingCharges, countingEvents, readKeptDays } from './kept-days.ts';
import { removeLentTables } from './lent-table.ts';
import { Loader } from './loader.ts';
import { migrate, readMigrations } from './migrate.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { LedgerAddress } from './remote/address.ts';
import { Claim } from './remote/claim.ts';
import { connectRemote } from './remote/remote-connection.ts';
import { requireFit } from './remote/requirements.ts';
import { waitingFor } from './remote/waiting-for.ts';
import type { LedgerRow } from './row.ts';
import { RowChanges } from './row-changes.ts';
import { makeTurns, type TakeTurn } from './turns.ts';

/** The pauses before a start that failed is tried again. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 10_000;
/** How long the insert that is under way may hold up the end. */
const LAST_INSERT_MS_MAX = 5000;

export interface LedgerOptions {
  readonly dataDirectory: string;
  readonly limits: EngineLimits;
  /** The key of the engine's disk, 32 bytes; null if it is not encrypted. */
  readonly encryptionKey: Uint8Array | null;
  /** Null: the embedded engine, in the data directory. */
  readonly address: LedgerAddress | null;
  /** The name of this server, for people who read whose ledger it is. */
  readonly server: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** Payload of one insert, in bytes. */
  readonly insertBytesMax: number;
  /**
   * Called once for all rows that have come to be in the ledger during this life of the process, with the blocks
   * that they are, in order, before the journal forgets those. Must not throw.
   */
  readonly onLoaded: (rows: readonly LedgerRow[], blocks: readonly JournalBlock[]) => Promise<void>;
}

export class Ledger {
  /** The embedded engine; null if the ledger is remote. */
  readonly engine: EngineSupervisor | null;
  readonly connection: LedgerConnection;
  /** Long work on many rows, of which one piece goes on at a time. */
  readonly longWork = new OneAtATime();
  /** Resolves when the ledger can be asked. */
  readonly ready: Promise<void>;
  /** Runs something while the loader adds nothing, e.g. what rewrites rows. */
  readonly exclusively: TakeTurn = makeTurns();
  /** Changes rows that are there, with the rollups in view. */
  readonly rowChanges: RowChanges;
  readonly #options: LedgerOptions;
  #loader: Loader | null = null;
  #closed = false;
  #lostRows = 0;
  #claim: Claim | null = null;
  #waitsFor: string | null = null;

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { dataDirectory, limits, address, encryptionKey, journal, clock, log } = options;
    if (address === null) {
      this.engine = superviseEngine({ dataDirectory, limits, encryptionKey, clock, log });
      this.connection = connectEmbedded(this.engine.socketPath);
    } else {
      this.engine = null;
      this.connection = connectRemote(address, journal.identity.id);
    }
    this.rowChanges = new RowChanges(this.connection, makeTurns());
    this.ready = this.#start();
  }

  /** Null until the ledger is ready. */
  get loader(): Loader | null {
    return this.#loader;
  }

  /** Why the ledger cannot be asked yet, in a sentence that is public; null if no reason is known. */
  get waitsFor(): string | null {
    return this.#loader === null ? this.#waitsFor : null;
  }

  /** Waits until the ledger can be asked; false if that takes longer than `waitMs`. */
  async readyWithin(waitMs: number): Promise<boolean> {
    if (this.#loader !== null) return true;
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(false), waitMs);
      void this.ready.then(() => {
        clock.clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Says that the journal has something new. */
  notify(): void {
    this.#loader?.notify();
  }

  /**
   * Waits until the ledger holds everything that was acknowledged before this call.
   *
   * @returns false if that takes longer than `waitMs` or the ledger is not ready.
   */
  async settle(waitMs: number): Promise<boolean> {
    return this.#loader === null ? false : this.#loader.settle(waitMs);
  }

  /** Ends the loader after the insert that is under way, unless that hangs, and the engine. */
  async close(): Promise<void> {
    this.#closed = true;
    const stopped = this.#loader?.stop() ?? Promise.resolve();
    await this.#orAfter(stopped, LAST_INSERT_MS_MAX);
    if (this.#claim !== null) await this.#orAfter(this.#claim.release(), LAST_INSERT_MS_MAX);
    // Gives up what is still under way: its rows stay in the journal, and in doubt until the next start.
    await this.connection.close();
    await stopped;
    await this.engine?.stop();
  }

  /** Rows that the journal knows to have been in the ledger and that were not there at the start. */
  get lostRows(): number {
    return this.#lostRows;
  }

  /** All rows of all journals that the ledger has or, past their retention, has accounts of. */
  async rowsEver(): Promise<number> {
    const days = await readKeptDays(this.connection);
    const [events, charges] = [countingEvents(days), countingCharges(days, true)];
    const [rows] = await this.connection.query<{ rows: number }>(
      `SELECT count() AS rows FROM ${LEDGER_DATABASE}.events WHERE ${events.sql}`,
      events.parameters,
    );
    const [past] = await this.connection.query<{ rows: number }>(
      `SELECT sum(c.events) AS rows FROM ${CHARGES} AS c WHERE ${charges.sql}`,
      charges.parameters,
    );
    return (rows?.rows ?? 0) + (past?.rows ?? 0);
  }

  /** Counts the rows, since the engine passes over parts that it finds damaged. */
  async #count({ totals, pendingRows, lastSeq }: JournalStatus): Promise<void> {
    const { journal, log } = this.#options;
    const days = await readKeptDays(this.connection);
    const [events, charges] = [countingEvents(days), countingCharges(days, true)];
    const [row] = await this.connection.queryAfterInserts<{ own: number }>(
      `SELECT count() AS own FROM ${LEDGER_DATABASE}.events
       WHERE journal = {journal:String} AND seq <= {last:UInt64} AND ${events.sql}`,
      { journal: journal.identity.id, last: lastSeq, ...events.parameters },
    );
    const [past] = await this.connection.query<{ own: number }>(
      `SELECT sum(c.events) AS own FROM ${CHARGES} AS c WHERE journal = {journal:String} AND ${charges.sql}`,
      { journal: journal.identity.id, ...charges.parameters },
    );
    this.#lostRows = Math.max(0, totals.events - pendingRows - (row?.own ?? 0) - (past?.own ?? 0));
    if (this.#lostRows > 0)
      log.error({ rows: this.#lostRows }, 'the ledger has fewer rows than were acknowledged and loaded');
  }

  /** Waits for a promise that does not reject, but not for ever. */
  #orAfter(promise: Promise<void>, waitMs: number): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, waitMs);
      void promise.then(() => {
        clock.clearTimeout(timer);
        resolve();
      });
    });
  }

  async #start(): Promise<void> {
    const { clock, log } = this.#options;
    await this.engine?.ready;
    let pauseMs = RETRY_MS;
    while (!this.#closed) {
      try {
        await this.#open();
        return;
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        this.#waitsFor = waitingFor(error);
        log.error({ problem, pauseMs }, 'the ledger could not be opened; trying again');
        await new Promise<void>((resolve) => {
          // A server that is told to stop need not wait for the next try.
          clock.setTimeout(resolve, pauseMs).unref();
        });
        if (this.engine === null) pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX);
      }
    }
  }

  /** Brings the schema up to date, and begins to load. */
  async #open(): Promise<void> {
    const { clock, log, journal, server, insertBytesMax, onLoaded } = this.#options;
    const { connection } = this;
    if (connection.kind === 'remote') {
      await requireFit(connection);
      this.#claim ??= await Claim.take({ connection, clock, journal: journal.identity.id, server });
      // Whoever closed meanwhile could not give it free.
      if (this.#closed) return this.#claim.release();
    }
    const ran = await migrate(connection, readMigrations());
    if (ran.length > 0) log.info({ migrations: ran }, 'the ledger schema was brought up to date');
    if (connection.kind === 'embedded') await removeLentTables(connection);
    const status = await journal.status();
    await this.#count(status);
    if (this.#closed) return;
    const { loadedBlock } = status;
    this.#loader = new Loader({
      journal,
      connection,
      clock,
      log,
      takeTurn: this.exclusively,
      insertBytesMax,
      loadedBlock,
      onLoaded,
    });
  }
}
