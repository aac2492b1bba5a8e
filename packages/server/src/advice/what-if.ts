/** What would be if: cost by pricing the actual usage otherwise, the rest by what the ledger has seen, or that it has not. */

import type { PeriodText } from '../report/periods.ts';
import type { LoadEffects } from './load-effects.ts';
import { moveTask } from './move-task.ts';
import type { AdviceQuestion } from './question.ts';
import { readSupposition } from './supposition.ts';
import { scaleTraffic } from './scale-traffic.ts';

/** A budget, as declared, that is held against what would be spent. */
export interface BudgetLimit {
  readonly id: string;
  /** Exact decimal dollars; empty for one that only counts. */
  readonly amountUsd: string;
  readonly period: 'day' | 'week' | 'month';
  /** Whether it counts all requests together; others are not judged. */
  readonly whole: boolean;
}

/** A figure as it is and as it would be; null where the ledger cannot tell. */
export interface Compared {
  readonly present: number | null;
  readonly supposed: number | null;
}

/** The answer. */
export interface WhatIf extends PeriodText {
  readonly supposed: string;
  /** Requests of the period that are concerned. */
  readonly requests: number;
  /** Exact dollars of 30 days like the period, of the requests that are concerned. */
  readonly cost_usd_per_month: {
    readonly present: string;
    readonly supposed: string;
    readonly difference: string;
  };
  readonly latency_p95_ms: Compared;
  readonly error_ratio: Compared;
  readonly quality_score: Compared;
  /** Budgets that count all requests: the mean spend of one of their periods against their amount. */
  readonly budgets: readonly {
    readonly id: string;
    readonly amount_usd: string;
    readonly present_usd: string;
    readonly supposed_usd: string;
    readonly exceeded: boolean;
  }[];
  /** With more traffic: the hours whose load the ledger knows, and those whose load it does not. */
  readonly loads?: LoadEffects;
  /** What follows, and what is not known, in sentences. */
  readonly notes: readonly string[];
  readonly path: string;
  readonly method: string;
}

/** What a supposition is judged by. */
export interface WhatIfQuestion extends AdviceQuestion {
  readonly budgets: readonly BudgetLimit[];
}

/**
 * Answers.
 *
 * @throws BellwetherError `invalid_parameter` for what is no supposition, or about what the ledger has no requests of.
 */
export function answerWhatIf(question: WhatIfQuestion, text: string): Promise<WhatIf> {
  const supposition = readSupposition(text);
  return supposition.type === 'move' ? moveTask(question, supposition) : scaleTraffic(question, supposition);
}
