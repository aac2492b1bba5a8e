/**
 * The claim of a server on a remote ledger. An embedded ledger is locked by its
 * files; a remote one could be given to two servers by mistake, and each would
 * remove, rewrite and sum up what the other is writing. So a server notes in the
 * ledger that it is there, and does not begin while another one is.
 *
 * It is a guard against mistakes and no fence: a server that was cut off from the
 * ledger for longer than the claim holds may overlap with its successor for a
 * moment. Rows are safe even then, since each row belongs to one journal.
 */

import type { Clock } from '../../clock.ts';
import { LEDGER_DATABASE, type LedgerConnection } from '../connection.ts';

const TABLE = `${LEDGER_DATABASE}.claims`;
/** How long a claim holds without being renewed. */
const HOLDS_MS = 45_000;
const RENEW_MS = 15_000;
/** How often, and how long apart, it is looked whether another one that came at the same time has yielded. */
const TRIES_MAX = 6;
const TRY_MS = 500;

/** Someone who claims the ledger. */
interface Claimant {
  readonly journal: string;
  readonly server: string;
}

export interface ClaimOptions {
  readonly connection: LedgerConnection;
  readonly clock: Clock;
  /** Who claims: the journal, which is what makes rows this server's own. */
  readonly journal: string;
  /** Its name for people. */
  readonly server: string;
}

/** The name of another server that has the ledger, as an error. */
export class ClaimedByAnother extends Error {
  constructor(server: string) {
    super(`The server "${server}" writes to this ledger. Each server needs a database of its own.`);
  }
}

export class Claim {
  readonly #options: ClaimOptions;
  #sinceMs = 0;
  #timer: ReturnType<Clock['setTimeout']> | undefined;
  #ended = false;

  private constructor(options: ClaimOptions) {
    this.#options = options;
  }

  /**
   * Claims the ledger, and goes on to until it is released.
   *
   * @throws ClaimedByAnother while another server has it.
   */
  static async take(options: ClaimOptions): Promise<Claim> {
    const claim = new Claim(options);
    const { connection } = options;
    const [found] = await connection.query<{ tables: number }>(
      `SELECT count() AS tables FROM system.tables WHERE database = '${LEDGER_DATABASE}' AND name = 'claims'`,
    );
    if ((found?.tables ?? 0) === 0) {
      await connection.command(`CREATE DATABASE IF NOT EXISTS ${LEDGER_DATABASE}`);
      await connection.command(
        `CREATE TABLE IF NOT EXISTS ${TABLE} (journal String, server String, since DateTime64(3, 'UTC'), seen DateTime64(3, 'UTC'), ended Bool) ENGINE = ReplacingMergeTree(seen) ORDER BY journal`,
      );
    }
    const before = await claim.#other();
    if (before !== null) throw new ClaimedByAnother(before.server);
    const [now] = await connection.query<{ ms: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS ms');
    claim.#sinceMs = now?.ms ?? 0;
    await claim.#note(false);
    // Of two that come at the same time at least one sees the other now, and nobody begins who sees one. The one whose
    // journal comes first waits a little, since the other may yield.
    for (let tried = 1; ; tried += 1) {
      const other = await claim.#other();
      if (other === null) break;
      if (tried === TRIES_MAX || other.journal < options.journal) {
        await claim.#note(true);
        throw new ClaimedByAnother(other.server);
      }
      await new Promise<void>((resolve) => {
        options.clock.setTimeout(resolve, TRY_MS);
      });
    }
    claim.#schedule();
    return claim;
  }

  /** Gives the ledger free. Does not reject: what cannot be noted ends by itself. */
  async release(): Promise<void> {
    this.#ended = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#note(true).catch(() => undefined);
  }

  #schedule(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      // A claim that cannot be renewed is renewed with the next try: while the ledger is away nobody writes to it.
      void this.#note(false)
        .catch(() => undefined)
        .then(() => {
          if (!this.#ended) this.#schedule();
        });
    }, RENEW_MS);
  }

  async #note(ended: boolean): Promise<void> {
    const { connection, journal, server } = this.#options;
    await connection.command(
      `INSERT INTO ${TABLE} (journal, server, since, seen, ended) SELECT {journal:String}, {server:String},
       fromUnixTimestamp64Milli(toInt64({since:UInt64}), 'UTC'), now64(3), {ended:Bool}`,
      { journal, server, since: this.#sinceMs, ended },
    );
  }

  /** Another server that claims the ledger. */
  async #other(): Promise<Claimant | null> {
    const { connection, journal } = this.#options;
    const [first] = await connection.query<Claimant>(
      `SELECT journal, argMax(c.server, c.seen) AS server FROM ${TABLE} AS c
       WHERE journal != {journal:String} GROUP BY journal
       HAVING NOT argMax(c.ended, c.seen) AND dateDiff('millisecond', max(c.seen), now64(3)) < {holds:UInt32}
       ORDER BY journal LIMIT 1`,
      { journal, holds: HOLDS_MS },
    );
    return first ?? null;
  }
}
