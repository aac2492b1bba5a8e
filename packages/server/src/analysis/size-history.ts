/** How large the ledger was, hour by hour: what is known of when its disk will be full. */

import type { StateDatabase, StatePart } from '../state/state-database.ts';

/** Its table. */
export const sizesStatePart: StatePart = {
  name: 'sizes',
  migrations: [
    {
      version: 1,
      name: 'sizes of the ledger',
      sql: `CREATE TABLE ledger_sizes (at_ms INTEGER PRIMARY KEY, ledger_bytes INTEGER NOT NULL, available_bytes INTEGER NOT NULL) STRICT;`,
    },
  ],
};

/** The size of the ledger at a time, and the room that was left on its disk. */
export interface LedgerSize {
  readonly atMs: number;
  readonly ledgerBytes: number;
  readonly availableBytes: number;
}

/** What is kept at most. */
const KEPT_MS = 400 * 86_400_000;

/** Keeps them. */
export class SizeHistory {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Keeps a size, and forgets those of more than 400 days before. */
  add({ atMs, ledgerBytes, availableBytes }: LedgerSize): void {
    const { connection } = this.#state;
    this.#state.write(() => {
      connection
        .prepare('INSERT OR REPLACE INTO ledger_sizes VALUES (?, ?, ?)')
        .run(atMs, ledgerBytes, availableBytes);
      connection.prepare('DELETE FROM ledger_sizes WHERE at_ms < ?').run(atMs - KEPT_MS);
    });
  }

  /** Those since a time, oldest first. */
  since(fromMs: number): LedgerSize[] {
    const rows = this.#state.read(() =>
      this.#state.connection
        .prepare('SELECT * FROM ledger_sizes WHERE at_ms >= ? ORDER BY at_ms')
        .all(fromMs),
    );
    return rows.map((row) => ({
      atMs: Number(row['at_ms']),
      ledgerBytes: Number(row['ledger_bytes']),
      availableBytes: Number(row['available_bytes']),
    }));
  }
}
