/** What if there were more traffic, or less. */

import { BellwetherError, divideHalfEven, parseUsd, type PicoUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { extraordinaryHours, type HourlyLoad, hoursText } from '../report/extraordinary-hours.ts';
import { periodText } from '../report/periods.ts';
import { countText, groupDigits, usdText } from '../report/text-table.ts';
import { perMonth } from './advice.ts';
import { budgetEffects, budgetNotes, readCost } from './budget-effects.ts';
import {
  BAND_RATIO,
  HOURS_MIN,
  KNOWN_RATIO_MIN,
  type LoadEffects,
  loadEffects,
  REQUESTS_MIN,
} from './load-effects.ts';
import { loadNotes } from './load-notes.ts';
import { readLoads } from './read-loads.ts';
import { evidencePath, readEvents } from './question.ts';
import type { Supposition } from './supposition.ts';
import type { WhatIf, WhatIfQuestion } from './what-if.ts';

type Traffic = Extract<Supposition, { readonly type: 'traffic' }>;

/** Hours of a period that are looked at, the last ones; ten years have fewer. */
const HOURS_MAX = 100_000;
const HOUR_SECONDS = 3600;
/** Stretches of hours that are named. */
const NAMED_MAX = 3;
/** Days of a period that are held against budgets by the day. */
const DAYS_MAX = 10_000;

/** What requests were like, of all hours or of some. */
interface Seen {
  readonly n: number;
  readonly errors: number;
  readonly quality: number | null;
  readonly p95: number | null;
  /** Exact dollars. */
  readonly cost: string;
}

/** The hours of the period: ordinary ones, those that are set aside, and those that the period has a part of only. */
interface Hours {
  readonly ordinary: readonly HourlyLoad[];
  readonly aside: readonly number[];
  readonly partial: readonly number[];
  readonly busiest: number;
}

/** Answers. Money is in proportion; the rest is what the ledger has seen of each model in ordinary hours that were as busy. */
export async function scaleTraffic(question: WhatIfQuestion, { permille }: Traffic): Promise<WhatIf> {
  const { period } = question;
  const seen = await readSeen(question, null);
  if (seen.n === 0)
    throw new BellwetherError('invalid_parameter', 'The period has no requests.', { field: 'suppose' });
  const factor = permille / 1000;
  const hours = await readHours(question);
  const grows = permille > 1000;
  const loads = grows ? await readEffects(question, hours, factor) : null;
  const known = loads !== null && loads.known_ratio >= KNOWN_RATIO_MIN ? loads.supposed : null;
  const errors = seen.errors / seen.n;
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
    latency_p95_ms: { present: seen.p95, supposed: grows ? (known?.latency_p95_ms ?? null) : seen.p95 },
    error_ratio: { present: errors, supposed: grows ? (known?.error_ratio ?? null) : errors },
    // Nothing says that traffic changes what answers are like.
    quality_score: { present: seen.quality, supposed: seen.quality },
    budgets,
    ...(loads === null ? {} : { loads }),
    notes: [
      ...(loads === null
        ? ['With less traffic, latency and errors are taken to stay as they are.']
        : [...loadNotes(loads), busiestNote(hours, factor)]),
      ...(await asideNotes(question, hours, cost, permille)),
      ...budgetNotes(question, budgets),
      ...(await dayNotes(question, permille)),
    ],
    path: evidencePath('performance', period, 'hour'),
    method: `Cost in proportion hour by hour, of the requests with a known price. Latency and errors hour by hour too: each ordinary hour with its own mix of models, and each model of it as it was in hours in which it had as many requests as it would have, of ${HOURS_MIN} hours and ${REQUESTS_MIN} requests at the least, in bands that reach to ${BAND_RATIO} times their beginning. Not known are bursts within the hour, limits that have not been met, what models that share machines do to each other, and failures and repeats that cost more.`,
  };
}

function scale(cost: PicoUsd, permille: number): PicoUsd {
  return divideHalfEven(cost * BigInt(permille), 1000n);
}

function busiestNote({ busiest }: Hours, factor: number): string {
  const count = (value: number): string => groupDigits(Math.round(value));
  return `The busiest hour would have ${count(busiest * factor)} requests, against ${count(busiest)}: see the capacity report for the rate limits.`;
}

/** The effects of load in the ordinary hours. */
async function readEffects(
  question: WhatIfQuestion,
  { ordinary, aside, partial }: Hours,
  factor: number,
): Promise<LoadEffects> {
  const { steps, outcomes } = await readLoads(question, [...aside, ...partial], factor);
  const requests = ordinary.reduce((sum, hour) => sum + hour.requests, 0);
  return loadEffects(steps, outcomes, requests, factor);
}

/** How many days would be beyond the budgets by the day: a mean hides those that are. */
async function dayNotes(question: WhatIfQuestion, permille: number): Promise<string[]> {
  const budgets = question.budgets.filter(
    ({ whole, amountUsd, period }) => whole && amountUsd !== '' && period === 'day',
  );
  if (budgets.length === 0) return [];
  const days = await readEvents(question, ({ sql, parameters }) =>
    question.connection.query<{ cost: string }>(
      `SELECT toString(ifNull(sum(cost_usd), 0)) AS cost FROM ${LEDGER_DATABASE}.events WHERE ${sql}
       GROUP BY intDiv(toUnixTimestamp64Second(timestamp), 86400) LIMIT ${DAYS_MAX}`,
      parameters,
    ),
  );
  return budgets.map(({ id, amountUsd }) => {
    const amount = parseUsd(amountUsd) ?? 0n;
    const beyond = (of: (cost: PicoUsd) => PicoUsd): number =>
      days.filter(({ cost }) => of(parseUsd(cost) ?? 0n) > amount).length;
    const then = beyond((cost) => scale(cost, permille));
    return `The budget ${id} of ${usdText(amountUsd)} would be exceeded on ${then} of ${countText(days.length, 'day')} (UTC) with requests, against ${beyond((cost) => cost)} now.`;
  });
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
    const partial = partialHours(question.period);
    // A part of an hour would look like an hour with little load.
    const set = new Set([...aside, ...partial]);
    const ordinary = hours.filter(({ hour }) => !set.has(hour));
    return {
      ordinary,
      aside,
      partial,
      busiest: ordinary.reduce((most, { requests }) => Math.max(most, requests), 0),
    };
  });
}

/** The hours in which the period begins and ends, unless it does so on the hour. */
function partialHours({ from, to }: WhatIfQuestion['period']): number[] {
  return [from, to]
    .filter(({ epochSeconds, nanoseconds }) => epochSeconds % HOUR_SECONDS !== 0 || nanoseconds !== 0)
    .map(({ epochSeconds }) => Math.floor(epochSeconds / HOUR_SECONDS));
}
