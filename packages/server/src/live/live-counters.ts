/**
 * Counts rows on the live metrics when the ledger has taken them. What has come to
 * be in the ledger during this life of the process is counted, and nothing else, so
 * the exposition and the ledger agree to the unit.
 */

import { type FinishedRequest, parseUsd, type RequestRecorder, type RequestStatus } from '@bellwether/events';
import { linesOf } from '../journal/lines.ts';
import type { LedgerRow } from '../ledger/row.ts';

/** Rows that are counted at a stretch, before others get their turn. */
const SLICE_ROWS = 1000;
/** Every line begins with the journal's id and the row number; the flag follows them. */
const FLAG_WITHIN_BYTES = 80;
const LIVE_FLAG = '"live":true';

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
   * Counts the live rows of a block, in slices that leave room for other work.
   *
   * @returns how many were counted, and how many of them have no known price.
   */
  async count(payload: Uint8Array): Promise<{ readonly rows: number; readonly unpriced: number }> {
    const lines = linesOf(payload).filter(isLive);
    let unpriced = 0;
    for (let start = 0; start < lines.length; start += SLICE_ROWS) {
      if (start > 0) await nextTurn();
      const requests = lines.slice(start, start + SLICE_ROWS).map((line) => this.#read(line));
      unpriced += requests.filter(({ cost }) => cost === null).length;
      this.#recorder.record(requests);
    }
    return { rows: lines.length, unpriced };
  }

  #read(line: Uint8Array): FinishedRequest {
    const row = JSON.parse(
      Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8'),
    ) as LedgerRow;
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

function isLive(line: Uint8Array): boolean {
  return Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, FLAG_WITHIN_BYTES)).includes(
    LIVE_FLAG,
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
