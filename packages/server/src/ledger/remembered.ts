/**
 * Answers that nearly every question begins with, kept for as long as nothing is
 * written to the tables that they are about. It is right only where all writes go over
 * this connection, as they do to the embedded engine.
 */

/** The tables that answers are kept about. */
const tables = [
  'events',
  'feedback',
  'kept_days',
  'rollup_changes',
  'rollup_passes',
  'rollup_stale',
] as const;

export type RememberedTable = (typeof tables)[number];

interface Writes {
  /** Those that are under way. */
  running: number;
  /** How often the table may have changed. */
  changes: number;
  /** One has failed, and may come to be later all the same. */
  unsure: boolean;
}

export class RememberedAnswers {
  readonly #writes = new Map<string, Writes>(
    tables.map((table) => [table, { running: 0, changes: 0, unsure: false }]),
  );
  /** By statement, of which there are few; `state` is what the tables were like when it was asked. */
  readonly #answers = new Map<string, { readonly state: string; readonly rows: Promise<unknown[]> }>();

  /** The answer about some tables, asked only if it may be another than the last. */
  async read<Row>(about: readonly RememberedTable[], sql: string, ask: () => Promise<Row[]>): Promise<Row[]> {
    const writes = about.flatMap((table) => this.#writes.get(table) ?? []);
    if (writes.some(({ running, unsure }) => running > 0 || unsure)) return ask();
    const state = writes.map(({ changes }) => changes).join(' ');
    const known = this.#answers.get(sql);
    if (known?.state === state) return known.rows as Promise<Row[]>;
    const answer = { state, rows: ask() };
    this.#answers.set(sql, answer);
    // One that failed is asked again.
    answer.rows.catch(() => {
      if (this.#answers.get(sql) === answer) this.#answers.delete(sql);
    });
    return answer.rows;
  }

  /** Runs a write, whose statement or table is given; what it may change is forgotten. */
  async write<R>(target: string, run: () => Promise<R>): Promise<R> {
    const changed = [...this.#writes].filter(([table]) => target.includes(table)).map(([, writes]) => writes);
    for (const writes of changed) {
      writes.running += 1;
      writes.changes += 1;
    }
    try {
      return await run();
    } catch (error) {
      for (const writes of changed) writes.unsure = true;
      throw error;
    } finally {
      for (const writes of changed) {
        writes.running -= 1;
        writes.changes += 1;
      }
    }
  }

  /** Runs a question that is answered only once every write that was sent before has ended. */
  async afterWrites<R>(ask: () => Promise<R>): Promise<R> {
    const before = [...this.#writes.values()].map((writes) => ({ writes, changes: writes.changes }));
    const result = await ask();
    for (const { writes, changes } of before) if (writes.changes === changes) writes.unsure = false;
    return result;
  }
}
