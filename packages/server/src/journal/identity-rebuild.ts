/**
 * Feeds a rebuild of the identity store with rows as they come from another thread: the
 * store asks for rows whenever it likes, and is told that there are none yet.
 */

import type { IdentityStore, LedgerIdentity, RebuildReport } from './identities/index.ts';

export class IdentityRebuild {
  readonly #steps: Generator<Readonly<RebuildReport>, Readonly<RebuildReport>, void>;
  #rows: readonly LedgerIdentity[] = [];
  #at = 0;
  #isLast = false;
  #starved = false;
  #report: RebuildReport = { rows: 0, added: 0, lost: 0 };

  constructor(store: IdentityStore) {
    this.#steps = store.rebuild(this.#waiting());
  }

  /**
   * Takes rows in.
   *
   * @param isLast true for the last ones, with which the rebuild comes to its end.
   * @returns what it has done so far.
   */
  take(rows: readonly LedgerIdentity[], isLast: boolean): RebuildReport {
    this.#rows = rows;
    this.#at = 0;
    this.#isLast = isLast;
    this.#starved = false;
    while (!this.#starved) {
      const step = this.#steps.next();
      this.#report = { ...step.value };
      if (step.done === true) break;
    }
    return this.#report;
  }

  /** Breaks it off; it can be begun again. */
  abandon(): void {
    this.#steps.return({ rows: 0, added: 0, lost: 0 });
  }

  *#waiting(): Generator<LedgerIdentity | null, void, void> {
    for (;;) {
      const row = this.#rows[this.#at];
      if (row !== undefined) {
        this.#at += 1;
        yield row;
      } else if (this.#isLast) {
        return;
      } else {
        this.#starved = true;
        yield null;
      }
    }
  }
}
