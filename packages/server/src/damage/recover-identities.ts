/**
 * Brings identities back that the journal has lost, from the rows of the ledger: then a
 * re-send of an old event is known for what it is. It is done at the start, when the
 * journal is new beside an old ledger or parts of it are damaged, and whenever damage is
 * found later.
 */

import type { Clock, ClockTimer } from '../clock.ts';
import type { LedgerIdentity, RebuildReport } from '../journal/identities/index.ts';
import type { Journal } from '../journal/journal.ts';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log.ts';

/** How often there is a look whether something is missing. */
const LOOK_MS = 30_000;
/** The pause after a try that failed. */
const RETRY_MS = 2000;
/** Rows that go to the journal's thread at once. */
const ROWS_AT_ONCE = 4096;

const EVENTS = `${LEDGER_DATABASE}.events`;
const JOURNALS = `${LEDGER_DATABASE}.journals`;

export interface RecoveryOptions {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
}

export class IdentityRecovery {
  readonly #options: RecoveryOptions;
  #timer: ClockTimer | undefined;
  #wake: () => void = () => undefined;
  #stopped = false;
  readonly #running: Promise<void>;

  /** Begins; it waits until the ledger can be asked. */
  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Breaks off what goes on; it is begun again at the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { ledger, log } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([ledger.ready, stopped]);
    while (!this.#stopped) {
      try {
        await this.#recover();
        await this.#pause(LOOK_MS);
      } catch (error) {
        if (this.#stopped) return;
        log.error({ problem: String(error) }, 'identities could not be brought back; trying again');
        await this.#pause(RETRY_MS);
      }
    }
  }

  /** Brings back what is missing, if anything is. */
  async #recover(): Promise<void> {
    const { ledger, journal, log } = this.#options;
    const { connection } = ledger;
    const { id, seedMark } = journal.identity;
    const status = await journal.status();
    const known = await connection.query<{ journal: string; seed_mark: number }>(
      `SELECT journal, any(seed_mark) AS seed_mark FROM ${JOURNALS} GROUP BY journal`,
    );
    if (!known.some((row) => row.journal === id && row.seed_mark === seedMark)) await this.#noteJournal();
    const others = (
      await connection.query<{ journal: string }>(
        `SELECT DISTINCT journal FROM ${EVENTS} WHERE journal != {id:String} ORDER BY journal`,
        { id },
      )
    ).map((row) => row.journal);
    const isCovered = others.every((other) => status.coveredJournals.includes(other));
    if (!status.identitiesLost && isCovered) return;
    // A new data directory has neither identities nor rows that they could be lost of.
    const isNew = others.length === 0 && status.totals.events === 0;
    if (!isNew) log.warn({ journals: others.length }, 'identities are brought back from the ledger');
    const comparable = known.filter((row) => row.seed_mark === seedMark).map((row) => row.journal);
    const report = await this.#readAll([...comparable, id]);
    if (this.#stopped) return;
    await journal.recovered(others, await ledger.rowsEver());
    const { lostEvents } = await journal.status();
    if (!isNew) log.warn({ ...report, lostEvents }, 'identities were brought back from the ledger');
  }

  /** Notes which seed the fingerprints of this journal are made with. */
  async #noteJournal(): Promise<void> {
    const { ledger, journal, clock } = this.#options;
    const began = new Date(clock.nowMs()).toISOString().replace('T', ' ').replace('Z', '');
    const row = { journal: journal.identity.id, seed_mark: journal.identity.seedMark, began_at: began };
    await ledger.connection.insertJsonLines(JOURNALS, [Buffer.from(`${JSON.stringify(row)}\n`)]);
  }

  /** Reads the identities of all rows, a day of arrival at a time. */
  async #readAll(comparable: readonly string[]): Promise<RebuildReport> {
    const { ledger, journal } = this.#options;
    const days = await ledger.connection.query<{ day: string }>(
      `SELECT DISTINCT toString(toDate(received_at)) AS day FROM ${EVENTS} ORDER BY day
       SETTINGS max_execution_time = 0`,
    );
    await journal.rebuild([], { isFirst: true, isLast: false });
    let rows: LedgerIdentity[] = [];
    for (const { day } of days) {
      const answer = ledger.connection.stream<LedgerIdentity>(
        `SELECT tenant, id, toUnixTimestamp64Milli(received_at) AS arrivalMs,
         if(journal IN (SELECT arrayJoin(JSONExtract({comparable:String}, 'Array(String)'))), fingerprint, 0) AS fingerprint
         FROM ${EVENTS} WHERE toDate(received_at) = toDate({day:String}) SETTINGS max_execution_time = 0`,
        { day, comparable: JSON.stringify(comparable) },
      );
      for await (const group of answer) {
        rows.push(...group);
        if (rows.length < ROWS_AT_ONCE) continue;
        await journal.rebuild(rows, { isFirst: false, isLast: false });
        rows = [];
        if (this.#stopped) return { rows: 0, added: 0, lost: 0 };
      }
    }
    return journal.rebuild(rows, { isFirst: false, isLast: true });
  }

  #pause(durationMs: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const { clock } = this.#options;
    return new Promise((resolve) => {
      this.#timer = clock.setTimeout(resolve, durationMs);
      this.#wake = () => {
        clock.clearTimeout(this.#timer);
        resolve();
      };
    });
  }
}
