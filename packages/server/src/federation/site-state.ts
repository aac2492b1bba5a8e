/** What a hub remembers of its sites from one start to the next. The figures themselves are in the ledger. */

import type { StateDatabase, StatePart } from '../state/state-database.ts';

/** The tables in the state database. */
export const federationStatePart: StatePart = {
  name: 'federation',
  migrations: [
    {
      version: 1,
      name: 'sites',
      sql: `CREATE TABLE federation_sites (
        site TEXT PRIMARY KEY, instance TEXT NOT NULL, seq INTEGER NOT NULL, succeeded_ms INTEGER) STRICT`,
    },
  ],
};

/** What is remembered. */
export interface RememberedSite {
  /** The journal of the site. */
  readonly instance: string;
  readonly seq: number;
  /** When it was last pulled whole, epoch milliseconds; null if it never was. */
  readonly succeededMs: number | null;
}

export class SiteMemory {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Null for a site that was never reached. */
  get(site: string): RememberedSite | null {
    return this.#state.read(() => {
      const row = this.#state.connection
        .prepare('SELECT instance, seq, succeeded_ms FROM federation_sites WHERE site = ?')
        .get(site);
      if (row === undefined) return null;
      const { instance, seq, succeeded_ms: succeeded } = row;
      return {
        instance: String(instance),
        seq: Number(seq),
        succeededMs: succeeded === null ? null : Number(succeeded),
      };
    });
  }

  set(site: string, { instance, seq, succeededMs }: RememberedSite): void {
    this.#state.write(() =>
      this.#state.connection
        .prepare(
          `INSERT INTO federation_sites VALUES (?, ?, ?, ?) ON CONFLICT (site)
           DO UPDATE SET instance = excluded.instance, seq = excluded.seq, succeeded_ms = excluded.succeeded_ms`,
        )
        .run(site, instance, seq, succeededMs),
    );
  }
}
