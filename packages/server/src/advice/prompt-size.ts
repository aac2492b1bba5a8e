/** Prompts that are far longer than the others of their task, and what they cost. */

import { formatUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { both } from '../ledger/time-range.ts';
import { periodText } from '../report/periods.ts';
import { countText, groupDigits, percentText } from '../report/text-table.ts';
import { type Advice, type Found, perMonth } from './advice.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN, valuesCondition } from './question.ts';
import { pricingText, reprice } from './reprice.ts';

/** Quartile distances beyond the upper quartile from which a value is far out (J. W. Tukey, Exploratory Data Analysis, 1977). */
const FAR_OUT = 3;
const OUTLIERS_MIN = 20;
/** The share of a task's cost below which its longest prompts are left alone. */
const COST_SHARE_MIN = 0.05;
const TASKS_MAX = 10;

interface Task {
  readonly application: string;
  readonly task: string;
  readonly requests: number;
  readonly fence: number;
}

/** Looks for them. */
export async function advisePromptSize(question: AdviceQuestion): Promise<Found> {
  const { connection, pricer, period } = question;
  const tasks = await readEvents(question, ({ sql, parameters }) =>
    connection.query<Task>(
      `SELECT application, task_type AS task, toInt64(count()) AS requests,
         quantileTDigest(0.75)(input_tokens) AS upper, quantileTDigest(0.25)(input_tokens) AS lower,
         floor(upper + ${FAR_OUT} * (upper - lower)) AS fence
       FROM ${LEDGER_DATABASE}.events
       WHERE ${sql} AND input_tokens IS NOT NULL AND price_source NOT IN ('caller', '')
       GROUP BY application, task HAVING requests >= {least:UInt32} AND upper > lower
       ORDER BY sum(cost_usd) DESC LIMIT ${TASKS_MAX}`,
      { ...parameters, least: REQUESTS_MIN },
    ),
  );
  const advice: Advice[] = [];
  for (const { application, task, requests, fence } of tasks) {
    const work = valuesCondition({ application, task_type: task });
    const long = { sql: 'input_tokens > {fence:Float64}', parameters: { fence } };
    const trimmed = await readEvents(question, (events) =>
      reprice({ connection, pricer, now: period.to }, both(both(events, work), long), (request) => {
        const cached = Math.min(request.cache_read_tokens ?? 0, fence);
        const written = Math.min(request.cache_write_tokens ?? 0, fence - cached);
        const hourly = Math.min(request.cache_write_1h_tokens ?? 0, written);
        const audio = Math.min(request.input_audio_tokens ?? 0, fence - cached - written);
        const image = Math.min(request.input_image_tokens ?? 0, fence - cached - written - audio);
        return [
          {
            input_tokens: fence,
            cache_read_tokens: cached,
            cache_write_tokens: written,
            cache_write_1h_tokens: hourly,
            input_audio_tokens: audio,
            input_image_tokens: image,
          },
        ];
      }),
    );
    const whole = await readEvents(question, async (events) => {
      const { sql, parameters } = both(events, work);
      const [row] = await connection.query<{ cost: number }>(
        `SELECT toFloat64(ifNull(sum(cost_usd), 0)) AS cost FROM ${LEDGER_DATABASE}.events WHERE ${sql}`,
        parameters,
      );
      return row?.cost ?? 0;
    });
    const present = Number(formatUsd(trimmed.presentPicoUsd));
    const saving = trimmed.presentPicoUsd - trimmed.otherPicoUsd;
    if (trimmed.priced < OUTLIERS_MIN || saving <= 0n || present < whole * COST_SHARE_MIN) continue;
    advice.push({
      kind: 'prompt_size',
      id: `prompt_size/${[application, task].map(encodeURIComponent).join('/')}`,
      action: `See why some prompts of ${task || 'the work'} of ${application || '(no application)'} have more than ${groupDigits(fence)} tokens, and cut what is not needed.`,
      saving_usd_per_month: perMonth(saving, period),
      gain: `${groupDigits(trimmed.requests)} of ${countText(requests, 'request')} have such prompts and cost ${percentText(present / whole)} of the whole.`,
      confidence: 'low',
      evidence: {
        ...periodText(period),
        requests: trimmed.requests,
        path: evidencePath('costs', period, 'application,task_type'),
        figures: {
          fence_tokens: fence,
          present_cost_usd: formatUsd(trimmed.presentPicoUsd),
          other_cost_usd: formatUsd(trimmed.otherPicoUsd),
        },
      },
      method: `Prompts beyond the upper quartile by more than ${FAR_OUT} quartile distances (Tukey's far out); the saving is what they cost above a prompt at that bound. ${pricingText(trimmed)}. Whether they must be that long is not in the ledger.`,
    });
  }
  return { advice, withheld: [] };
}
