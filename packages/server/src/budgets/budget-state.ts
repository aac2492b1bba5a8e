/**
 * What budgets keep in the state database: how far the journal has been counted, the
 * sums up to there, and the reservations. All that one step changes is one
 * transaction, so a crash leaves the state of before or of after.
 */

import type { PicoUsd } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import { openStateDatabase, type StateDatabase, type StatePart } from '../state/state-database.ts';
import type { RequestLabels } from './budget.ts';
import type { SumEntry } from './sums.ts';

/** The tables of budgets. Amounts are pico-dollars as text, since 64 bits hold only nine million dollars. */
export const budgetStatePart: StatePart = {
  name: 'budgets',
  migrations: [
    {
      version: 1,
      name: 'sums and reservations',
      sql: `CREATE TABLE budget_progress (
  id INTEGER PRIMARY KEY CHECK (id = 1), journal TEXT NOT NULL, block INTEGER NOT NULL,
  rewrites TEXT NOT NULL) STRICT;
CREATE TABLE budget_shapes (
  budget TEXT PRIMARY KEY, shape TEXT NOT NULL, complete_from_ms INTEGER NOT NULL, definition TEXT NOT NULL) STRICT;
CREATE TABLE budget_sums (
  budget TEXT NOT NULL, start_ms INTEGER NOT NULL, key TEXT NOT NULL, spent TEXT NOT NULL,
  PRIMARY KEY (budget, start_ms, key)) STRICT, WITHOUT ROWID;
CREATE TABLE budget_reservations (
  id TEXT PRIMARY KEY, idempotency TEXT NOT NULL UNIQUE, asked TEXT NOT NULL, budget TEXT, labels TEXT NOT NULL,
  amount TEXT NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, from_seq INTEGER NOT NULL,
  state TEXT NOT NULL, request_id TEXT, committed TEXT, unchecked INTEGER NOT NULL, closed_ms INTEGER) STRICT;
CREATE INDEX budget_reservations_held ON budget_reservations (state) WHERE state IN ('open', 'committed');
CREATE INDEX budget_reservations_closed ON budget_reservations (closed_ms) WHERE closed_ms IS NOT NULL;`,
    },
  ],
  sealed: [
    { table: 'budget_sums', column: 'key' },
    { table: 'budget_reservations', column: 'idempotency' },
    { table: 'budget_reservations', column: 'asked' },
    { table: 'budget_reservations', column: 'labels' },
    { table: 'budget_reservations', column: 'request_id' },
  ],
};

const opened = (column: string): string => `opened('budget_reservations.${column}', ${column}) AS ${column}`;
const RESERVATION = `SELECT id, ${opened('idempotency')}, ${opened('asked')}, budget, ${opened('labels')}, amount, created_ms,
  expires_ms, from_seq, state, ${opened('request_id')}, committed, unchecked, closed_ms FROM budget_reservations`;

/** What has become of a reservation. */
export type ReservationState =
  /** Holds its amount until it expires. */
  | 'open'
  /** Holds what was spent, until the event comes that says so itself. */
  | 'committed'
  /** The event has come; holds nothing. */
  | 'settled'
  | 'released'
  | 'expired';

/** A reservation. */
export interface Reservation {
  readonly id: string;
  /** The caller's key: the same key is the same reservation. */
  readonly idempotency: string;
  /** What was asked under that key, as text, so that another question is recognised. */
  readonly asked: string;
  /** The one budget it is on; `null` for all that match. */
  readonly budget: string | null;
  readonly labels: RequestLabels;
  readonly amount: PicoUsd;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** The first row number that was not given out when it was made: its event has this or a later one. */
  readonly fromSeq: number;
  readonly state: ReservationState;
  /** The id of the event that settles it. */
  readonly requestId: string | null;
  /** What was committed. */
  readonly committed: PicoUsd | null;
  /** True if the event may have been counted before its id was known here. */
  readonly unchecked: boolean;
  readonly closedMs: number | null;
}

/** From when on the sums of a budget are complete, and what was counted. */
export interface StoredShape {
  readonly budget: string;
  readonly shape: string;
  readonly completeFromMs: number;
  /** The whole definition as JSON, so that a change can be told. */
  readonly definition: string;
}

/** How far was counted. */
export interface Progress {
  readonly journal: string;
  /** The last block of it that is counted. */
  readonly block: number;
  /** What had rewritten rows of the ledger until the sums were counted from it; see `BudgetsOptions.rewrites`. */
  readonly rewrites: string;
}

type Row = Readonly<Record<string, unknown>>;

/** The state of budgets in its database. Every change belongs inside {@link BudgetState.write}. */
export class BudgetState {
  readonly #database: StateDatabase;
  readonly #statements;

