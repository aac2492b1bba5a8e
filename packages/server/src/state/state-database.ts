/**
 * The SQLite database of the small state that must not be lost. It opens durable (WAL;
 * what `write` does is on disk when it returns, what `commit` does after `synced`), brings
 * its schema up to date, and sets a file aside that is no database, so that the server
 * always starts. Each part of the server that keeps state here brings its own migrations.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { LogSync, type SyncFile } from './log-sync.ts';
import { defineSealing, type SealedColumn, sealStored } from './sealed-columns.ts';
import { StateError } from './state-error.ts';

/** The name of the database in the data directory. */
export const STATE_FILE = 'state.db';

/** One step of a part's schema. Once released, its SQL never changes. */
export interface Migration {
  /** 1, 2, 3 … for each part. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The migrations of one part of the server. */
export interface StatePart {
  readonly name: string;
  readonly migrations: readonly Migration[];
  /** Columns that are encrypted where there is a key. */
  readonly sealed?: readonly SealedColumn[];
}

/** A database that is open and up to date. */
export interface StateDatabase {
  readonly connection: DatabaseSync;
  /** Where a damaged file was set aside when this one was opened, or `null`. */
  readonly quarantined: string | null;
  /** Runs `work` in one write transaction: all of it is on disk afterwards, or none. */
  write<Result>(work: () => Result): Result;
  /**
   * Runs `work` in one write transaction that outlives the process, however it ends. It outlives the
   * machine only once {@link StateDatabase.synced} has resolved, before which nothing that follows from
   * it may leave the server.
   */
  commit<Result>(work: () => Result): Result;
  /**
   * Resolves when all that was committed so far is on disk. The disk is waited for in another
   * thread; those who wait at the same time share one sync. Rejects with a {@link StateError}.
   */
  synced(): Promise<void>;
  /** Runs `work`, with SQLite's errors made typed. */
  read<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Pages of the log, 16 MB, after which a commit writes it back into the database and waits for the
 * disk. With SQLite's 1000 a flood of alerts did so thirty times, and wrote the same pages again.
 */
const LOG_PAGES = 4000;

/** How long a write waits for another process. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens the database of a data directory for writing, and creates it where there is none.
 *
 * @throws {StateError} `locked`, `newer_schema`, `changed_migration`, `full` or `unusable`.
 */
export function openStateDatabase(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly parts: readonly StatePart[];
  /** The key of the state, 32 bytes; null, or left out, for none. */
  readonly key?: Uint8Array | null;
  /** How the log is put on disk; left out, by the operating system in another thread. */
  readonly syncFile?: SyncFile;
}): StateDatabase {
  const { dataDir, clock, parts, key = null, syncFile } = options;
  const file = join(dataDir, STATE_FILE);
  typed(() => mkdirSync(dataDir, { recursive: true, mode: 0o700 }));
  try {
    return openUpToDate(file, null, { parts, clock, key, syncFile });
  } catch (error) {
    if (!(error instanceof StateError) || error.code !== 'damaged') throw error;
    return openUpToDate(file, setAside(file, clock), { parts, clock, key, syncFile });
  }
}

/**
 * Opens the database of a data directory for reading only; creates and changes nothing.
 *
 * @throws {StateError} `absent`, `damaged`, `locked` or `unusable`.
 */
export function openStateReader(dataDir: string): StateDatabase {
  const file = join(dataDir, STATE_FILE);
  if (!existsSync(file)) throw new StateError('absent', `There is no ${STATE_FILE} in ${dataDir}.`);
  return typed(() => {
    const connection = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    } catch (error) {
      connection.close();
      throw error;
    }
    return wrap(connection, file, { quarantined: null });
  });
}

function wrap(
  connection: DatabaseSync,
  file: string,
  {
    quarantined,
    syncFile,
  }: { readonly quarantined: string | null; readonly syncFile?: SyncFile | undefined },
): StateDatabase {
  const log = new LogSync({ file: `${file}-wal`, checkpoint: () => checkpoint(connection), sync: syncFile });
  /** The first commit is synced by SQLite, which puts the name of the log on disk too. */
  let isFirst = true;
  const transact = <Result>(syncs: boolean, work: () => Result): Result =>
    typed(() => {
      try {
        if (!syncs) connection.exec('PRAGMA synchronous = NORMAL');
        // IMMEDIATE takes the write lock at once: what is read inside cannot change before the commit.
        connection.exec('BEGIN IMMEDIATE');
        const result = work();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (connection.isTransaction) connection.exec('ROLLBACK');
        throw error;
      } finally {
        // Whatever else writes on this connection is synced at once.
        if (!syncs) connection.exec('PRAGMA synchronous = FULL');
      }
    });
  return {
    connection,
    quarantined,
    write: (work) => transact(true, work),
    commit: (work) => {
      const result = transact(isFirst, work);
      isFirst = false;
      log.committed();
      return result;
    },
    synced: async () => {
      try {
        await log.synced();
      } catch (error) {
        throw stateErrorOf(error) ?? error;
      }
    },
    read: (work) => typed(work),
    close: () => {
      log.close();
      connection.close();
    },
  };
}

