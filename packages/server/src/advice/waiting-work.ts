/** Work that nobody waits for, which providers do at a lower price as a batch or on flexible capacity. */

import { formatUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { both } from '../ledger/time-range.ts';
import { periodText } from '../report/periods.ts';
import { usdText } from '../report/text-table.ts';
import { type Advice, type Found, perMonth } from './advice.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN, valuesCondition } from './question.ts';
import { pricingText, reprice } from './reprice.ts';

interface Work {
  readonly application: string;
  readonly task: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
}

const GROUPS_MAX = 20;
/** The share of requests that a user, a session or a first token may be known of. */
const ATTENDED_MAX = 0.02;

/** Looks for it. */
export async function adviseBatch(question: AdviceQuestion): Promise<Found> {
  const { connection, pricer, period } = question;
  const groups = await readEvents(question, ({ sql, parameters }) =>
    connection.query<Work>(
      `SELECT application, task_type AS task, provider, model, toInt64(count()) AS requests FROM ${LEDGER_DATABASE}.events
       WHERE ${sql} AND service_tier IN ('', 'standard', 'default') AND price_source NOT IN ('caller', '')
       GROUP BY application, task, provider, model
       HAVING requests >= {least:UInt32} AND
         countIf(user_id != '' OR session_id != '' OR ttft_ms IS NOT NULL) <= requests * {attended:Float64}
       ORDER BY sum(cost_usd) DESC LIMIT ${GROUPS_MAX}`,
      { ...parameters, least: REQUESTS_MIN, attended: ATTENDED_MAX },
    ),
  );
  const advice: Advice[] = [];
  for (const { application, task, provider, model } of groups) {
    const values = { application, task_type: task, provider, model };
    const tier = { sql: "service_tier IN ('', 'standard', 'default')", parameters: {} };
    const priced = await readEvents(question, (events) =>
      reprice(
        { connection, pricer, now: period.to },
        both(both(events, valuesCondition(values)), tier),
        () => [{ service_tier: 'batch' }],
      ),
    );
    const saving = priced.presentPicoUsd - priced.otherPicoUsd;
    if (saving <= 0n || priced.priced < REQUESTS_MIN) continue;
    advice.push({
      kind: 'batch',
      id: `batch/${[application, task, provider, model].map(encodeURIComponent).join('/')}`,
      action: `Send ${task || 'the work'} of ${application || '(no application)'} to ${model} as batches, if its answers can wait.`,
      saving_usd_per_month: perMonth(saving, period),
      gain: `The same work at the price of a batch: ${usdText(formatUsd(priced.otherPicoUsd))} instead of ${usdText(formatUsd(priced.presentPicoUsd))} in the period.`,
      confidence: 'medium',
      evidence: {
        ...periodText(period),
        requests: priced.requests,
        path: evidencePath('costs', period, 'application,task_type,provider,model'),
        figures: {
          present_cost_usd: formatUsd(priced.presentPicoUsd),
          other_cost_usd: formatUsd(priced.otherPicoUsd),
        },
      },
      method: `At most ${ATTENDED_MAX * 100} % of these requests name a user or a session or have a time to the first token, so that nobody seems to wait for them; ${pricingText(priced)}, under the service tier batch.`,
    });
  }
  return { advice, withheld: [] };
}