  /** @param key of the state; null for none. */
  constructor(dataDir: string, clock: Clock, key: Uint8Array | null = null) {
    this.#database = openStateDatabase({ dataDir, clock, parts: [budgetStatePart], key });
    const { connection } = this.#database;
    this.#statements = {
      setProgress: connection.prepare('INSERT OR REPLACE INTO budget_progress VALUES (1, ?, ?, ?)'),
      setShape: connection.prepare('INSERT OR REPLACE INTO budget_shapes VALUES (?, ?, ?, ?)'),
      setSum: connection.prepare(
        "INSERT OR REPLACE INTO budget_sums VALUES (?, ?, sealed('budget_sums.key', ?), ?)",
      ),
      dropSums: connection.prepare('DELETE FROM budget_sums WHERE budget = ? AND start_ms < ?'),
      byId: connection.prepare(`${RESERVATION} WHERE id = ?`),
      byKey: connection.prepare(
        `${RESERVATION} WHERE idempotency = sealed('budget_reservations.idempotency', ?)`,
      ),
      put: connection.prepare(
        `INSERT OR REPLACE INTO budget_reservations VALUES (:id,
        sealed('budget_reservations.idempotency', :idempotency), sealed('budget_reservations.asked', :asked), :budget,
        sealed('budget_reservations.labels', :labels), :amount, :created_ms, :expires_ms, :from_seq, :state,
        sealed('budget_reservations.request_id', :request_id), :committed, :unchecked, :closed_ms)`,
      ),
      forget: connection.prepare('DELETE FROM budget_reservations WHERE closed_ms < ?'),
    };
  }

  /** Runs `work` in one transaction. */
  write<Result>(work: () => Result): Result {
    return this.#database.write(work);
  }

  /** Removes from the disk what was deleted: SQLite leaves it in free pages and in its log. */
  scrub(): void {
    this.#database.read(() => this.#database.connection.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  close(): void {
    this.#database.close();
  }

  progress(): Progress | null {
    const row = this.#database.connection
      .prepare('SELECT journal, block, rewrites FROM budget_progress')
      .get();
    if (row === undefined) return null;
    return {
      journal: String(row['journal']),
      block: Number(row['block']),
      rewrites: String(row['rewrites']),
    };
  }

  setProgress({ journal, block, rewrites }: Progress): void {
    this.#statements.setProgress.run(journal, block, rewrites);
  }

  shapes(): StoredShape[] {
    const rows = this.#database.connection.prepare('SELECT * FROM budget_shapes').all();
    return rows.map((row) => ({
      budget: String(row['budget']),
      shape: String(row['shape']),
      completeFromMs: Number(row['complete_from_ms']),
      definition: String(row['definition']),
    }));
  }

  setShape({ budget, shape, completeFromMs, definition }: StoredShape): void {
    this.#statements.setShape.run(budget, shape, completeFromMs, definition);
  }

  /** Forgets a budget that is declared no longer. Its reservations stay: others may hold them too. */
  dropBudget(budget: string): void {
    this.#database.connection.prepare('DELETE FROM budget_shapes WHERE budget = ?').run(budget);
    this.dropSums(budget, Number.MAX_SAFE_INTEGER);
  }

  *sums(): Generator<SumEntry> {
    const rows = this.#database.connection
      .prepare("SELECT budget, start_ms, opened('budget_sums.key', key) AS key, spent FROM budget_sums")
      .iterate();
    for (const row of rows as Iterable<Row>) {
      yield {
        budget: String(row['budget']),
        startMs: Number(row['start_ms']),
        key: String(row['key']),
        amount: BigInt(String(row['spent'])),
      };
    }
  }

  setSum({ budget, startMs, key, amount }: SumEntry): void {
    this.#statements.setSum.run(budget, startMs, key, amount.toString());
  }

  dropSums(budget: string, beforeMs: number): void {
    this.#statements.dropSums.run(budget, beforeMs);
  }

  /** The reservations that hold something. */
  *held(): Generator<Reservation> {
    const rows = this.#database.connection
      .prepare(`${RESERVATION} WHERE state IN ('open', 'committed') ORDER BY created_ms`)
      .iterate();
    for (const row of rows as Iterable<Row>) yield reservationOf(row);
  }

  byId(id: string): Reservation | null {
    const row = this.#statements.byId.get(id);
    return row === undefined ? null : reservationOf(row);
  }

  byKey(idempotency: string): Reservation | null {
    const row = this.#statements.byKey.get(idempotency);
    return row === undefined ? null : reservationOf(row);
  }

  put(reservation: Reservation): void {
    const { labels, amount, committed, unchecked } = reservation;
    this.#statements.put.run({
      id: reservation.id,
      idempotency: reservation.idempotency,
      asked: reservation.asked,
      budget: reservation.budget,
      labels: JSON.stringify(labels),
      amount: amount.toString(),
      created_ms: reservation.createdMs,
      expires_ms: reservation.expiresMs,
      from_seq: reservation.fromSeq,
      state: reservation.state,
      request_id: reservation.requestId,
      committed: committed?.toString() ?? null,
      unchecked: unchecked ? 1 : 0,
      closed_ms: reservation.closedMs,
    });
  }

  /** Forgets the reservations that were closed before an instant; their keys may then be used anew. */
  forgetClosed(beforeMs: number): void {
    this.#statements.forget.run(beforeMs);
  }
}

function reservationOf(row: Row): Reservation {
  const text = (name: string): string => String(row[name]);
  const optional = (name: string): string | null => (row[name] === null ? null : text(name));
  const committed = optional('committed');
  return {
    id: text('id'),
    idempotency: text('idempotency'),
    asked: text('asked'),
    budget: optional('budget'),
    labels: JSON.parse(text('labels')) as RequestLabels,
    amount: BigInt(text('amount')),
    createdMs: Number(row['created_ms']),
    expiresMs: Number(row['expires_ms']),
    fromSeq: Number(row['from_seq']),
    state: text('state') as ReservationState,
    requestId: optional('request_id'),
    committed: committed === null ? null : BigInt(committed),
    unchecked: row['unchecked'] === 1,
    closedMs: row['closed_ms'] === null ? null : Number(row['closed_ms']),
  };
}
