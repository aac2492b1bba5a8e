/** A cheaper model for a task, where the ledger's own scores show that it answers as well. */

import type { Advice, Found, Withheld } from './advice.ts';
import { perMonth } from './advice.ts';
import { type ModelWork, readModelWork, SCORES_MIN, strataOf } from './model-scores.ts';
import { type NonInferiority, QUALITY_MARGIN, testNonInferiority } from './non-inferiority.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN, valuesCondition } from './question.ts';
import { pricingText, reprice } from './reprice.ts';
import { formatUsd } from '@bellwether/events';
import { both } from '../ledger/time-range.ts';
import { periodText } from '../report/periods.ts';
import { groupDigits, msText, percentText } from '../report/text-table.ts';

/** Moves that are priced; those that would save most by what their tokens cost are looked at first. */
const MOVES_MAX = 20;
/** Failures for each request that a target may have more. */
const ERRORS_MARGIN = 0.01;
const WITHHELD_MAX = 20;

interface Move {
  readonly task: string;
  readonly application: string;
  readonly present: ModelWork;
  readonly target: ModelWork;
  readonly test: NonInferiority;
  readonly estimate: number;
}

/** Looks for it. */
export async function adviseCheaperModel(question: AdviceQuestion): Promise<Found> {
  const { moves, withheld } = movesOf(await readModelWork(question));
  const advice: Advice[] = [];
  const moved = new Set<string>();
  for (const move of moves.toSorted((a, b) => b.estimate - a.estimate).slice(0, MOVES_MAX)) {
    // One piece of advice for the same requests: that which saves most.
    const name = JSON.stringify([move.task, move.application, move.present.provider, move.present.model]);
    if (moved.has(name)) continue;
    const found = await priceMove(question, move);
    if (found === null) continue;
    moved.add(name);
    advice.push(found);
  }
  return { advice, withheld: withheld.slice(0, WITHHELD_MAX) };
}

/** Every pair of a dearer and a cheaper model that did the same work. */
export function movesOf(work: readonly ModelWork[]): {
  readonly moves: Move[];
  readonly withheld: Withheld[];
} {
  const moves: Move[] = [];
  const withheld: Withheld[] = [];
  for (const present of work) {
    if (present.requests < REQUESTS_MIN || present.tokens === 0 || present.costUsd === 0) continue;
    const others = work.filter(
      (each) =>
        each.task === present.task &&
        each.application === present.application &&
        each.tokens > 0 &&
        (each.model !== present.model || each.provider !== present.provider) &&
        each.costUsd > 0 &&
        each.costUsd / each.tokens < present.costUsd / present.tokens,
    );
    for (const target of others) {
      const about = `${present.task || '(no task)'} of ${present.application || '(no application)'}: ${present.model} to ${target.model}`;
      const strata = strataOf([present], [target]);
      if (strata.length === 0) {
        withheld.push({
          kind: 'cheaper_model',
          about,
          reason: `There are ${groupDigits(present.quality.n)} and ${groupDigits(target.quality.n)} quality scores; ${SCORES_MIN} of each are needed.`,
        });
        continue;
      }
      const test = testNonInferiority(strata, QUALITY_MARGIN);
      const errors = target.errors / target.requests - present.errors / present.requests;
      if (!test.shown || errors > ERRORS_MARGIN) {
        const quality = `quality ${test.difference.toFixed(3)}, at worst ${test.lower.toFixed(3)} with 95 % confidence; ${-QUALITY_MARGIN} is tolerated`;
        withheld.push({
          kind: 'cheaper_model',
          about,
          reason: test.shown
            ? `It fails in ${percentText(errors)} more of the requests.`
            : `It is not shown to answer as well: ${quality}.`,
        });
        continue;
      }
      const estimate = present.costUsd - (target.costUsd / target.tokens) * present.tokens;
      moves.push({ task: present.task, application: present.application, present, target, test, estimate });
    }
  }
  return { moves, withheld };
}

async function priceMove(question: AdviceQuestion, move: Move): Promise<Advice | null> {
  const { task, application, present, target, test } = move;
  const { connection, pricer, period } = question;
  const values = { task_type: task, application, provider: present.provider, model: present.model };
  const priced = await readEvents(question, (events) =>
    reprice({ connection, pricer, now: period.to }, both(events, valuesCondition(values)), () => [
      { provider: target.provider, model: target.model, response_model: '', region: '' },
    ]),
  );
  const saving = priced.presentPicoUsd - priced.otherPicoUsd;
  if (saving <= 0n || priced.priced < REQUESTS_MIN) return null;
  const latency =
    present.latencyMs === null || target.latencyMs === null
      ? ''
      : `, and took ${msText(target.latencyMs)} against ${msText(present.latencyMs)} in the mean`;
  return {
    kind: 'cheaper_model',
    id: `cheaper_model/${[application, task, present.provider, present.model, target.provider, target.model].map(encodeURIComponent).join('/')}`,
    action: `Move ${task || 'the work'} of ${application || '(no application)'} from ${present.model} to ${target.model}.`,
    saving_usd_per_month: perMonth(saving, period),
    gain: `The same work at ${percentText(Number(priced.otherPicoUsd) / Number(priced.presentPicoUsd), 0)} of its cost; ${target.model} scored ${target.quality.mean.toFixed(3)} against ${present.quality.mean.toFixed(3)}${latency}.`,
    confidence:
      test.lower > 0 || Math.min(present.quality.n, target.quality.n) >= 10 * SCORES_MIN ? 'high' : 'medium',
    evidence: {
      ...periodText(period),
      requests: priced.requests,
      path: evidencePath('costs', period, 'application,task_type,provider,model'),
      figures: {
        present_cost_usd: formatUsd(priced.presentPicoUsd),
        other_cost_usd: formatUsd(priced.otherPicoUsd),
        present_scores: present.quality.n,
        target_scores: target.quality.n,
        quality_difference: test.difference,
        quality_difference_lower95: test.lower,
        present_error_ratio: present.errors / present.requests,
        target_error_ratio: target.errors / target.requests,
      },
    },
    method: `Both models did this task for this application. One-sided test of non-inferiority on their quality scores, margin ${QUALITY_MARGIN}, 95 % confidence; ${pricingText(priced)}, the tokens taken to be as many with the other model.`,
  };
}
