/**
 * What ingest hands to the journal and what the journal answers, in a shape that
 * crosses to the journal's thread without being copied or parsed.
 */

/** Sums over events, exact. The journal keeps them per day of arrival, so that the ledger can be held against them. */
export interface ControlTotals {
  readonly events: number;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly costPicoUsd: bigint;
  /** Events without a known price. */
  readonly unpriced: number;
}

/** What a row is of; each kind has its own table in the ledger. Events alone are counted in the control totals. */
export const rowKinds = ['event', 'feedback', 'sample'] as const;

/** A kind of row. */
export type RowKind = (typeof rowKinds)[number];

/** The rows of one request: events, feedback or samples, as the ledger takes them. */
export interface Submission {
  /** Absent for events. */
  readonly kind?: RowKind;
  /** JSON lines, each ended by a newline. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /**
   * Four words a row: the hash of its identity, and the fingerprint of its payload. Samples have none: a series
   * and an instant are their identity, and whoever reads them takes one value of each.
   */
  readonly identities: Uint32Array<ArrayBuffer>;
  /** The number of rows, where there are no identities to tell it. */
  readonly rows?: number;
  readonly totals: ControlTotals;
  /** Milliseconds since the epoch. */
  readonly arrivedMs: number;
  /** If false, one conflict refuses the whole request; else only its own row. */
  readonly partial: boolean;
}

/** What became of a submission, once it is on disk. */
export interface Receipt {
  /** The newest block on disk. */
  readonly block: number;
  /** Rows that are new and now safe. */
  readonly accepted: number;
  /** Their payload in bytes. */
  readonly acceptedBytes: number;
  /** Rows that were there before with the same payload, or longer ago than the identity window. */
  readonly duplicates: number;
  /** Of those, rows with another payload than the one kept. */
  readonly staleConflicts: number;
  /** Positions of rows whose id is taken by another payload. */
  readonly conflicts: readonly number[];
  /** True if a conflict made the journal refuse the whole submission. */
  readonly refused: boolean;
}

/** Why the journal cannot take anything. */
export type JournalFault =
  | 'full'
  | 'failed'
  | 'overloaded'
  | 'closed'
  /** Identities that were lost are being brought back, and until then a re-send could not be told from a new event. */
  | 'recovering';

/** A submission that is not in the journal. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly fault: JournalFault;

  constructor(fault: JournalFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

export const noTotals: ControlTotals = {
  events: 0,
  inputTokens: 0n,
  outputTokens: 0n,
  costPicoUsd: 0n,
  unpriced: 0,
};

/** Adds two totals, or takes the second off the first with `sign` −1. */
export function addTotals(a: ControlTotals, b: ControlTotals, sign: 1 | -1 = 1): ControlTotals {
  const big = BigInt(sign);
  return {
    events: a.events + sign * b.events,
    inputTokens: a.inputTokens + big * b.inputTokens,
    outputTokens: a.outputTokens + big * b.outputTokens,
    costPicoUsd: a.costPicoUsd + big * b.costPicoUsd,
    unpriced: a.unpriced + sign * b.unpriced,
  };
}
