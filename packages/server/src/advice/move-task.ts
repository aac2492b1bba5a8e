/** What if a task were moved to another model. */

import { BellwetherError, formatUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { both, type Condition } from '../ledger/time-range.ts';
import { periodText } from '../report/periods.ts';
import { countText, usdText } from '../report/text-table.ts';
import { perMonth } from './advice.ts';
import { budgetEffects, budgetNotes, readCost } from './budget-effects.ts';
import { readModelWork, strataOf } from './model-scores.ts';
import { QUALITY_MARGIN, testNonInferiority } from './non-inferiority.ts';
import { evidencePath, readEvents } from './question.ts';
import { pricingText, reprice } from './reprice.ts';
import type { Supposition } from './supposition.ts';
import type { WhatIf, WhatIfQuestion } from './what-if.ts';

type Move = Extract<Supposition, { readonly type: 'move' }>;

/** Requests of the target from which its history is told. */
const HISTORY_MIN = 30;

interface Served {
  readonly n: number;
  readonly p95: number | null;
  readonly errors: number;
  readonly quality: number | null;
  readonly scored: number;
}

/** Answers. */
export async function moveTask(question: WhatIfQuestion, move: Move): Promise<WhatIf> {
  const { connection, pricer, period } = question;
  const { task, application, from, to } = move;
  const provider = await providerOf(question, to);
  const moved: Condition = {
    sql: `task_type = {moved_task:String} AND model != {moved_to:String}${application === null ? '' : ' AND application = {moved_application:String}'}${from === null ? '' : ' AND model = {moved_from:String}'}`,
    parameters: {
      moved_task: task,
      moved_to: to,
      ...(application === null ? {} : { moved_application: application }),
      ...(from === null ? {} : { moved_from: from }),
    },
  };
  const priced = await readEvents(question, (events) =>
    reprice({ connection, pricer, now: period.to }, both(events, moved), () => [
      { provider, model: to, response_model: '', region: '' },
    ]),
  );
  if (priced.requests === 0)
    throw new BellwetherError('invalid_parameter', 'The period has no requests that would be moved.', {
      field: 'suppose',
    });
  const present = await served(question, moved);
  const target = await served(question, {
    sql: `task_type = {moved_task:String} AND model = {moved_to:String}${application === null ? '' : ' AND application = {moved_application:String}'}`,
    parameters: moved.parameters,
  });
  const known = target.n >= HISTORY_MIN;
  const whole = await readCost(question);
  const difference = priced.otherPicoUsd - priced.presentPicoUsd;
  const budgets = budgetEffects(question, whole, whole + difference);
  return {
    supposed: `${task}${application === null ? '' : ` of ${application}`}${from === null ? '' : ` from ${from}`} is moved to ${to}`,
    ...periodText(period),
    requests: priced.requests,
    cost_usd_per_month: {
      present: perMonth(priced.presentPicoUsd, period),
      supposed: perMonth(priced.otherPicoUsd, period),
      difference: perMonth(difference, period),
    },
    latency_p95_ms: { present: present.p95, supposed: known ? target.p95 : null },
    error_ratio: { present: present.errors / present.n, supposed: known ? target.errors / target.n : null },
    quality_score: { present: present.quality, supposed: known ? target.quality : null },
    budgets,
    notes: [
      ...(priced.unpriced === 0
        ? []
        : [
            `${countText(priced.unpriced, 'request')} ${priced.unpriced === 1 ? 'is' : 'are'} not in the cost: one of the two has no known price for them.`,
          ]),
      ...(known
        ? []
        : [
            `${to} did this task ${countText(target.n, 'time')} in the period; ${HISTORY_MIN} are needed to tell its latency, errors and quality.`,
          ]),
      ...(await qualityNote(question, move, provider)),
      ...(difference > 0n ? [`It costs ${usdText(formatUsd(difference))} more in the period.`] : []),
      ...budgetNotes(question, budgets),
    ],
    path: evidencePath('performance', period, 'task_type,application,provider,model'),
    method: `Cost: ${pricingText(priced)}, the tokens taken to be as many with the other model. Latency, errors and quality: those of the model at the same task in the same period.`,
  };
}

/** The provider that the ledger knows a model of: the one with the most requests. */
async function providerOf(question: WhatIfQuestion, model: string): Promise<string> {
  const provider = await readEvents(question, async ({ sql, parameters }) => {
    const [row] = await question.connection.query<{ provider: string }>(
      `SELECT provider FROM ${LEDGER_DATABASE}.events WHERE ${sql} AND model = {sought:String}
       GROUP BY provider ORDER BY count() DESC, provider LIMIT 1`,
      { ...parameters, sought: model },
    );
    return row?.provider;
  });
  if (provider === undefined)
    throw new BellwetherError(
      'invalid_parameter',
      'The period has no request of the model that work would move to, so its provider and its history are not known.',
      { field: 'suppose' },
    );
  return provider;
}

function served(question: WhatIfQuestion, condition: Condition): Promise<Served> {
  return readEvents(question, async (events) => {
    const { sql, parameters } = both(events, condition);
    const [row] = await question.connection.query<Served>(
      `SELECT toInt64(count()) AS n, toInt64(countIf(status != 'success')) AS errors, avg(quality_score) AS quality,
         toInt64(count(quality_score)) AS scored,
         if(count(latency_ms) = 0, NULL, quantileTDigest(0.95)(latency_ms)) AS p95
       FROM ${LEDGER_DATABASE}.events WHERE ${sql}`,
      parameters,
    );
    return row ?? { n: 0, p95: null, errors: 0, quality: null, scored: 0 };
  });
}

/** Whether the target is shown to answer as well, compared within each application. */
async function qualityNote(
  question: WhatIfQuestion,
  { task, application, from, to }: Move,
  provider: string,
): Promise<string[]> {
  const work = (await readModelWork(question)).filter(
    (each) => each.task === task && (application === null || each.application === application),
  );
  const target = work.filter((each) => each.model === to && each.provider === provider);
  const present = work.filter((each) => each.model !== to && (from === null || each.model === from));
  const strata = strataOf(present, target);
  if (strata.length === 0)
    return [
      'Whether it answers as well is not known: there are not enough scores of both in any application.',
    ];
  const { difference, lower, shown } = testNonInferiority(strata, QUALITY_MARGIN);
  return [
    `Within the same applications its quality is ${signed(difference)}, at worst ${signed(lower)} with 95 % confidence: ${shown ? 'as good' : 'not shown to be as good'} at a margin of ${QUALITY_MARGIN}.`,
  ];
}

function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(3)}`;
}
