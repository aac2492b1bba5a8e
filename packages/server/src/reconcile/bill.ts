/** A provider's bill, read: what it charges by day, model and meter, whatever file it came in. */

/** What a line of a bill is for. Token meters are disjoint: input is without what was read from or written to a cache. */
export type BillMeter =
  | 'input'
  | 'cache_read'
  | 'cache_write'
  | 'cache_write_1h'
  | 'output'
  /** Usage that is not text tokens: searches, audio, images, and lines that do not say. */
  | 'other'
  /** Taxes, credits, refunds and fees, which no request causes. */
  | 'adjustment';

/** The meters whose tokens the ledger counts too. */
export const tokenMeters = ['input', 'cache_read', 'cache_write', 'cache_write_1h', 'output'] as const;

export type TokenMeter = (typeof tokenMeters)[number];

/** One line, or several of the same day, model and meter. */
export interface BillItem {
  /** The day as the bill cuts it, `2026-11-20`. */
  readonly day: string;
  /** The price list that the provider's name means, e.g. `openai`. */
  readonly provider: string;
  /** As the bill writes it; empty if it does not say. */
  readonly model: string;
  readonly meter: BillMeter;
  /** What is charged, in dollars. */
  readonly costPicoUsd: bigint;
  /** What it would have cost without discounts, where the bill says so. */
  readonly listPicoUsd: bigint | null;
  /** Tokens; null if the bill does not give them, or the meter has none. */
  readonly tokens: bigint | null;
}

/** A bill of one file or of several together. */
export interface Bill {
  /** How the files were understood, e.g. `OpenAI costs`. */
  readonly formats: readonly string[];
  readonly items: readonly BillItem[];
  /** Lines that were read. */
  readonly lines: number;
  /** Lines that are of other services, or without any figure. */
  readonly ignored: number;
}

/** A file that is no bill, or a line that cannot be read; the message names the line. */
export class BillError extends Error {
  override readonly name = 'BillError';
}
