/**
 * Puts the write-ahead log of a database on disk without holding anything up. A commit
 * that SQLite syncs by itself stops the whole process for as long as the disk takes; in a
 * flood of them that is most of the time. Here commits only write, the log is synced in
 * another thread, and all that was committed meanwhile is covered by the next sync.
 */

import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';

/** Syncs a file; given its descriptor. */
export type SyncFile = (descriptor: number) => Promise<void>;

const syncInThread: SyncFile = promisify(fsync);

export interface LogSyncOptions {
  /** The log. Nothing holds a lock on it, so that closing it here takes none away from SQLite. */
  readonly file: string;
  /** Writes all that is in the log into the database, and syncs both; throws if it cannot. */
  readonly checkpoint: () => void;
  /** Left out, the operating system syncs. */
  readonly sync?: SyncFile | undefined;
}

/** Knows how much has been committed, and how much of it is on disk. */
export class LogSync {
  readonly #options: LogSyncOptions;
  #descriptor: number | null = null;
  #committed = 0;
  #synced = 0;
  #failed = false;
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(options: LogSyncOptions) {
    this.#options = options;
  }

  /** Notes a commit that was not synced. */
  committed(): void {
    this.#committed += 1;
  }

  /** Resolves when all that has been committed so far is on disk; rejects if it cannot be put there. */
  async synced(): Promise<void> {
    const wanted = this.#committed;
    while (this.#synced < wanted) {
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
      });
      await this.#running;
    }
  }

  /** Closes the log, after a sync that is under way. */
  close(): void {
    this.#closed = true;
    if (this.#running === null) this.#release();
  }

  async #run(): Promise<void> {
    const upTo = this.#committed;
    try {
      if (this.#failed) this.#options.checkpoint();
      else {
        this.#descriptor ??= openSync(this.#options.file, 'r+');
        await (this.#options.sync ?? syncInThread)(this.#descriptor);
      }
      this.#failed = false;
      this.#synced = Math.max(this.#synced, upTo);
    } catch (error) {
      // After a failure the system may take the pages for clean and the next sync for done,
      // so that only another copy of what they hold makes good for it.
      this.#failed = true;
      throw error;
    } finally {
      if (this.#closed) this.#release();
    }
  }

  #release(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}
