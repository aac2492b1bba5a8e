/**
 * Accounts for changes of rows that were in the ledger already: what was computed from
 * them before counts no more, and is computed anew. Whoever changes rows (a re-rating, a
 * rating that comes later, an erasure, a return from the archive) says so first, so that
 * no crash can leave sums of rows that are not there.
 */

import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';
import type { TakeTurn } from './turns.ts';

/** The table of changes that the rollups go by. */
export const ROLLUP_CHANGES = `${LEDGER_DATABASE}.rollup_changes`;

/** A stretch of time, epoch milliseconds, the end excluded. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Changes rows with what is computed from them in view. */
export class RowChanges {
  readonly #connection: LedgerConnection;
  readonly #takeTurn: TakeTurn;

  /** @param takeTurn what the computation of rollups takes too, so that neither works on what the other changes. */
  constructor(connection: LedgerConnection, takeTurn: TakeTurn) {
    this.#connection = connection;
    this.#takeTurn = takeTurn;
  }

  /** Runs `work`, which changes, adds or removes rows of these times. From now on sums are taken from the rows. */
  during<R>(stretches: readonly Stretch[], work: () => Promise<R>): Promise<R> {
    return this.#takeTurn(async () => {
      await this.#note(stretches);
      return work();
    });
  }

  /** Runs `work`, which reads or removes rows, while nobody computes from them, without a change to what was computed. */
  apart<R>(work: () => Promise<R>): Promise<R> {
    return this.#takeTurn(work);
  }

  async #note(stretches: readonly Stretch[]): Promise<void> {
    if (stretches.length === 0) return;
    const [row] = await this.#connection.query<{ id: number }>(
      `SELECT max(id) + 1 AS id FROM ${ROLLUP_CHANGES}`,
    );
    const first = row?.id ?? 1;
    const lines = stretches.map(({ fromMs, toMs }, i) =>
      JSON.stringify({
        id: first + i,
        from_at: Math.floor(fromMs / 1000),
        to_at: Math.ceil(toMs / 1000),
        repaired: 0,
      }),
    );
    await this.#connection.insertJsonLines(ROLLUP_CHANGES, [Buffer.from(`${lines.join('\n')}\n`)]);
  }
}
