/**
 * Counts rows on the live metrics when the ledger has taken them. What has come to
 * be in the ledger during this life of the process is counted, and nothing else, so
 * the exposition and the ledger agree to the unit.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FinishedRequest, parseUsd, type RequestRecorder, type RequestStatus } from '@bellwether/events';
import type { LedgerRow } from '../ledger/row.ts';

/** Rows that are counted at a stretch, before others get their turn. */
const SLICE_ROWS = 1000;

/** What has been counted so far. */
export interface Counted {
  readonly rows: number;
  /** The row numbers between which rows were counted; 0 and 0 if none was. */
  readonly fromSeq: number;
  readonly toSeq: number;
}

export class LiveCounters {
  readonly #recorder: RequestRecorder;
  #counted: Counted = { rows: 0, fromSeq: 0, toSeq: 0 };

  constructor(recorder: RequestRecorder) {
    this.#recorder = recorder;
  }

  get counted(): Counted {
    return this.#counted;
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
      const requests = rows.slice(start, start + SLICE_ROWS).map((row) => this.#read(row));
      unpriced += requests.filter(({ cost }) => cost === null).length;
      this.#recorder.record(requests);
    }
    return { rows: rows.length, unpriced };
  }

  #read(row: LedgerRow): FinishedRequest {
    const { rows, fromSeq, toSeq } = this.#counted;
    this.#counted = {
      rows: rows + 1,
      fromSeq: fromSeq === 0 ? row.seq : Math.min(fromSeq, row.seq),
      toSeq: Math.max(toSeq, row.seq),
    };
    return finishedRequestOf(row);
  }
}

type Cell = string | number | boolean | undefined;
const text = (cell: Cell): string => (typeof cell === 'string' ? cell : '');
const number = (cell: Cell): number | null => (typeof cell === 'number' ? cell : null);
const money = (cell: Cell): bigint | null => (typeof cell === 'string' ? parseUsd(cell) : null);

/** What a row of the ledger says to the metrics. */
function finishedRequestOf(row: LedgerRow): FinishedRequest {
  return {
    provider: text(row.provider),
    model: text(row.model),
    taskType: text(row.task_type),
    application: text(row.application),
    team: text(row.team),
    status: text(row.status) as RequestStatus,
    errorType: text(row.error_type),
    latencyMs: number(row.latency_ms),
    inputTokens: number(row.input_tokens) ?? 0,
    outputTokens: number(row.output_tokens) ?? 0,
    cost: money(row.cost_usd),
    revenue: money(row.revenue_usd),
    satisfaction: number(row.satisfaction_score),
  };
}
