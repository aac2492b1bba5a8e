/** The audit log in the SQLite state database. */

import type { SealedHead, StoredEntry } from './entry.ts';
import type { StateDatabase, StatePart } from '../state/state-database.ts';
import type { AuditStore, LogEnd, StoredQuery } from './store.ts';

/** Larger sequence numbers cannot be read exactly and are never written: a row that has one is not an entry. */
const SEQUENCE_MAX = Number.MAX_SAFE_INTEGER;

const triggers = {
  audit_entries_are_not_changed: `CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END`,
  audit_entries_are_not_deleted: `CREATE TRIGGER audit_entries_are_not_deleted BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END`,
  // REPLACE deletes the row that is in its way without running the trigger above: so nothing may be in the way.
  audit_entries_are_only_added: `CREATE TRIGGER audit_entries_are_only_added BEFORE INSERT ON audit_entries
WHEN EXISTS (SELECT 1 FROM audit_entries WHERE sequence BETWEEN NEW.sequence AND ${SEQUENCE_MAX})
BEGIN SELECT RAISE(ABORT, 'audit entries are only added at the end'); END`,
  audit_head_is_not_deleted: `CREATE TRIGGER audit_head_is_not_deleted BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the head of the audit log is never deleted'); END`,
  audit_head_is_one: `CREATE TRIGGER audit_head_is_one BEFORE INSERT ON audit_head
WHEN EXISTS (SELECT 1 FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'the audit log has one head'); END`,
  audit_head_only_advances: `CREATE TRIGGER audit_head_only_advances BEFORE UPDATE ON audit_head
WHEN NEW.sequence <= OLD.sequence
BEGIN SELECT RAISE(ABORT, 'the head of the audit log only advances'); END`,
} as const;

/** The tables of the audit log. They have no index: what an index says could differ from what the rows say. */
export const auditStatePart: StatePart = {
  name: 'audit',
  migrations: [
    {
      version: 1,
      name: 'entries and head',
      sql: `CREATE TABLE audit_entries (
  sequence INTEGER PRIMARY KEY, time TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
  details TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL) STRICT;
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL) STRICT;
${Object.values(triggers).join(';\n')};`,
    },
  ],
};

const columns = 'sequence, time, actor, action, target, details, previous_hash, hash, seal';

/** The store over an open database; closing the store closes the database. */
export function sqliteAuditStore(state: StateDatabase): AuditStore {
  const { connection } = state;
  const readHead = (): SealedHead | null => {
    const row = connection.prepare('SELECT sequence, hash, seal FROM audit_head WHERE id = 1').get();
    return row === undefined
      ? null
      : { sequence: Number(row['sequence']), hash: textOf(row['hash']), seal: textOf(row['seal']) };
  };
  const writeHead = ({ sequence, hash, seal }: SealedHead): void => {
    const update = 'UPDATE audit_head SET sequence = ?, hash = ?, seal = ? WHERE id = 1';
    const { changes } = connection.prepare(update).run(sequence, hash, seal);
    if (changes === 0)
      connection.prepare('INSERT INTO audit_head VALUES (1, ?, ?, ?)').run(sequence, hash, seal);
  };
  const readEnd = (): LogEnd => {
    const sql = `SELECT ${columns} FROM audit_entries WHERE sequence BETWEEN 1 AND ${SEQUENCE_MAX} ORDER BY sequence DESC LIMIT 1`;
    const row = connection.prepare(sql).get();
    return { head: readHead(), last: row === undefined ? null : entryOf(row) };
  };
  return {
    initialise: async (begin) =>
      state.write(() => {
        const head = begin(readEnd());
        if (head !== null) writeHead(head);
      }),
    append: async (build) =>
      state.write(() => {
        const { entry, head } = build(readEnd());
        connection
          .prepare(`INSERT INTO audit_entries (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
          .run(...valuesOf(entry));
        writeHead(head);
        return { entry, head };
      }),
    entries: async (query) => state.read(() => selectEntries(state, query)),
    head: async () => state.read(readHead),
    weaknesses: async () => state.read(() => missingTriggers(state)),
    close: async () => state.close(),
  };
}

function selectEntries({ connection }: StateDatabase, query: StoredQuery): StoredEntry[] {
  const conditions = ['sequence > ?', `sequence <= ${SEQUENCE_MAX}`];
  const values: (number | string)[] = [Math.max(0, query.after)];
  const condition = (sql: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(sql);
    values.push(value);
  };
  condition('time >= ?', query.from);
  condition('time < ?', query.to);
  condition('action = ?', query.action);
  condition('actor = ?', query.actor);
  condition('target = ?', query.target);
  const sql = `SELECT ${columns} FROM audit_entries WHERE ${conditions.join(' AND ')} ORDER BY sequence LIMIT ?`;
  return connection
    .prepare(sql)
    .all(...values, query.limit)
    .map(entryOf);
}

function missingTriggers({ connection }: StateDatabase): string[] {
  const present = new Map(
    connection
      .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
      .all()
      .map((row) => [textOf(row['name']), textOf(row['sql'])] as const),
  );
  return Object.entries(triggers)
    .filter(([name, sql]) => present.get(name) !== sql)
    .map(([name]) => `The trigger ${name} is missing or was changed.`);
}

function entryOf(row: Record<string, unknown>): StoredEntry {
  return {
    sequence: Number(row['sequence']),
    time: textOf(row['time']),
    actor: textOf(row['actor']),
    action: textOf(row['action']),
    target: textOf(row['target']),
    details: textOf(row['details']),
    previousHash: textOf(row['previous_hash']),
    hash: textOf(row['hash']),
    seal: textOf(row['seal']),
  };
}

/** A damaged row may hold anything; whatever is not a text differs from every text that was written. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : `\0${typeof value}`;
}

/** The values of an entry, as `columns` names them. */
function valuesOf(entry: StoredEntry): (number | string)[] {
  const { sequence, time, actor, action, target, details, previousHash, hash, seal } = entry;
  return [sequence, time, actor, action, target, details, previousHash, hash, seal];
}
