/** What of the business figures is still to be written to the SQL server: kept on disk, so that nothing is left out. */

import type { LedgerMark } from '../../ledger/changed-hours.ts';
import type { StateDatabase, StatePart } from '../../state/state-database.ts';

/** The tables of the export. */
export const sqlExportStatePart: StatePart = {
  name: 'sql_export',
  migrations: [
    {
      version: 1,
      name: 'mark and days',
      sql: `CREATE TABLE sql_export (id INTEGER PRIMARY KEY CHECK (id = 1), target TEXT NOT NULL, mark TEXT NOT NULL) STRICT;
CREATE TABLE sql_export_days (day INTEGER PRIMARY KEY) STRICT;`,
    },
  ],
};

/** The state of the export. */
export class ExportState {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Up to where the ledger was looked at for a target; `null` for a target that is new. */
  mark(target: string): LedgerMark | null {
    const row = this.#state.connection
      .prepare('SELECT mark FROM sql_export WHERE id = 1 AND target = ?')
      .get(target);
    return row === undefined ? null : (JSON.parse(String(row['mark'])) as LedgerMark);
  }

  /** Notes days to be written and the mark up to which they are known, both or neither. */
  note(target: string, mark: LedgerMark, days: readonly number[]): void {
    this.#state.write(() => {
      const { connection } = this.#state;
      const add = connection.prepare('INSERT OR IGNORE INTO sql_export_days VALUES (?)');
      for (const day of days) add.run(day);
      connection
        .prepare('INSERT OR REPLACE INTO sql_export VALUES (1, ?, ?)')
        .run(target, JSON.stringify(mark));
    });
  }

  /** The days to be written, since the epoch, newest first. */
  days(): number[] {
    return this.#state.connection
      .prepare('SELECT day FROM sql_export_days ORDER BY day DESC')
      .all()
      .map((row) => Number(row['day']));
  }

  /** Notes that a day is written. */
  done(day: number): void {
    this.#state.write(() =>
      this.#state.connection.prepare('DELETE FROM sql_export_days WHERE day = ?').run(day),
    );
  }
}
