/** What re-ratings there were, and how far the one under way has come. */

import { openStateReader, type StateDatabase, type StatePart } from '../state/state-database.ts';
import { StateError } from '../state/state-error.ts';

/** The tables of re-ratings. */
export const ratingStatePart: StatePart = {
  name: 'rerate',
  migrations: [
    {
      version: 1,
      name: 're-ratings',
      sql: `CREATE TABLE reratings (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, undoes TEXT, request TEXT NOT NULL, plan TEXT NOT NULL,
  events INTEGER NOT NULL, difference_usd TEXT NOT NULL, partitions TEXT NOT NULL, done TEXT NOT NULL, status TEXT NOT NULL) STRICT;`,
    },
  ],
};

/** `applying` from the moment that it is decided; `undone` when another re-rating has taken it back. */
export type RatingStatus = 'applying' | 'applied' | 'undone';

/** A re-rating. */
export interface Rerating {
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly actor: string;
  /** The re-rating that this one takes back, or null. */
  readonly undoes: string | null;
  /** What was asked for, as JSON. */
  readonly request: string;
  readonly plan: string;
  readonly events: number;
  readonly difference_usd: string;
  /** The months that it touches, `202611`. */
  readonly partitions: readonly number[];
  /** Those that are rewritten. */
  readonly done: readonly number[];
  readonly status: RatingStatus;
}

/** The re-ratings of a data directory, for those who only read. */
export function readRatings(dataDirectory: string): Rerating[] {
  let state: StateDatabase;
  try {
    state = openStateReader(dataDirectory);
  } catch (error) {
    if (error instanceof StateError && error.code === 'absent') return [];
    throw error;
  }
  try {
    const { connection } = state;
    const table = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'reratings'").get();
    return table === undefined ? [] : new RatingStore(state).list();
  } finally {
    state.close();
  }
}

/** Keeps re-ratings in the state database. */
export class RatingStore {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** All, oldest first. */
  list(): Rerating[] {
    return this.#state.read(() =>
      this.#state.connection.prepare('SELECT * FROM reratings ORDER BY at, rowid').all().map(ratingOf),
    );
  }

  add(rating: Rerating): void {
    this.#state.write(() =>
      this.#state.connection
        .prepare('INSERT INTO reratings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(
          rating.id,
          rating.at,
          rating.actor,
          rating.undoes,
          rating.request,
          rating.plan,
          rating.events,
          rating.difference_usd,
          JSON.stringify(rating.partitions),
          JSON.stringify(rating.done),
          rating.status,
        ),
    );
  }

  noteDone(id: string, done: readonly number[]): void {
    this.#state.write(() =>
      this.#state.connection
        .prepare('UPDATE reratings SET done = ? WHERE id = ?')
        .run(JSON.stringify(done), id),
    );
  }

  /** Ends a re-rating, and with it the one that it takes back. */
  finish({ id, undoes }: Rerating): void {
    this.#state.write(() => {
      const update = this.#state.connection.prepare('UPDATE reratings SET status = ? WHERE id = ?');
      update.run('applied', id);
      if (undoes !== null) update.run('undone', undoes);
    });
  }

  close(): void {
    this.#state.close();
  }
}

function ratingOf(row: Record<string, unknown>): Rerating {
  const text = (name: string): string => row[name] as string;
  return {
    id: text('id'),
    at: text('at'),
    actor: text('actor'),
    undoes: row['undoes'] as string | null,
    request: text('request'),
    plan: text('plan'),
    events: Number(row['events']),
    difference_usd: text('difference_usd'),
    partitions: JSON.parse(text('partitions')) as number[],
    done: JSON.parse(text('done')) as number[],
    status: text('status') as RatingStatus,
  };
}
