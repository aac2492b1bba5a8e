/**
 * What can be read of a damaged SQLite database, put into a new one. Each table is read
 * from its begin and from its end until the damage is met, so one bad page in the middle
 * costs the rows of that page and not all behind it.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** SQLite's codes for a file that is damaged, or no database at all: https://www.sqlite.org/rescode.html */
const DAMAGED = new Set([11, 26]);

/** SQLite's code for a disk that is full. */
const FULL = 13;
/** The same for one that another process holds. */
const BUSY = 5;

/** A database, its log and the index of that. */
const WITH_LOG = ['', '-wal', '-shm'];
/** What follows the name of a damaged database that was set aside, before the time. */
const ASIDE = '.damaged-';
/** What follows the name of a salvaged database that is to take the other's place. */
const DECIDED = '.salvaged';

/** What came of it. */
export interface Salvage {
  /** Where the damaged file is now. */
  readonly aside: string;
  /** Rows that could be read, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables that could not be read to the end, or not at all. */
  readonly incomplete: readonly string[];
}

/** True for an error that says that the file is damaged. */
export function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && DAMAGED.has(errcode & 0xff);
}

function isNoRoom(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === FULL;
}

/** True if the database at a path can be read from front to back, or is not there. */
export function isSound(path: string): boolean {
  if (!existsSync(path)) return true;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path);
    const [first] = db.prepare('PRAGMA quick_check(1)').all();
    return Object.values(first ?? {})[0] === 'ok';
  } catch (error) {
    if (isDamage(error)) return false;
    // Whoever has it open has looked at it.
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY) return true;
    throw error;
  } finally {
    db?.close();
  }
}

/**
 * Puts what is readable of a damaged database in its place, and sets that aside. Killed at any moment it has happened
 * whole or not at all, if {@link finishSalvage} is called before the next opening.
 *
 * @param nowMs for the name of the file that is set aside.
 */
export function salvage(path: string, nowMs: number): Salvage {
  const unfinished = `${path}.salvaging`;
  // One that was killed in this is begun anew.
  for (const suffix of WITH_LOG) rmSync(`${unfinished}${suffix}`, { force: true });
  const rows: Record<string, number> = {};
  const incomplete: string[] = [];
  let from: DatabaseSync | null = null;
  const to = new DatabaseSync(unfinished);
  try {
    // Only read: closing it must not write its log into it.
    from = new DatabaseSync(path, { readOnly: true });
    to.exec('PRAGMA journal_mode = DELETE');
    copySettings(from, to);
    copyEverything(from, to, rows, incomplete);
  } catch (error) {
    // A schema that is damaged can be read as anything, even as SQL that is none.
    if (isNoRoom(error)) throw error;
    incomplete.push('sqlite_schema');
  } finally {
    from?.close();
    to.close();
  }
  // Without tables there is nothing in it, and the owner begins a new one.
  if (Object.keys(rows).length === 0) writeFileSync(unfinished, '');
  sync(unfinished);
  renameSync(unfinished, `${path}${DECIDED}`);
  return { aside: finishSalvage(path, nowMs) ?? path, rows, incomplete };
}

/**
 * Brings a salvage to its end that was killed.
 *
 * @returns where the damaged database is now; null if there was nothing to do.
 */
export function finishSalvage(path: string, nowMs: number): string | null {
  if (!existsSync(`${path}${DECIDED}`)) return null;
  const aside = `${path}${ASIDE}${new Date(nowMs).toISOString().replaceAll(':', '')}`;
  for (const suffix of WITH_LOG)
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
  renameSync(`${path}${DECIDED}`, path);
  sync(dirname(path));
  return aside;
}

/** The names of damaged databases that were set aside and are still there. */
export function setAsideBeside(path: string): string[] {
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter(
    (name) => name.startsWith(`${basename(path)}${ASIDE}`) && !/-(?:wal|shm)$/.test(name),
  );
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function copyEverything(
  from: DatabaseSync,
  to: DatabaseSync,
  rows: Record<string, number>,
  incomplete: string[],
): void {
  for (const { type, name, sql } of schemaOf(from)) {
    if (type !== 'table') continue;
    to.exec(sql);
    const copied = copyTable(from, to, name, /\bWITHOUT\s+ROWID\b/i.test(sql));
    rows[name] = copied.rows;
    if (!copied.whole) incomplete.push(name);
  }
  // Triggers would keep rows from being copied; indexes are made of what is there.
  for (const { type, name, sql } of schemaOf(from)) {
    if (type === 'table') continue;
    try {
      to.exec(sql);
    } catch (error) {
      if (isNoRoom(error)) throw error;
      incomplete.push(name);
    }
  }
}

function copySettings(from: DatabaseSync, to: DatabaseSync): void {
  for (const name of ['page_size', 'user_version']) {
    const value = Object.values(from.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    if (typeof value === 'number') to.exec(`PRAGMA ${name} = ${value}`);
  }
}

interface SchemaRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

function schemaOf(db: DatabaseSync): SchemaRow[] {
  return db
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    .all() as unknown as SchemaRow[];
}

function copyTable(
  from: DatabaseSync,
  to: DatabaseSync,
  table: string,
  isWithoutRowid: boolean,
): { readonly rows: number; readonly whole: boolean } {
  const quoted = `"${table.replaceAll('"', '""')}"`;
  let rows = 0;
  to.exec('BEGIN');
  const read = (order: string): boolean => {
    try {
      let insert: StatementSync | null = null;
      const select = from.prepare(`SELECT * FROM ${quoted} ${order}`);
      select.setReadBigInts(true);
      for (const row of select.iterate()) {
        const values = Object.values(row) as SQLInputValue[];
        const places = values.map(() => '?').join(', ');
        insert ??= to.prepare(`INSERT OR IGNORE INTO ${quoted} VALUES (${places})`);
        rows += Number(insert.run(...values).changes);
      }
      return true;
    } catch (error) {
      if (isNoRoom(error)) throw error;
      return false;
    }
  };
  const whole = read(isWithoutRowid ? '' : 'ORDER BY rowid ASC');
  if (!whole && !isWithoutRowid) read('ORDER BY rowid DESC');
  to.exec('COMMIT');
  return { rows, whole };
}
