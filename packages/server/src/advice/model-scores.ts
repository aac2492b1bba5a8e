/** How models did the work of each task: scores, failures and cost by task, application and model. */

import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { hasFeedback } from '../ledger/has-feedback.ts';
import { type AdviceQuestion, readEvents } from './question.ts';
import type { Scores, Stratum } from './non-inferiority.ts';

/** A model at one task of one application. */
export interface ModelWork {
  readonly task: string;
  readonly application: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly errors: number;
  readonly costUsd: number;
  readonly tokens: number;
  /** Null where no request says. */
  readonly latencyMs: number | null;
  readonly quality: Scores;
}

/** Groups that are compared. */
const GROUPS_MAX = 5000;
/** Scores that a side of a comparison has at the least. */
export const SCORES_MIN = 30;

/** Reads them, with the scores that hold: those of feedback in place of an event's own. */
export function readModelWork(question: AdviceQuestion): Promise<ModelWork[]> {
  return readEvents(question, async ({ sql, parameters }) => {
    const table = (await hasFeedback(question.connection)) ? 'rated_events' : 'events';
    const rows = await question.connection.query<
      Omit<ModelWork, 'quality' | 'latencyMs'> & {
        n: number;
        mean: number | null;
        variance: number | null;
        latency: number | null;
      }
    >(
      `SELECT task_type AS task, application, provider, model, toInt64(count()) AS requests,
         toInt64(countIf(status != 'success')) AS errors, toFloat64(ifNull(sum(cost_usd), 0)) AS costUsd,
         toFloat64(ifNull(sum(input_tokens), 0)) + toFloat64(ifNull(sum(output_tokens), 0)) AS tokens,
         avg(latency_ms) AS latency, toInt64(count(quality_score)) AS n, avg(quality_score) AS mean,
         if(n > 1, varSamp(quality_score), NULL) AS variance
       FROM ${LEDGER_DATABASE}.${table} WHERE ${sql}
       GROUP BY task, application, provider, model ORDER BY costUsd DESC LIMIT ${GROUPS_MAX}`,
      parameters,
    );
    return rows.map(({ n, mean, variance, latency, ...row }) => ({
      ...row,
      latencyMs: latency,
      quality: { n, mean: mean ?? 0, variance: variance ?? 0 },
    }));
  });
}

/** The applications whose task both models did, with enough scores on both sides. */
export function strataOf(present: readonly ModelWork[], target: readonly ModelWork[]): Stratum[] {
  const others = new Map(target.map((work) => [work.application, work]));
  return present.flatMap((work) => {
    const other = others.get(work.application);
    if (other === undefined || work.quality.n < SCORES_MIN || other.quality.n < SCORES_MIN) return [];
    return [{ weight: work.requests, present: work.quality, target: other.quality }];
  });
}
