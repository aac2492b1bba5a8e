/**
 * Brings identities back that the journal has lost, from the rows of the ledger: then a
 * re-send of an old event is known for what it is. It is done at the start, when the
 * journal is new beside an old ledger or parts of it are damaged, and whenever damage is
 * found later. Rows that come into the ledger past the journal, out of an archive, have
 * their identities taken in before them.
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
  #last: Promise<void> = Promise.resolve();
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
    await this.#last;
  }

  async #run(): Promise<void> {
    const { ledger, log } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([ledger.ready, stopped]);
    while (!this.#stopped) {
      try {
        await this.#alone(() => this.#recover());
        await this.#pause(LOOK_MS);
      } catch (error) {
        if (this.#stopped) return;
        log.error({ problem: String(error) }, 'identities could not be brought back; trying again');
        await this.#pause(RETRY_MS);
      }
    }
  }

  /**
   * Takes in the identities of rows that are about to come into the ledger from elsewhere: from now on a re-send of
   * one is known.
   *
   * @param source what the rows are selected from.
   * @throws Error if the stores are being closed meanwhile.
   */
  async learn(source: string): Promise<void> {
    await this.#alone(async () => {
      // What the payloads were is not said there: any payload is taken for the same.
      await this.#takeIn(this.#options.ledger.connection.stream(identitiesOf(source, '0', 'true')));
      if (this.#stopped) throw new Error('The identities of rows from elsewhere were not all taken in.');
    });
  }

  /** Brings back what is missing, if anything is. */
  async #recover(): Promise<void> {
    const { ledger, journal, log } = this.#options;
    const { id, seedMark } = journal.identity;
    const status = await journal.status();
    const known = await ledger.connection.query<{ journal: string; seed_mark: number }>(
      `SELECT journal, any(seed_mark) AS seed_mark FROM ${JOURNALS} GROUP BY journal`,
    );
    const isNoted = known.some((row) => row.journal === id && row.seed_mark === seedMark);
    if (!isNoted) await this.#noteJournal();
    const others = (
      await ledger.connection.query<{ journal: string }>(
        `SELECT DISTINCT journal FROM ${EVENTS} WHERE journal != {id:String} ORDER BY journal`,
        { id },
      )
    ).map((row) => row.journal);
    const isCovered = others.every((other) => status.coveredJournals.includes(other));
    if (!status.identitiesLost && isCovered) return;
    // A new data directory has no identities that could be lost, whether or not events have come already.
    const isNew = others.length === 0 && !isNoted;
    if (!isNew) log.warn({ journals: others.length }, 'identities are brought back from the ledger');
    const comparable = known.filter((row) => row.seed_mark === seedMark).map((row) => row.journal);
    const report = await this.#takeIn(this.#ofLedger([...comparable, id]));
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

  /** The identities of all rows, a day of arrival at a time. */
  async *#ofLedger(comparable: readonly string[]): AsyncGenerator<LedgerIdentity[], void, void> {
    const { connection } = this.#options.ledger;
    const days = await connection.query<{ day: string }>(
      `SELECT DISTINCT toString(toDate(received_at)) AS day FROM ${EVENTS} ORDER BY day
       SETTINGS max_execution_time = 0`,
    );
    const ofDay = identitiesOf(EVENTS, COMPARABLE, 'toDate(received_at) = toDate({day:String})');
    for (const { day } of days)
      yield* connection.stream<LedgerIdentity>(ofDay, { day, comparable: JSON.stringify(comparable) });
  }

  /** Adds those that are not known, as far as it gets before the end. */
  async #takeIn(groups: AsyncIterable<readonly LedgerIdentity[]>): Promise<RebuildReport> {
    const { journal } = this.#options;
    await journal.rebuild([], { isFirst: true, isLast: false });
    let rows: LedgerIdentity[] = [];
    for await (const group of groups) {
      rows.push(...group);
      if (rows.length < ROWS_AT_ONCE) continue;
      await journal.rebuild(rows, { isFirst: false, isLast: false });
      rows = [];
      if (this.#stopped) return { rows: 0, added: 0, lost: 0 };
    }
    return journal.rebuild(rows, { isFirst: false, isLast: true });
  }

  /** The journal takes in one set of identities at a time. */
  async #alone(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    await mine;
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

/** The fingerprint of a row, if its journal made it as ours does: those that do are the parameter `comparable`. */
const COMPARABLE = `if(journal IN (SELECT arrayJoin(JSONExtract({comparable:String}, 'Array(String)'))), fingerprint, 0)`;

function identitiesOf(source: string, fingerprint: string, condition: string): string {
  return `SELECT tenant, id, toUnixTimestamp64Milli(received_at) AS arrivalMs, ${fingerprint} AS fingerprint
    FROM ${source} WHERE ${condition} SETTINGS max_execution_time = 0`;
}
