/**
 * Answers about small tables that nearly every question begins with, kept for as long
 * as nothing is written to those tables. It is right only where this process is the
 * one that writes, which it is for the embedded engine.
 */

import { LEDGER_DATABASE } from './names.ts';

/** The tables whose answers are kept. */
const tables = ['kept_days', 'feedback'] as const;

export type RememberedTable = (typeof tables)[number];

interface Memory {
  /** Writes that are under way. */
  writing: number;
  /** A write has failed, and may come to be later all the same. */
  unsure: boolean;
  answers: Map<string, Promise<unknown[]>>;
}

export class RememberedAnswers {
  readonly #memories = new Map<string, Memory>(
    tables.map((table) => [table, { writing: 0, unsure: false, answers: new Map() }]),
  );

  /** The answer about a table, asked only if it may be another than the last. */
  async read<Row>(table: RememberedTable, sql: string, ask: () => Promise<Row[]>): Promise<Row[]> {
    const memory = this.#memories.get(table);
    if (memory === undefined || memory.writing > 0 || memory.unsure) return ask();
    const { answers } = memory;
    const known = answers.get(sql);
    if (known !== undefined) return known as Promise<Row[]>;
    const asked = ask();
    answers.set(sql, asked);
    // One that failed is asked again.
    asked.catch(() => answers.delete(sql));
    return asked;
  }

  /** Runs a statement, whose text or table is given, with what it may change forgotten. */
  async write<R>(target: string, run: () => Promise<R>): Promise<R> {
    const changed = tables
      .filter((table) => target.includes(`${LEDGER_DATABASE}.${table}`))
      .flatMap((table) => this.#memories.get(table) ?? []);
    for (const memory of changed) {
      memory.writing += 1;
      memory.answers = new Map();
    }
    try {
      return await run();
    } catch (error) {
      for (const memory of changed) memory.unsure = true;
      throw error;
    } finally {
      for (const memory of changed) {
        memory.writing -= 1;
        memory.answers = new Map();
      }
    }
  }
}
