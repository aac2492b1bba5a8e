/** The cost report as a document: what requests cost, why that differs from the period before, and where it goes. */

import { formatUsd, parseUsd } from '@bellwether/events';
import { withSelfHosted } from '../allocations/cost-line.ts';
import { forecast } from '../analyse/forecast/forecast.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { TimeRange } from '../ledger/time-range.ts';
import { type CostReport, type CostRow, readCosts } from '../report/costs.ts';
import { type Dimension, readDimensions } from '../report/dimensions.ts';
import { type ExplainedRow, type Explanation, explainCosts } from '../report/explain/explain.ts';
import { readEarlier } from '../report/earlier.ts';
import { before, type Period } from '../report/periods.ts';
import { BARS_MAX, type Figure, type ReportDocument, type Statement, TABLE_ROWS_MAX } from './document.ts';
import { alongSteps, labelsOf, timelineOf } from './timeline.ts';
import {
  cents,
  changeOf,
  count,
  moved,
  NO_EARLIER,
  nameOf,
  pathTo,
  percent,
  requests,
  usd,
} from './words.ts';

/** Whole days of history that a look ahead needs, and takes. */
const HISTORY_DAYS_MIN = 14;
const HISTORY_DAYS_MAX = 180;
const AHEAD_DAYS = 30;
const DAY_SECONDS = 86_400;
const ROWS_NAMED = 3;

/** What is asked. */
export interface CostQuestion {
  readonly range: TimeRange;
  /** The range with both its ends, for charts and comparisons; null without a beginning. */
  readonly period: Period | null;
  readonly by: readonly Dimension[];
  readonly nowMs: number;
  readonly madeAt: string;
}

/** Reads the report and writes the document. */
export async function costDocument(
  connection: LedgerConnection,
  { range, period, by, nowMs, madeAt }: CostQuestion,
): Promise<CostReport & { readonly document: ReportDocument }> {
  const costs = await readCosts(connection, range, by);
  // Machines are of all tenants.
  const report = (range.tenant ?? null) === null ? await withSelfHosted(connection, range, costs) : costs;
  const earlier = period === null ? null : before(period);
  const named = by.some(({ isTime }) => !isTime)
    ? by.filter(({ isTime }) => !isTime)
    : readDimensions('model');
  const explained =
    period === null || earlier === null
      ? null
      : await explainCosts(connection, { before: earlier, after: period }, named);
  const bounds = { from: report.from, to: report.to };
  const path = pathTo('/api/v1/costs', { ...bounds, by: report.by.join(',') });
  const why = pathTo('/api/v1/costs/explain', { ...bounds, by: named.map(({ name }) => name).join(',') });
  const reached = period === null ? null : await readEarlier(connection, period);
  const comparable = reached === null ? null : explained;
  const document: ReportDocument = {
    kind: 'cost',
    title: 'Cost',
    from: report.from,
    to: report.to,
    made_at: madeAt,
    figures: figures(report, comparable, path),
    happened: explained === null ? [] : happened(report, comparable, path),
    why: comparable === null ? [] : reasons(comparable, why),
    next:
      explained === null
        ? []
        : [...waste(explained, why), ...(await ahead(connection, range, nowMs)), ...unpriced(report, bounds)],
    charts: [
      ...(period === null ? [] : [await overTime(connection, period, bounds)]),
      ...(by.length === 0 ? [] : [dearest(report.rows, path)]),
    ],
    tables: by.length === 0 ? [] : [table(report, path)],
  };
  return { ...report, document };
}

function figures({ total }: CostReport, explained: Explanation | null, path: string): Figure[] {
  const then = explained?.before ?? null;
  return [
    {
      name: 'Cost',
      value: usd(total.cost_usd),
      change: changeOf(Number(total.cost_usd), then === null ? null : Number(then.cost_usd), 'less'),
      path,
    },
    {
      name: 'Requests',
      value: count(total.requests),
      change: changeOf(total.requests, then?.requests ?? null, 'neither'),
      path,
    },
    ...(explained === null || explained.after.cost_per_success_usd === null
      ? []
      : [
          {
            name: 'Per successful answer',
            value: usd(explained.after.cost_per_success_usd),
            change: changeOf(
              Number(explained.after.cost_per_success_usd),
              Number(explained.before.cost_per_success_usd ?? 0),
              'less',
            ),
            path,
          },
        ]),
    { name: 'Tokens in', value: count(total.input_tokens), change: null, path },
    { name: 'Tokens out', value: count(total.output_tokens), change: null, path },
  ];
}

