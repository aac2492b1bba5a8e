/** What objectives keep in the state database: their definitions, and when they were violated. */

import type { ObjectiveDefinition, ObjectiveKind } from '../config/index.ts';
import type { StateDatabase, StatePart } from '../state/state-database.ts';
import type { Severity } from './burn-rate.ts';

/** The tables of objectives. */
export const objectivesStatePart: StatePart = {
  name: 'objectives',
  migrations: [
    {
      version: 1,
      name: 'definitions and violations',
      sql: `CREATE TABLE objective_definitions (objective TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
CREATE TABLE objective_violations (
  id INTEGER PRIMARY KEY, objective TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, condition TEXT NOT NULL,
  severity TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER, worst_rate REAL NOT NULL) STRICT;
CREATE UNIQUE INDEX objective_violations_open ON objective_violations (objective, key, condition) WHERE ended_ms IS NULL;
CREATE INDEX objective_violations_started ON objective_violations (started_ms);`,
    },
  ],
};

/** A time in which a condition of an objective was violated. */
export interface Violation {
  readonly id: number;
  readonly objective: string;
  /** The value of the dimension that the objective is per; empty for none. */
  readonly key: string;
  readonly kind: ObjectiveKind;
  readonly condition: string;
  readonly severity: Severity;
  readonly startedMs: number;
  /** `null` while it goes on. */
  readonly endedMs: number | null;
  /** The highest burn rate seen. */
  readonly worstRate: number;
}

/** How a definition differs from the one before. */
export interface ObjectiveChange {
  readonly objective: string;
  readonly change: 'new' | 'changed' | 'gone';
  readonly definition: ObjectiveDefinition | null;
}

/** Violations that are remembered. The oldest that have ended make room. */
export const VIOLATIONS_MAX = 20_000;

type Row = Readonly<Record<string, unknown>>;

/** The store. Changes that belong together belong inside {@link ViolationStore.write}. */
export class ViolationStore {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  write<R>(work: () => R): R {
    return this.#state.write(work);
  }

  /** Notes the definitions there are now, and tells how they differ from those before. What is gone is violated no longer. */
  define(definitions: readonly ObjectiveDefinition[], nowMs: number): ObjectiveChange[] {
    const { connection } = this.#state;
    return this.#state.write(() => {
      const known = new Map(
        connection
          .prepare('SELECT objective, definition FROM objective_definitions')
          .all()
          .map((row) => [String(row['objective']), String(row['definition'])]),
      );
      const changes: ObjectiveChange[] = [];
      const put = connection.prepare('INSERT OR REPLACE INTO objective_definitions VALUES (?, ?)');
      for (const definition of definitions) {
        const before = known.get(definition.id);
        known.delete(definition.id);
        const now = JSON.stringify(definition);
        if (before === now) continue;
        put.run(definition.id, now);
        const change = before === undefined ? 'new' : 'changed';
        changes.push({ objective: definition.id, change, definition });
      }
      for (const objective of known.keys()) {
        connection.prepare('DELETE FROM objective_definitions WHERE objective = ?').run(objective);
        connection
          .prepare('UPDATE objective_violations SET ended_ms = ? WHERE objective = ? AND ended_ms IS NULL')
          .run(nowMs, objective);
        changes.push({ objective, change: 'gone', definition: null });
      }
      return changes;
    });
  }

  /** The violations that go on. */
  open(): Violation[] {
    return this.#state.connection
      .prepare('SELECT * FROM objective_violations WHERE ended_ms IS NULL ORDER BY id')
      .all()
      .map(violationOf);
  }

  /** Violations that overlap a time, newest first. */
  list(query: {
    readonly objective: string | null;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  }): Violation[] {
    return this.#state.connection
      .prepare(
        `SELECT * FROM objective_violations WHERE (:objective IS NULL OR objective = :objective)
         AND started_ms < :to AND (ended_ms IS NULL OR ended_ms > :from) ORDER BY started_ms DESC, id DESC LIMIT :limit`,
      )
      .all({ objective: query.objective, from: query.fromMs, to: query.toMs, limit: query.limit })
      .map(violationOf);
  }

  begin(violation: Omit<Violation, 'id' | 'endedMs'>): Violation {
    const { connection } = this.#state;
    const { objective, key, kind, condition, severity, startedMs, worstRate } = violation;
    const { lastInsertRowid } = connection
      .prepare('INSERT INTO objective_violations VALUES (NULL, ?, ?, ?, ?, ?, ?, NULL, ?)')
      .run(objective, key, kind, condition, severity, startedMs, worstRate);
    connection
      .prepare(
        `DELETE FROM objective_violations WHERE ended_ms IS NOT NULL AND id <= ?
         AND (SELECT count(*) FROM objective_violations) > ${VIOLATIONS_MAX}`,
      )
      .run(Number(lastInsertRowid) - VIOLATIONS_MAX);
    return { ...violation, id: Number(lastInsertRowid), endedMs: null };
  }

  worsen(id: number, rate: number): void {
    this.#state.connection
      .prepare('UPDATE objective_violations SET worst_rate = max(worst_rate, ?) WHERE id = ?')
      .run(rate, id);
  }

  end(id: number, nowMs: number): void {
    this.#state.connection
      .prepare('UPDATE objective_violations SET ended_ms = ? WHERE id = ?')
      .run(nowMs, id);
  }
}

function violationOf(row: Row): Violation {
  return {
    id: Number(row['id']),
    objective: String(row['objective']),
    key: String(row['key']),
    kind: String(row['kind']) as ObjectiveKind,
    condition: String(row['condition']),
    severity: String(row['severity']) as Severity,
    startedMs: Number(row['started_ms']),
    endedMs: row['ended_ms'] === null ? null : Number(row['ended_ms']),
    worstRate: Number(row['worst_rate']),
  };
}
