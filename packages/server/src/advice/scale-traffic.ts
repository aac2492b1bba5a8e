/** What if there were more traffic, or less. */

import { BellwetherError, divideHalfEven, parseUsd, type PicoUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { extraordinaryHours, type HourlyLoad, hoursText } from '../report/extraordinary-hours.ts';
import { periodText } from '../report/periods.ts';
import { groupDigits, usdText } from '../report/text-table.ts';
import { perMonth } from './advice.ts';
import { budgetEffects, budgetNotes, readCost } from './budget-effects.ts';
import { evidencePath, readEvents } from './question.ts';
import type { Supposition } from './supposition.ts';
import type { WhatIf, WhatIfQuestion } from './what-if.ts';

type Traffic = Extract<Supposition, { readonly type: 'traffic' }>;

/** Hours with such traffic that the history must have for its latency to be told. */
const HOURS_MIN = 5;
/** Hours of a period that are looked at, the last ones; ten years have fewer. */
const HOURS_MAX = 100_000;
/** Stretches of hours that are named. */
const NAMED_MAX = 3;

/** What requests were like, of all hours or of some. */
interface Seen {
  readonly n: number;
  readonly errors: number;
  readonly quality: number | null;
  readonly p95: number | null;
  /** Exact dollars. */
  readonly cost: string;
}

/** The hours of the period: ordinary ones, and those that are set aside. */
interface Hours {
  readonly ordinary: readonly HourlyLoad[];
  readonly aside: readonly number[];
  readonly mean: number;
  readonly busiest: number;
}

/** Answers. Money is in proportion; the rest is what the ledger has seen in ordinary hours that were as busy. */
export async function scaleTraffic(question: WhatIfQuestion, { permille }: Traffic): Promise<WhatIf> {
  const { period } = question;
  const seen = await readSeen(question, null);
  if (seen.n === 0)
    throw new BellwetherError('invalid_parameter', 'The period has no requests.', { field: 'suppose' });
  const factor = permille / 1000;
  const hours = await readHours(question);
  const grows = permille > 1000;
  const busy = grows
    ? hours.ordinary.filter(({ requests }) => requests >= hours.mean * factor).map(({ hour }) => hour)
    : [];
  const known = !grows || busy.length >= HOURS_MIN;
  const like = grows && known ? await readSeen(question, busy) : seen;
  const cost = await readCost(question);
  const scaled = scale(cost, permille);
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
      ...(grows
        ? growthNotes(hours, factor, busy.length, known)
        : ['With less traffic, latency and errors are taken to stay as they are.']),
      ...(await asideNotes(question, hours, cost, permille)),
      ...budgetNotes(question, budgets),
    ],
    path: evidencePath('performance', period, 'hour'),
    method:
      'Cost in proportion, of the requests with a known price. Latency and errors of the ordinary hours of the period that had as many requests as the mean hour would have.',
  };
}

function scale(cost: PicoUsd, permille: number): PicoUsd {
  return divideHalfEven(cost * BigInt(permille), 1000n);
}

function growthNotes({ mean, busiest }: Hours, factor: number, busy: number, known: boolean): string[] {
  const count = (value: number): string => groupDigits(Math.round(value));
  return [
    `The mean hour would have ${count(mean * factor)} requests; ${busy} ${busy === 1 ? 'hour' : 'hours'} of the period had as many${known ? ', and latency and errors are those of these hours' : `, and ${HOURS_MIN} are needed to tell latency and errors`}.`,
    `The busiest hour would have ${count(busiest * factor)} requests, against ${count(busiest)}: see the capacity report for the rate limits.`,
  ];
}

/** What was set aside, and what cost would be without it: whether it grows with traffic is not for the ledger to say. */
async function asideNotes(
  question: WhatIfQuestion,
  { aside }: Hours,
  cost: PicoUsd,
  permille: number,
): Promise<string[]> {
  if (aside.length === 0) return [];
  const { cost: text } = await readSeen(question, aside);
  const rest = cost - (parseUsd(text) ?? 0n);
  const month = (amount: PicoUsd): string => usdText(perMonth(amount, question.period));
  return [
    `${aside.length === 1 ? '1 hour' : `${aside.length} hours`} with far more requests than is usual at that hour of the week ${aside.length === 1 ? 'is' : 'are'} not taken for ordinary load: ${hoursText(aside, NAMED_MAX)}. Without ${aside.length === 1 ? 'it' : 'them'} cost is ${month(rest)} a month now and ${month(scale(rest, permille))} then.`,
  ];
}

/** What requests were like: those of the period, or of some of its hours. */
function readSeen(question: WhatIfQuestion, hours: readonly number[] | null): Promise<Seen> {
  return readEvents(question, async ({ sql, parameters }) => {
    const within =
      hours === null
        ? ''
        : "AND toInt64(intDiv(toUnixTimestamp64Second(timestamp), 3600)) IN (SELECT arrayJoin(JSONExtract({hours:String}, 'Array(Int64)')))";
    const [row] = await question.connection.query<Seen>(
      `SELECT toInt64(count()) AS n, toInt64(countIf(status != 'success')) AS errors, avg(quality_score) AS quality,
         if(count(latency_ms) = 0, NULL, quantileTDigest(0.95)(latency_ms)) AS p95,
         toString(ifNull(sum(cost_usd), 0)) AS cost
       FROM ${LEDGER_DATABASE}.events WHERE ${sql} ${within}`,
      { ...parameters, ...(hours === null ? {} : { hours: JSON.stringify(hours) }) },
    );
    return row ?? { n: 0, errors: 0, quality: null, p95: null, cost: '0' };
  });
}

/** The hours of the period that have requests. */
function readHours(question: WhatIfQuestion): Promise<Hours> {
  return readEvents(question, async ({ sql, parameters }) => {
    const hours = await question.connection.query<HourlyLoad>(
      `SELECT toInt64(intDiv(toUnixTimestamp64Second(timestamp), 3600)) AS hour, toInt64(count()) AS requests
         FROM ${LEDGER_DATABASE}.events WHERE ${sql} GROUP BY hour ORDER BY hour DESC LIMIT ${HOURS_MAX}`,
      parameters,
    );
    const aside = extraordinaryHours(hours);
    const set = new Set(aside);
    const ordinary = hours.filter(({ hour }) => !set.has(hour));
    const all = ordinary.reduce((sum, { requests }) => sum + requests, 0);
    return {
      ordinary,
      aside,
      mean: all / Math.max(1, ordinary.length),
      busiest: ordinary.reduce((most, { requests }) => Math.max(most, requests), 0),
    };
  });
}
