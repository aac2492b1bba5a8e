/**
 * Counts rows on the live metrics when the ledger has taken them. What has come to
 * be in the ledger during this life of the process is counted, and nothing else, so
 * the exposition and the ledger agree to the unit.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { emptyRequest, type RequestRecorder } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import type { LedgerRow } from '../ledger/row.ts';
import { readRow } from './read-row.ts';

/** Rows that are counted at a stretch, before others get their turn. */
const SLICE_ROWS = 250;

/** What has been counted so far. */
export interface Counted {
  readonly rows: number;
  /** The row numbers between which rows were counted; 0 and 0 if none was. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** The UTC day on which the first of them arrived, e.g. `2026-11-20`; empty if none was counted. */
  readonly firstDay: string;
}

export class LiveCounters {
  readonly #recorder: Pick<RequestRecorder, 'record'>;
  readonly #clock: Clock;
  readonly #request = emptyRequest();
  #rows = 0;
  #fromSeq = 0;
  #toSeq = 0;
  #firstDay = '';

  constructor(recorder: Pick<RequestRecorder, 'record'>, clock: Clock) {
    this.#recorder = recorder;
    this.#clock = clock;
  }

  get counted(): Counted {
    return { rows: this.#rows, fromSeq: this.#fromSeq, toSeq: this.#toSeq, firstDay: this.#firstDay };
  }

  /**
   * Counts the live ones of some rows, in slices that leave room for other work.
   *
   * @returns how many were counted, and how many of them have no known price.
   */
  async count(all: readonly LedgerRow[]): Promise<{ readonly rows: number; readonly unpriced: number }> {
    const rows = all.filter(({ live }) => live);
    let unpriced = 0;
    for (let start = 0; start < rows.length; start += SLICE_ROWS) {
      if (start > 0) await nextTurn();
      unpriced += this.#countSlice(rows.slice(start, start + SLICE_ROWS));
    }
    return { rows: rows.length, unpriced };
  }

  #countSlice(rows: readonly LedgerRow[]): number {
    const nowMs = this.#clock.monotonicMs();
    const request = this.#request;
    let unpriced = 0;
    for (const row of rows) {
      readRow(row, request);
      this.#recorder.record(request, nowMs);
      this.#note(row);
      if (request.cost === undefined) unpriced += 1;
    }
    return unpriced;
  }

  #note({ seq, received_at: receivedAt }: LedgerRow): void {
    if (this.#rows === 0) this.#firstDay = receivedAt.slice(0, 10);
    this.#fromSeq = this.#rows === 0 ? seq : Math.min(this.#fromSeq, seq);
    this.#toSeq = Math.max(this.#toSeq, seq);
    this.#rows += 1;
  }
}
