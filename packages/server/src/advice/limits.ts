/** Limits that do not fit the traffic: refusals by rate limits, and time-outs that cut off what would have ended. */

import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { periodText } from '../report/periods.ts';
import { isRefusedOften, REFUSED_MIN, REFUSED_SHARE_MIN } from '../report/refusals.ts';
import { countText, groupDigits, msText, percentText } from '../report/text-table.ts';
import type { Advice, Found } from './advice.ts';
import { type AdviceQuestion, evidencePath, readEvents, REQUESTS_MIN } from './question.ts';

const MODELS_MAX = 500;
/** A time-out below this many times the slowest answers cuts some of them off; one beyond the other waits in vain. */
const SHORT = 1.2;
const LONG = 10;

interface Limited {
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  readonly limited: number;
  readonly timeouts: number;
  readonly timeout_ms: number | null;
  readonly slowest_ms: number | null;
}

/** Looks for them. */
export async function adviseLimits(question: AdviceQuestion): Promise<Found> {
  const { connection } = question;
  const rows = await readEvents(question, ({ sql, parameters }) =>
    connection.query<Limited>(
      `SELECT provider, model, toInt64(count()) AS requests, toInt64(countIf(error_type = 'rate_limit')) AS limited,
         toInt64(countIf(status = 'timeout' OR error_type = 'timeout')) AS timeouts,
         if(timeouts = 0, NULL, quantileTDigestIf(0.5)(latency_ms, status = 'timeout' OR error_type = 'timeout')) AS timeout_ms,
         if(countIf(status = 'success') = 0, NULL, quantileTDigestIf(0.99)(latency_ms, status = 'success')) AS slowest_ms
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} GROUP BY provider, model
       HAVING requests >= {least:UInt32} ORDER BY requests DESC LIMIT ${MODELS_MAX}`,
      { ...parameters, least: REQUESTS_MIN },
    ),
  );
  return {
    advice: rows.flatMap((row) => [...rateLimit(row, question), ...timeOut(row, question)]),
    withheld: [],
  };
}

function rateLimit(row: Limited, { period }: AdviceQuestion): Advice[] {
  const { provider, model, requests, limited } = row;
  if (!isRefusedOften(limited, requests)) return [];
  return [
    {
      ...base(`rate/${[provider, model].map(encodeURIComponent).join('/')}`),
      action: `Ask ${provider} for a higher limit for ${model}, or spread its load over time or other backends.`,
      gain: `${groupDigits(limited)} of ${countText(requests, 'request')} were refused (${percentText(limited / requests, 2)}).`,
      confidence: 'high',
      evidence: {
        ...periodText(period),
        requests: limited,
        path: evidencePath('performance', period, 'provider,model,error_type'),
        figures: { requests, rate_limited: limited },
      },
      method: `Requests with the error type rate_limit, at least ${REFUSED_MIN} and ${REFUSED_SHARE_MIN * 100} % of all. The capacity report has the minutes in which they came.`,
    },
  ];
}

function timeOut(row: Limited, { period }: AdviceQuestion): Advice[] {
  const { provider, model, requests, timeouts, timeout_ms: cut, slowest_ms: slowest } = row;
  if (!isRefusedOften(timeouts, requests) || cut === null || slowest === null) return [];
  const isShort = cut < slowest * SHORT;
  if (!isShort && cut < slowest * LONG) return [];
  const [limit, usual] = [Math.round(cut), Math.round(slowest)];
  return [
    {
      ...base(`timeout/${[provider, model].map(encodeURIComponent).join('/')}`),
      action: isShort
        ? `Give ${model} more time than ${msText(limit)}, or have it answer shorter.`
        : `Give up on ${model} sooner than after ${msText(limit)}.`,
      gain: `${groupDigits(timeouts)} of ${countText(requests, 'request')} ran out of time, in the median after ${msText(limit)}; 99 % of the answers that came took at most ${msText(usual)}.`,
      confidence: 'medium',
      evidence: {
        ...periodText(period),
        requests: timeouts,
        path: evidencePath('performance', period, 'provider,model,error_type'),
        figures: { timeouts, timeout_ms: cut, answers_p99_ms: slowest },
      },
      method: isShort
        ? `The median time of time-outs is below ${SHORT} times the 99th percentile of answers: some that were cut off would have come.`
        : `The median time of time-outs is beyond ${LONG} times the 99th percentile of answers: none would have come any more.`,
    },
  ];
}

function base(id: string): Pick<Advice, 'kind' | 'id' | 'saving_usd_per_month'> {
  return { kind: 'limits', id: `limits/${id}`, saving_usd_per_month: null };
}
