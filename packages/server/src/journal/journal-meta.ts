/** What the journal knows of itself: a few names and values in a table. */

import type { Statements } from './journal-database.ts';

export class JournalMeta {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Empty if there is none. */
  text(key: string): string {
    const row = this.#statements.getMeta.get(key) as { value: Uint8Array } | undefined;
    return Buffer.from(row?.value ?? []).toString('utf8');
  }

  /** 0 if there is none. */
  number(key: string): number {
    return Number(this.text(key));
  }

  set(key: string, value: string): void {
    this.#statements.setMeta.run(key, Buffer.from(value));
  }
}