function happened({ total }: CostReport, explained: Explanation | null, path: string): Statement[] {
  const spent = `${requests(total.requests)} cost ${usd(total.cost_usd)}`;
  if (explained === null) return [{ text: `${spent}. ${NO_EARLIER}`, path }];
  const { before: then, after } = explained;
  return [
    {
      text: `${spent}; in the period before, ${requests(then.requests)} cost ${usd(then.cost_usd)}. Cost ${moved(Number(after.cost_usd), Number(then.cost_usd))}.`,
      path,
    },
  ];
}

const effects: readonly (readonly [key: keyof ExplainedRow & `${string}_usd`, words: string])[] = [
  ['volume_usd', 'more or fewer requests in all'],
  ['mix_usd', 'another share of requests for dearer or cheaper models'],
  ['efficiency_usd', 'longer or shorter requests'],
  ['blend_usd', 'another share of output, cached or long-context tokens'],
  ['price_usd', 'other prices'],
];

type Effects = Pick<ExplainedRow, 'volume_usd' | 'mix_usd' | 'efficiency_usd' | 'blend_usd' | 'price_usd'>;

/** The effects, largest first; they add up to the difference exactly. */
function largestEffects(row: Effects): { readonly words: string; readonly amount: bigint }[] {
  return effects
    .map(([key, words]) => ({ words, amount: picoOf(row[key as keyof Effects]) }))
    .filter(({ amount }) => amount !== 0n)
    .toSorted((a, b) => compareSizes(b.amount, a.amount));
}

function reasons(explained: Explanation, path: string): Statement[] {
  const parts = largestEffects(explained.effects).map(
    ({ words, amount }) => `${difference(amount)} by ${words}`,
  );
  const whole = picoOf(explained.difference_usd);
  if (parts.length === 0) return [{ text: 'Nothing changed.', path }];
  return [
    { text: `The difference of ${difference(whole)} is made of ${parts.join(', ')}.`, path },
    ...explained.rows.slice(0, ROWS_NAMED).flatMap((row) => {
      const [most] = largestEffects(row);
      return most === undefined
        ? []
        : [
            {
              text: `${nameOf(row.key)}: ${difference(picoOf(row.difference_usd))}, most of it by ${most.words} (${difference(most.amount)}).`,
              path,
            },
          ];
    }),
  ];
}

const wasteWords = {
  errors: 'went into requests that failed: see what fails, and whether it must be tried at all',
  cancelled: 'went into requests that were given up: see whether answers take too long',
  retries: 'went into retries: see what they retry, and wait longer between them',
  cache_misses: 'went into answers that the cache had not: see whether it keeps enough for long enough',
} as const;

/** What a dearer part of the cost bought nothing with. */
function waste({ after }: Explanation, path: string): Statement[] {
  return (Object.keys(wasteWords) as (keyof typeof wasteWords)[])
    .map((kind) => ({ kind, ...after.waste[kind] }))
    .filter(({ cost_usd: cost }) => picoOf(cost) * 100n >= picoOf(after.cost_usd) && picoOf(cost) > 0n)
    .toSorted((a, b) => compareSizes(picoOf(b.cost_usd), picoOf(a.cost_usd)))
    .map(({ kind, requests: all, cost_usd: cost }) => ({
      text: `${usd(cost)} (${percent(Number(cost) / Number(after.cost_usd))}, ${requests(all)}) ${wasteWords[kind]}.`,
      path,
    }));
}

