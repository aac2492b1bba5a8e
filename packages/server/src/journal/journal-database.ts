/**
 * The journal's SQLite database: its schema, its settings and its statements.
 */

import { randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
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

/** Opens the journal's database, and makes it if it is not there. */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
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
  else upgrade(db, version);
  // A write takes the lock, and fails here if another server holds it.
  db.exec("INSERT OR REPLACE INTO meta VALUES ('opened', x'')");
  return db;
}

function create(db: DatabaseSync): void {
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
  const set = db.prepare('INSERT INTO meta VALUES (?, ?)');
  set.run('journal_id', Buffer.from(randomUUID().slice(0, 8)));
  for (const counter of ['last_block', 'last_seq', 'loaded_block']) set.run(counter, Buffer.from('0'));
  db.exec('COMMIT');
}

function upgrade(db: DatabaseSync, version: number): void {
  if (version === SCHEMA_VERSION) return;
  const steps = UPGRADES.slice(version - 1).join(' ');
  db.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}
