/**
 * What a hub holds of its sites. A bucket is replaced whole and at once: its cells are
 * written under a new revision and count from the row that names it. Whatever a crash
 * leaves in between is named by nothing, and is removed later.
 */

import type { Clock } from '../clock.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../ledger/connection.ts';
import { makeTurns } from '../ledger/turns.ts';
import { DAY, HOUR } from '../rollups/rollup-sets.ts';
import type { Bucket, BucketWidth } from './cells.ts';

export const FEDERATED_BUCKETS = `${LEDGER_DATABASE}.federated_buckets`;

/** The table with the cells of buckets of a width. */
export const federatedTables: Readonly<Record<BucketWidth, string>> = {
  [HOUR]: `${LEDGER_DATABASE}.federated_cells`,
  [DAY]: `${LEDGER_DATABASE}.federated_users`,
};

/** A bucket that counts. */
export interface HeldBucket {
  readonly at: number;
  readonly fingerprint: string;
}

/** For so long a question that goes by an older revision may still be under way. */
const QUESTIONS_MS_MAX = 10 * 60_000;
/** Buckets that one deletion names, and deletions of one cleaning. */
const NAMED_MAX = 500;
const DELETIONS_MAX = 40;
const DURABLY = 'SETTINGS mutations_sync = 1, max_execution_time = 0';

/** The condition that a row of cells or of buckets is of the revision that counts, as of a reading. */
export function counting(width: BucketWidth, revision: number): string {
  return `(site, at, revision) IN (SELECT site, at, max(revision) FROM ${FEDERATED_BUCKETS}
    WHERE width = ${width} AND revision <= ${revision} GROUP BY site, at)`;
}

/** The newest revision: a question that goes by it sees one moment. */
export async function newestRevision(connection: LedgerConnection): Promise<number> {
  const [row] = await connection.query<{ revision: number }>(
    `SELECT max(revision) AS revision FROM ${FEDERATED_BUCKETS}`,
  );
  return row?.revision ?? 0;
}

/** Writes and removes. One of a ledger. */
export class FederatedCells {
  readonly #connection: LedgerConnection;
  readonly #clock: Clock;
  /** Revisions are published in the order of their numbers, so that a reading stays what it was. */
  readonly #inTurn = makeTurns();
  #last = 0;

  constructor(connection: LedgerConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** The buckets that count of a site from an instant on, epoch seconds. Those without cells are left out. */
  held(site: string, width: BucketWidth, from: number): Promise<HeldBucket[]> {
    return this.#connection.query<HeldBucket>(
      `SELECT toUnixTimestamp(at) AS at, argMax(b.fingerprint, b.revision) AS fingerprint
       FROM ${FEDERATED_BUCKETS} AS b
       WHERE width = {width:UInt32} AND site = {site:String} AND b.at >= toDateTime({from:UInt32}, 'UTC')
       GROUP BY at HAVING argMax(b.cells, b.revision) > 0`,
      { site, width, from },
    );
  }

  /** Puts buckets in the place of what was there. On return all of them count; on an error none of them, or all. */
  replace(site: string, width: BucketWidth, buckets: readonly Bucket[]): Promise<void> {
    if (buckets.length === 0) return Promise.resolve();
    return this.#inTurn(async () => {
      const revision = await this.#nextRevision();
      const lines = buckets.flatMap(({ at, rows }) =>
        rows.map((cell) => JSON.stringify({ site, at, revision, ...cell })),
      );
      if (lines.length > 0)
        await this.#connection.insertJsonLines(federatedTables[width], [Buffer.from(lines.join('\n'))], 0);
      const notes = buckets.map(({ at, fingerprint, rows }) =>
        JSON.stringify({ width, site, at, revision, fingerprint, cells: rows.length }),
      );
      // One block into a table without partitions, so that they count together.
      await this.#connection.insertJsonLines(FEDERATED_BUCKETS, [Buffer.from(notes.join('\n'))], 0);
    });
  }

  /**
   * Takes away what counts no more and what never did.
   *
   * @param keepFrom buckets before this are past their retention, epoch seconds.
   */
  async clean(keepFrom: number): Promise<void> {
    const before = this.#clock.nowMs() - QUESTIONS_MS_MAX;
    for (const width of [HOUR, DAY] as const)
      for (const table of [federatedTables[width], FEDERATED_BUCKETS])
        for (let i = 0; i < DELETIONS_MAX; i += 1)
          if (!(await this.#removeSome(table, width, before, keepFrom))) break;
  }

  /**
   * A number above all that were ever given out. What a crash has left has no name and must not get one, so it counts
   * too; and the clock's time is above that of an insert that is still on its way.
   */
  async #nextRevision(): Promise<number> {
    if (this.#last === 0) {
      const tables = [FEDERATED_BUCKETS, ...Object.values(federatedTables)];
      const [row] = await this.#connection.query<{ highest: number }>(
        `SELECT greatest(${tables.map((table) => `(SELECT max(revision) FROM ${table})`).join(', ')}) AS highest`,
      );
      this.#last = row?.highest ?? 0;
    }
    this.#last = Math.max(this.#last + 1, this.#clock.nowMs());
    return this.#last;
  }

  async #removeSome(table: string, width: BucketWidth, before: number, keepFrom: number): Promise<boolean> {
    const ofWidth = table === FEDERATED_BUCKETS ? `width = ${width}` : '1';
    const gone = await this.#connection.query<{ name: string; start: number; number: number }>(
      `SELECT DISTINCT site AS name, toUnixTimestamp(at) AS start, revision AS number FROM ${table}
       WHERE ${ofWidth} AND revision < ${before} AND (at < toDateTime(${keepFrom}, 'UTC') OR NOT ${counting(width, before)})
       LIMIT ${NAMED_MAX}`,
    );
    if (gone.length === 0) return false;
    // The engine keeps the text of a deletion, so it has no parameters; sites are words of the configuration.
    const named = gone
      .map(({ name, start, number }) => `('${siteName(name)}', ${start}, ${number})`)
      .join(', ');
    await this.#connection.command(
      `DELETE FROM ${table} WHERE ${ofWidth} AND (site, toUnixTimestamp(at), revision) IN (${named}) ${DURABLY}`,
    );
    return gone.length === NAMED_MAX;
  }
}

/** A site's name as it may stand in a statement. @throws Error for anything else. */
function siteName(name: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(name)) throw new Error('A site in the ledger has no proper name.');
  return name;
}
