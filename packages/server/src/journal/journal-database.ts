/**
 * The journal's SQLite database: its schema, its settings and its statements.
 */

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { journalIdOf } from '../encryption/index.ts';
import { finishSalvage, isDamage, type Salvage, salvage } from '../salvage/salvage.ts';
import { JournalError, type RowKind } from './submission.ts';

/** The database in the journal's directory. */
export const JOURNAL_FILE = 'journal.db';

const SCHEMA_VERSION = 2;
const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE blocks (
    block INTEGER PRIMARY KEY, rows INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    checksum INTEGER NOT NULL, damaged INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL,
    kind TEXT NOT NULL DEFAULT 'event'
  ) STRICT;
  CREATE TABLE block_identities (
    block INTEGER PRIMARY KEY, arrived_ms INTEGER NOT NULL, checksum INTEGER NOT NULL, entries BLOB NOT NULL
  ) STRICT;
  CREATE TABLE totals (
    day TEXT PRIMARY KEY, events INTEGER NOT NULL, input_tokens TEXT NOT NULL, output_tokens TEXT NOT NULL,
    cost_pico_usd TEXT NOT NULL, unpriced INTEGER NOT NULL
  ) STRICT;
`;

/** What brings the journal of an earlier version up to each next one. */
const UPGRADES: readonly string[] = ["ALTER TABLE blocks ADD COLUMN kind TEXT NOT NULL DEFAULT 'event';"];

export interface BlockRow {
  readonly block: number;
  readonly kind: RowKind;
  readonly rows: number;
  readonly checksum: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export interface IdentitiesRow {
  readonly block: number;
  readonly arrived_ms: number;
  readonly checksum: number;
  readonly entries: Uint8Array<ArrayBuffer>;
}

export interface TotalsRow {
  readonly day: string;
  readonly events: number;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly cost_pico_usd: string;
  readonly unpriced: number;
}

/** The statements of the journal, prepared once. */
export type Statements = ReturnType<typeof prepare>;

export function prepare(db: DatabaseSync) {
  const statement = (sql: string): StatementSync => db.prepare(sql);
  return {
    getMeta: statement('SELECT value FROM meta WHERE key = ?'),
    setMeta: statement(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
    insertBlock: statement(
      'INSERT INTO blocks (block, kind, rows, last_seq, checksum, payload) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    insertIdentities: statement('INSERT INTO block_identities VALUES (?, ?, ?, ?)'),
    allIdentities: statement('SELECT * FROM block_identities ORDER BY block'),
    deleteIdentities: statement('DELETE FROM block_identities WHERE block <= ?'),
    pending: statement(
      'SELECT block, kind, rows, checksum, payload FROM blocks WHERE block > ? AND damaged = 0 ORDER BY block',
    ),
    markDamaged: statement('UPDATE blocks SET damaged = 1 WHERE block = ?'),
    deleteBlocks: statement('DELETE FROM blocks WHERE block <= ? AND damaged = 0'),
    backlog: statement(
      "SELECT sum(rows) FILTER (WHERE kind = 'event') AS rows, sum(length(payload)) AS bytes, sum(damaged) AS damaged FROM blocks",
    ),
    totalsOfDay: statement('SELECT * FROM totals WHERE day = ?'),
    allTotals: statement('SELECT * FROM totals ORDER BY day'),
    setTotals: statement('INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?)'),
  };
}

/** An open journal's database. */
export interface OpenedDatabase {
  readonly db: DatabaseSync;
  /** True if there was none. */
  readonly isNew: boolean;
  /** What became of a damaged one; null if it was sound. */
  readonly salvaged: Salvage | null;
}

/** Opens the journal's database, and makes it if it is not there. One that is damaged is set aside, and what is readable of it is kept. */
export function openDatabase(path: string, nowMs: number): OpenedDatabase {
  finishSalvage(path, nowMs);
  const isThere = existsSync(path);
  try {
    return { ...openSound(path), salvaged: null };
  } catch (error) {
    if (!isThere || !isDamage(error)) throw error;
    return { ...openSound(path, salvage(path, nowMs)) };
  }
}

function openSound(path: string, salvaged: Salvage | null = null): OpenedDatabase {
  const db = new DatabaseSync(path);
  try {
    // The page size has to be set before the first table. 16 KiB suits blobs of tens of kilobytes and small commits alike.
    db.exec('PRAGMA page_size = 16384');
    // Held for good: two servers on one data directory would each give out the same row numbers.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 3000; PRAGMA wal_autocheckpoint = 2000',
    );
    const version = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
    if (version > SCHEMA_VERSION)
      throw new JournalError('failed', `The journal was written by a newer version (schema ${version}).`);
    if (version === 0) create(db);
    else {
      requireSound(db);
      upgrade(db, version);
    }
    if (salvaged !== null) completeMeta(db);
    // A write takes the lock, and fails here if another server holds it.
    db.exec("INSERT OR REPLACE INTO meta VALUES ('opened', x'')");
    return { db, isNew: version === 0, salvaged };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite finds damage when it comes upon it, which may be years later: so every page is read now. */
function requireSound(db: DatabaseSync): void {
  const [first] = db.prepare('PRAGMA quick_check(1)').all();
  const said = Object.values(first ?? {})[0];
  const SQLITE_CORRUPT = 11;
  if (said !== 'ok') throw Object.assign(new Error(String(said)), { errcode: SQLITE_CORRUPT });
}

/** Works out what the journal was, as far as its own notes of that could not be read. */
function completeMeta(db: DatabaseSync): void {
  const ends = db
    .prepare('SELECT min(block) AS first, max(block) AS last, max(last_seq) AS seq FROM blocks')
    .get() as { first: number | null; last: number | null; seq: number | null };
  const sample = db.prepare("SELECT payload FROM blocks WHERE kind = 'event' LIMIT 1").get() as
    | { payload: Uint8Array }
    | undefined;
  const head = sample?.payload.subarray(0, 64) ?? new Uint8Array();
  const written = /^\{"journal":"([\w-]{1,32})"/.exec(Buffer.from(head).toString('latin1'))?.[1];
  const id = journalIdOf(head) ?? written ?? randomUUID().slice(0, 8);
  const set = db.prepare('INSERT OR IGNORE INTO meta VALUES (?, ?)');
  const values = {
    journal_id: id,
    last_block: String(ends.last ?? 0),
    last_seq: String(ends.seq ?? 0),
    loaded_block: String((ends.first ?? 1) - 1),
  };
  for (const [key, value] of Object.entries(values)) set.run(key, Buffer.from(value));
}

function create(db: DatabaseSync): void {
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
  const set = db.prepare('INSERT INTO meta VALUES (?, ?)');
  set.run('journal_id', Buffer.from(randomUUID().slice(0, 8)));
  for (const counter of ['last_block', 'last_seq', 'loaded_block']) set.run(counter, Buffer.from('0'));
  db.exec('COMMIT');
}

/** True for an error that says that the disk is full: SQLite's own code, the system's, that of the identity store. */
export function isDiskFull(error: unknown): boolean {
  const SQLITE_FULL = 13;
  const { errcode, code } = error as { errcode?: number; code?: string };
  return errcode === SQLITE_FULL || code === 'ENOSPC' || code === 'disk_full';
}

function upgrade(db: DatabaseSync, version: number): void {
  if (version === SCHEMA_VERSION) return;
  const steps = UPGRADES.slice(version - 1).join(' ');
  db.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}
