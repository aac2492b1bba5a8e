/** What if there were more traffic, or less. */

import { BellwetherError, divideHalfEven, type PicoUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { periodText } from '../report/periods.ts';
import { perMonth } from './advice.ts';
import { budgetEffects, budgetNotes, readCost } from './budget-effects.ts';
import { evidencePath, readEvents } from './question.ts';
import type { Supposition } from './supposition.ts';
import type { WhatIf, WhatIfQuestion } from './what-if.ts';

type Traffic = Extract<Supposition, { readonly type: 'traffic' }>;

/** Hours with such traffic that the history must have for its latency to be told. */
const HOURS_MIN = 5;

interface Seen {
  readonly n: number;
  readonly errors: number;
  readonly quality: number | null;
  readonly p95: number | null;
  readonly hour_mean: number;
  readonly busiest: number;
}

interface Busy {
  readonly hours: number;
  readonly p95: number | null;
  readonly errors: number;
  readonly n: number;
}

/** Answers. Money is in proportion; the rest is what the ledger has seen in hours that were as busy. */
export async function scaleTraffic(question: WhatIfQuestion, { permille }: Traffic): Promise<WhatIf> {
  const { period } = question;
  const seen = await readSeen(question);
  if (seen.n === 0)
    throw new BellwetherError('invalid_parameter', 'The period has no requests.', { field: 'suppose' });
  const factor = permille / 1000;
  const busy = await readBusy(question, seen.hour_mean * factor);
  const known = permille <= 1000 || busy.hours >= HOURS_MIN;
  const like = permille <= 1000 ? { ...seen, hours: 0 } : busy;
  const cost = await readCost(question);
  const scaled: PicoUsd = divideHalfEven(cost * BigInt(permille), 1000n);
  const budgets = budgetEffects(question, cost, scaled);
  return {
    supposed: `traffic is ${factor} times what it was`,
    ...periodText(period),
    requests: seen.n,
    cost_usd_per_month: {
      present: perMonth(cost, period),
      supposed: perMonth(scaled, period),
      difference: perMonth(scaled - cost, period),
    },
    latency_p95_ms: { present: seen.p95, supposed: known ? like.p95 : null },
    error_ratio: { present: seen.errors / seen.n, supposed: known ? like.errors / like.n : null },
    // Nothing says that traffic changes what answers are like.
    quality_score: { present: seen.quality, supposed: seen.quality },
    budgets,
    notes: [
      permille <= 1000
        ? 'With less traffic, latency and errors are taken to stay as they are.'
        : `The mean hour would have ${Math.round(seen.hour_mean * factor)} requests; ${busy.hours} hours of the period had as many${known ? ', and latency and errors are those of these hours' : `, and ${HOURS_MIN} are needed to tell latency and errors`}.`,
      ...(permille > 1000
        ? [
            `The busiest hour would have ${Math.round(seen.busiest * factor)} requests, against ${seen.busiest}: see the capacity report for the rate limits.`,
          ]
        : []),
      ...budgetNotes(question, budgets),
    ],
    path: evidencePath('performance', period, 'hour'),
    method:
      'Cost in proportion, of the requests with a known price. Latency and errors of the hours of the period that had as many requests as the mean hour would have.',
  };
}

function readSeen(question: WhatIfQuestion): Promise<Seen> {
  return readEvents(question, async ({ sql, parameters }) => {
    const [row] = await question.connection.query<Omit<Seen, 'hour_mean' | 'busiest'>>(
      `SELECT toInt64(count()) AS n, toInt64(countIf(status != 'success')) AS errors, avg(quality_score) AS quality,
         if(count(latency_ms) = 0, NULL, quantileTDigest(0.95)(latency_ms)) AS p95
       FROM ${LEDGER_DATABASE}.events WHERE ${sql}`,
      parameters,
    );
    const [hours] = await question.connection.query<{ mean: number | null; busiest: number }>(
      `SELECT avg(hourly) AS mean, toInt64(max(hourly)) AS busiest FROM
         (SELECT count() AS hourly FROM ${LEDGER_DATABASE}.events WHERE ${sql} GROUP BY toStartOfHour(timestamp))`,
      parameters,
    );
    return {
      ...(row ?? { n: 0, errors: 0, quality: null, p95: null }),
      hour_mean: hours?.mean ?? 0,
      busiest: hours?.busiest ?? 0,
    };
  });
}

/** The hours of the period that had at least so many requests. */
function readBusy(question: WhatIfQuestion, hourly: number): Promise<Busy> {
  return readEvents(question, async ({ sql, parameters }) => {
    const [row] = await question.connection.query<Busy>(
      `SELECT toInt64(uniqExact(toStartOfHour(timestamp))) AS hours, toInt64(count()) AS n,
         toInt64(countIf(status != 'success')) AS errors,
         if(count(latency_ms) = 0, NULL, quantileTDigest(0.95)(latency_ms)) AS p95
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} AND toStartOfHour(timestamp) IN (
         SELECT toStartOfHour(timestamp) AS hour FROM ${LEDGER_DATABASE}.events WHERE ${sql}
         GROUP BY hour HAVING count() >= {hourly:Float64})`,
      { ...parameters, hourly },
    );
    return row ?? { hours: 0, n: 0, errors: 0, p95: null };
  });
}
