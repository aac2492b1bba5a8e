/** What advice is: something to do, what it gains, how sure that is, and the rows that it rests on. */

import { divideHalfEven, formatUsd, type PicoUsd } from '@bellwether/events';
import type { Period } from '../report/periods.ts';

/** The kinds of advice. */
export const adviceKinds = [
  'cheaper_model',
  'prompt_caching',
  'batch',
  'prompt_size',
  'idle_capacity',
  'failing_backend',
  'retries',
  'limits',
] as const;

export type AdviceKind = (typeof adviceKinds)[number];

/** A piece of advice. */
export interface Advice {
  readonly kind: AdviceKind;
  /** The same for the same finding, whenever it is asked for. */
  readonly id: string;
  /** What to do, in a sentence. */
  readonly action: string;
  /** Exact dollars of 30 days like the period; null where the gain is not money. */
  readonly saving_usd_per_month: string | null;
  /** The gain, in words. */
  readonly gain: string;
  /** How sure it is: high where a test on many rows says so, low where much depends on what the ledger does not know. */
  readonly confidence: 'high' | 'medium' | 'low';
  readonly evidence: Evidence;
  /** How it was computed, and what was taken for granted. */
  readonly method: string;
}

/** The rows that advice rests on. */
export interface Evidence {
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  /** Path and query of the API that shows them. */
  readonly path: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** What could not be advised, and why. */
export interface Withheld {
  readonly kind: AdviceKind;
  readonly about: string;
  readonly reason: string;
}

/** What an adviser found. */
export interface Found {
  readonly advice: readonly Advice[];
  readonly withheld: readonly Withheld[];
}

/** Days that savings are told for. */
const MONTH_SECONDS = 30 * 86_400;

/** An amount of a period, for 30 days like it; half to even, to the pico-dollar. */
export function perMonth(amount: PicoUsd, { from, to }: Period): string {
  const seconds = BigInt(Math.max(1, to.epochSeconds - from.epochSeconds));
  return formatUsd(divideHalfEven(amount * BigInt(MONTH_SECONDS), seconds));
}

/** The hours that a question is about that names none. */
export const ADVICE_HOURS = 720;