/** What the next 30 days will cost if they go on as the days before the end of the period. */
async function ahead(
  connection: LedgerConnection,
  { to, tenant = null }: TimeRange,
  nowMs: number,
): Promise<Statement[]> {
  const endDay = Math.floor((to?.epochSeconds ?? nowMs / 1000) / DAY_SECONDS);
  const range = {
    from: { epochSeconds: Math.max(0, endDay - HISTORY_DAYS_MAX) * DAY_SECONDS, nanoseconds: 0 },
    to: { epochSeconds: endDay * DAY_SECONDS, nanoseconds: 0 },
    tenant,
  };
  const { rows, from, to: end } = await readCosts(connection, range, readDimensions('day'));
  const [first] = rows;
  if (first === undefined) return [];
  const costs = new Map(rows.map(({ key, cost_usd: cost }) => [key['day'] ?? '', Number(cost)]));
  const startMs = Date.parse(first.key['day'] ?? '');
  const days = Math.round((endDay * DAY_SECONDS * 1000 - startMs) / (DAY_SECONDS * 1000));
  if (days < HISTORY_DAYS_MIN) return [];
  const timestampsMs = Array.from({ length: days }, (_, i) => startMs + i * DAY_SECONDS * 1000);
  const values = timestampsMs.map((at) => costs.get(new Date(at).toISOString().slice(0, 10)) ?? 0);
  const { cumulative, backtest } = forecast({ timestampsMs, values }, { horizon: AHEAD_DAYS });
  const dollars = (band: readonly number[]): string => cents(band.at(-1) ?? 0);
  const error =
    backtest.smape === null
      ? ''
      : ` In back-tests such forecasts were off by ${backtest.smape.toFixed(1)} % (sMAPE).`;
  return [
    {
      text: `Going on like this, the next ${AHEAD_DAYS} days cost ${dollars(cumulative.point)}, with 80 % confidence between ${dollars(cumulative.lower80)} and ${dollars(cumulative.upper80)}, from ${days} days of history.${error}`,
      path: pathTo('/api/v1/costs', { from, to: end, by: 'day' }),
    },
  ];
}

function unpriced(
  { total }: CostReport,
  bounds: { readonly from: string | null; readonly to: string | null },
): Statement[] {
  if (total.unpriced_requests === 0) return [];
  return [
    {
      text: `${requests(total.unpriced_requests)} without a known price are not in the cost: give their models a rate card.`,
      path: pathTo('/api/v1/costs', { ...bounds, by: 'provider,model' }),
    },
  ];
}

async function overTime(
  connection: LedgerConnection,
  period: Period,
  bounds: { readonly from: string | null; readonly to: string | null },
): Promise<ReportDocument['charts'][number]> {
  const timeline = timelineOf(period);
  const { rows } = await readCosts(connection, period, readDimensions(timeline.by));
  return {
    type: 'line',
    title: `Cost by ${timeline.by}`,
    unit: 'dollars',
    times: labelsOf(timeline),
    series: [{ name: 'cost', values: alongSteps(timeline, rows, ({ cost_usd: cost }) => Number(cost), 0) }],
    path: pathTo('/api/v1/costs', { ...bounds, by: timeline.by }),
  };
}

function dearest(rows: readonly CostRow[], path: string): ReportDocument['charts'][number] {
  // What has no known price is in the table, as that: a bar would say that it cost nothing.
  const bars = rows
    .filter(({ requests: all, unpriced_requests: unknown }) => unknown < all)
    .toSorted((a, b) => compareSizes(picoOf(b.cost_usd), picoOf(a.cost_usd)))
    .slice(0, BARS_MAX)
    .map(({ key, cost_usd: cost }) => ({ name: nameOf(key), value: Number(cost), text: usd(cost) }));
  return { type: 'bar', title: 'Dearest', bars, path };
}

function table({ by, rows, total, truncated }: CostReport, path: string): ReportDocument['tables'][number] {
  const shown = rows.slice(0, TABLE_ROWS_MAX);
  const cells = (figures: CostReport['total']): string[] => [
    count(figures.requests),
    count(figures.errors),
    count(figures.input_tokens),
    count(figures.output_tokens),
    figures.unpriced_requests === figures.requests && figures.requests > 0
      ? 'unknown'
      : usd(figures.cost_usd),
  ];
  return {
    title: `By ${by.join(', ')}`,
    names: by.length,
    head: [...by, 'requests', 'errors', 'tokens in', 'tokens out', 'cost'],
    rows: [
      ...shown.map((row) => [...by.map((name) => row.key[name] || '(none)'), ...cells(row)]),
      [...by.map((_, i) => (i === 0 ? 'total' : '')), ...cells(total)],
    ],
    note:
      shown.length < rows.length || truncated
        ? `The first ${shown.length} groups; the query has the others, and the total holds them all.`
        : null,
    path,
  };
}

/** Exact pico-dollars of a decimal text, which may be negative. */
function picoOf(text: string): bigint {
  const amount = parseUsd(text.replace('-', '')) ?? 0n;
  return text.startsWith('-') ? -amount : amount;
}

function compareSizes(a: bigint, b: bigint): number {
  const [left, right] = [a < 0n ? -a : a, b < 0n ? -b : b];
  return left < right ? -1 : left > right ? 1 : 0;
}

function difference(amount: bigint): string {
  return amount < 0n ? usd(formatUsd(amount)) : `+${usd(formatUsd(amount))}`;
}
