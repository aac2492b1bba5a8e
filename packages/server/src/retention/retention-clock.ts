/**
 * The time that retention goes by. A wall clock that is set a month ahead must remove
 * nothing, so what counts is time that has really passed: this clock follows the wall
 * clock only as fast as the machine's monotonic clock lets it, at most twice as fast
 * while it has something to catch up with, such as the days that the server was off.
 */

import type { Clock } from '../clock.ts';
import type { StateDatabase, StatePart } from '../state/state-database.ts';

/** How fast it may catch up: so many seconds in one. */
const CATCH_UP = 2;

/** The tables of retention, and of files that the server keeps. */
export const keepingStatePart: StatePart = {
  name: 'keeping',
  migrations: [
    {
      version: 1,
      name: 'the clock of retention, and files that hold rows of the ledger',
      sql: `CREATE TABLE retention_clock (id INTEGER PRIMARY KEY CHECK (id = 1), trusted_ms INTEGER NOT NULL) STRICT;
CREATE TABLE kept_files (
  path TEXT PRIMARY KEY, kind TEXT NOT NULL, from_time TEXT NOT NULL, to_time TEXT NOT NULL, rows INTEGER NOT NULL,
  sha256 TEXT NOT NULL, created_at TEXT NOT NULL) STRICT;`,
    },
  ],
};

export class RetentionClock {
  readonly #state: StateDatabase;
  readonly #clock: Clock;
  #trustedMs: number;
  #tickedMs: number;

  /** Where there is no clock yet, the wall clock is taken to be right. */
  constructor(state: StateDatabase, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
    const row = state.read(() =>
      state.connection.prepare('SELECT trusted_ms FROM retention_clock WHERE id = 1').get(),
    );
    this.#trustedMs = row === undefined ? clock.nowMs() : Number(row['trusted_ms']);
    this.#tickedMs = clock.monotonicMs();
    if (row === undefined) this.#keep();
  }

  /** Milliseconds since the epoch; never ahead of the wall clock. */
  nowMs(): number {
    const monotonicMs = this.#clock.monotonicMs();
    const passedMs = monotonicMs - this.#tickedMs;
    const wallMs = this.#clock.nowMs();
    this.#tickedMs = monotonicMs;
    // It stands while the wall clock is behind, and goes on when that has come back.
    if (wallMs > this.#trustedMs)
      this.#trustedMs = Math.min(wallMs, this.#trustedMs + Math.floor(passedMs * CATCH_UP));
    this.#keep();
    return Math.min(this.#trustedMs, wallMs);
  }

  /** By how much it is behind the wall clock, in milliseconds. */
  get behindMs(): number {
    return Math.max(0, this.#clock.nowMs() - this.#trustedMs);
  }

  /** Takes the wall clock to be right, since an operator says so. */
  trustWall(): void {
    this.#trustedMs = this.#clock.nowMs();
    this.#keep();
  }

  #keep(): void {
    this.#state.write(() => {
      this.#state.connection
        .prepare(
          'INSERT INTO retention_clock VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET trusted_ms = excluded.trusted_ms',
        )
        .run(this.#trustedMs);
    });
  }
}
