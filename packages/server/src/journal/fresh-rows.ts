/**
 * What of a submission is new: its rows without those that were there before, and
 * its sums without theirs.
 */

// Not from the package's index: this thread would load the whole catalogue and its schemas for one function.
import { parseUsd } from '@bellwether/events/money';
import type { JournalBlock } from './journal-state.ts';
import { linesOf } from './lines.ts';
import {
  addTotals,
  type ControlTotals,
  noTotals,
  type Receipt,
  type RowKind,
  rowKinds,
  type Submission,
} from './submission.ts';

/** Words of a row's identity and fingerprint. */
const ROW_WORDS = 4;

/** The part of a submission that is new. */
export interface Fresh {
  readonly kind: RowKind;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly totals: ControlTotals;
  readonly arrivedMs: number;
  readonly receipt: Omit<Receipt, 'block'>;
}

/** What the rows of a submission are of. */
export function kindOf({ kind = 'event' }: Pick<Submission, 'kind'>): RowKind {
  return kind;
}

/** The new part of a submission without identities, whose rows are never duplicates: all of it. */
export function allNew({ payload, totals, arrivedMs, rows = 0, ...rest }: Submission): Fresh {
  const counts = { duplicates: 0, staleConflicts: 0, conflicts: [], refused: false };
  const receipt = { accepted: rows, acceptedBytes: payload.length, ...counts };
  return { kind: kindOf(rest), payload, totals, arrivedMs, receipt };
}

/** The sums of a commit's events by the UTC day of arrival, which a commit at midnight can have two of. */
export function totalsByDay(fresh: readonly Fresh[]): Map<string, ControlTotals> {
  const days = new Map<string, ControlTotals>();
  for (const { kind, arrivedMs, totals } of fresh) {
    if (kind !== 'event') continue;
    const day = new Date(arrivedMs).toISOString().slice(0, 10);
    days.set(day, addTotals(days.get(day) ?? noTotals, totals));
  }
  return days;
}

/** Joins payloads into one buffer of its own, which can be handed to another thread. */
function concat(payloads: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(payloads.reduce((sum, payload) => sum + payload.length, 0));
  let end = 0;
  for (const payload of payloads) {
    whole.set(payload, end);
    end += payload.length;
  }
  return whole;
}

/** A submission without some of its rows. */
export function without(
  submission: Submission,
  dropped: readonly number[],
): Pick<Fresh, 'payload' | 'totals'> {
  const isEvents = kindOf(submission) === 'event';
  const gone = new Set(dropped);
  const kept: Uint8Array[] = [];
  let totals = submission.totals;
  linesOf(submission.payload).forEach((line, row) => {
    if (!gone.has(row)) kept.push(line);
    else if (isEvents) totals = addTotals(totals, totalsOfLine(line), -1);
  });
  return { payload: concat(kept), totals };
}

/** The same as a submission. */
export function withoutRows(submission: Submission, dropped: readonly number[]): Submission {
  const gone = new Set(dropped);
  const identities = new Uint32Array(submission.identities.length - dropped.length * ROW_WORDS);
  let end = 0;
  for (let row = 0; row * ROW_WORDS < submission.identities.length; row++) {
    if (gone.has(row)) continue;
    identities.set(submission.identities.subarray(row * ROW_WORDS, (row + 1) * ROW_WORDS), end);
    end += ROW_WORDS;
  }
  return { ...submission, ...without(submission, dropped), identities };
}

/** The sums of one row, read from its line. */
function totalsOfLine(line: Uint8Array): ControlTotals {
  const row = JSON.parse(Buffer.from(line).toString('utf8')) as {
    input_tokens?: number;
    output_tokens?: number;
    cost_usd?: string;
  };
  return {
    events: 1,
    inputTokens: BigInt(row.input_tokens ?? 0),
    outputTokens: BigInt(row.output_tokens ?? 0),
    costPicoUsd: row.cost_usd === undefined ? 0n : (parseUsd(row.cost_usd) ?? 0n),
    unpriced: row.cost_usd === undefined ? 1 : 0,
  };
}

/** A block for each kind of row that is there, numbered after `lastBlock`. */
export function blocksOf(fresh: readonly Fresh[], lastBlock: number): JournalBlock[] {
  const blocks: JournalBlock[] = [];
  for (const kind of rowKinds) {
    const parts = fresh.filter((part) => part.kind === kind && part.receipt.accepted > 0);
    if (parts.length === 0) continue;
    const rows = parts.reduce((sum, { receipt }) => sum + receipt.accepted, 0);
    const block = lastBlock + blocks.length + 1;
    blocks.push({ block, kind, rows, payload: concat(parts.map((part) => part.payload)) });
  }
  return blocks;
}