/** Writes the log into the database. @throws {StateError} `unusable` while somebody reads what is older. */
function checkpoint(connection: DatabaseSync): void {
  const row = typed(() => connection.prepare('PRAGMA wal_checkpoint(PASSIVE)').get());
  if (row?.['busy'] !== 0 || row['log'] !== row['checkpointed'])
    throw new StateError('unusable', 'The log of the state database could not be put on disk.');
}

/** How a database is brought up to date. */
interface Opening {
  readonly parts: readonly StatePart[];
  readonly clock: Clock;
  readonly key: Uint8Array | null;
  readonly syncFile: SyncFile | undefined;
}

function openUpToDate(
  file: string,
  quarantined: string | null,
  { parts, clock, key, syncFile }: Opening,
): StateDatabase {
  const connection = typed(() => openDurable(file));
  const state = wrap(connection, file, { quarantined, syncFile });
  try {
    defineSealing(connection, key);
    const wasPlain = state.write(() => {
      migrate(connection, parts, clock);
      const columns = parts.flatMap(({ sealed = [] }) => sealed);
      return key !== null && sealStored(connection, columns);
    });
    // Else it would be in free pages and in the log for a while.
    if (wasPlain) connection.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
    return state;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Renames a damaged database with everything that belongs to it, and gives its new name. */
function setAside(file: string, clock: Clock): string {
  const aside = `${file}.damaged-${new Date(clock.nowMs()).toISOString().replaceAll(':', '')}`;
  typed(() => {
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    }
  });
  return aside;
}

function openDurable(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, {
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
  });
  try {
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
    connection.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function migrate(connection: DatabaseSync, parts: readonly StatePart[], clock: Clock): void {
  connection.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
    part TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL,
    applied_at TEXT NOT NULL, PRIMARY KEY (part, version)) STRICT`);
  const applied = connection.prepare(
    'SELECT version, checksum FROM schema_migrations WHERE part = ? ORDER BY version',
  );
  const record = connection.prepare('INSERT INTO schema_migrations VALUES (?, ?, ?, ?, ?)');
  for (const { name: part, migrations } of parts) {
    const done = applied.all(part);
    if (done.length > migrations.length) {
      throw new StateError('newer_schema', `The ${part} state was written by a newer version of Bellwether.`);
    }
    for (const [index, migration] of migrations.entries()) {
      if (migration.version !== index + 1)
        throw new Error(`Migrations of ${part} are not numbered 1, 2, 3 …`);
      const checksum = createHash('sha256').update(migration.sql).digest('hex');
      const before = done[index];
      if (before === undefined) {
        connection.exec(migration.sql);
        const appliedAt = new Date(clock.nowMs()).toISOString();
        record.run(part, migration.version, migration.name, checksum, appliedAt);
      } else if (before['checksum'] !== checksum) {
        throw new StateError(
          'changed_migration',
          `Migration ${migration.version} of ${part} is not the one that was applied to this database.`,
        );
      }
    }
  }
}

function typed<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw stateErrorOf(error) ?? error;
  }
}

/** SQLite's result codes and the operating system's errors, as far as an operator can do something about them. */
function stateErrorOf(error: unknown): StateError | null {
  if (error instanceof StateError || !(error instanceof Error)) return null;
  const options = { cause: error };
  if ('errcode' in error && typeof error.errcode === 'number') {
    // The lower byte is the primary result code: https://www.sqlite.org/rescode.html
    const code = error.errcode & 0xff;
    if (code === 5 || code === 6)
      return new StateError('locked', 'Another process holds the state database.', options);
    if (code === 11 || code === 26)
      return new StateError('damaged', 'The state database is damaged.', options);
    // SQLITE_IOERR_SHMSIZE: there is no room for the shared memory file, which opening needs.
    if (code === 13 || error.errcode === 4874) return new StateError('full', 'The disk is full.', options);
    if ([3, 8, 10, 14].includes(code)) {
      return new StateError('unusable', `The state database cannot be used: ${error.message}.`, options);
    }
    return null;
  }
  if ('syscall' in error && 'code' in error) {
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
    return full
      ? new StateError('full', 'The disk is full.', options)
      : new StateError('unusable', `The data directory cannot be used: ${error.message}.`, options);
  }
  return null;
}
