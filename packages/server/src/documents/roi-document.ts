/** The ROI report as a document: what traffic was worth against what it cost, and which groups made the difference. */

import { formatUsd, parseUsd } from '@bellwether/events';
import type { BusinessSettings } from '../business/settings.ts';
import { readWorth, type WorthFigures, type WorthRow } from '../business/worth.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { type Dimension, readDimensions } from '../report/dimensions.ts';
import { readEarlier } from '../report/earlier.ts';
import { type Period, type PeriodText, periodText } from '../report/periods.ts';
import { BARS_MAX, type Figure, type ReportDocument, type Statement, TABLE_ROWS_MAX } from './document.ts';
import { alongSteps, labelsOf, timelineOf } from './timeline.ts';
import {
  changeOf,
  count,
  moved,
  NO_EARLIER,
  NO_REQUESTS,
  nameOf,
  pathTo,
  percent,
  requests,
  shownNote,
  type Taste,
  usd,
} from './words.ts';

/** The answer. */
export interface RoiReport extends PeriodText {
  readonly by: readonly string[];
  /** Most requests first. */
  readonly rows: readonly WorthRow[];
  readonly total: WorthFigures;
  /** The period of the same length before; null where the ledger has too little of it for a comparison. */
  readonly previous: (PeriodText & { readonly total: WorthFigures }) | null;
  readonly truncated: boolean;
  readonly document: ReportDocument;
}

const ROWS_NAMED = 3;

/** Reads the report and writes the document. */
export async function roiDocument(
  connection: LedgerConnection,
  settings: BusinessSettings,
  period: Period,
  by: readonly Dimension[],
  madeAt: string,
): Promise<RoiReport> {
  const timeline = timelineOf(period);
  const earlier = await readEarlier(connection, period);
  const worth = await readWorth(connection, period, by, settings);
  const former = earlier === null ? null : await readWorth(connection, earlier, by, settings);
  const { rows: steps } = await readWorth(connection, period, readDimensions(timeline.by), settings);
  const bounds = periodText(period);
  const names = by.map(({ name }) => name);
  const path = pathTo('/api/v1/business', { ...bounds, by: names.join(',') });
  const document: ReportDocument = {
    kind: 'roi',
    title: 'Return on investment',
    ...bounds,
    made_at: madeAt,
    figures: figures(worth.total, former?.total ?? null, path),
    happened: happened(worth.total, former?.total ?? null, path),
    why: [
      ...(former === null || by.length === 0 ? [] : reasons(worth, former, path)),
      ...assumed(worth.total, path),
    ],
    next: by.length === 0 ? [] : actions(worth.rows, path),
    charts: [
      {
        type: 'line',
        title: `Revenue and cost by ${timeline.by}`,
        unit: 'dollars',
        times: labelsOf(timeline),
        series: [
          { name: 'revenue', values: alongSteps(timeline, steps, (row) => Number(row.revenue_usd), 0) },
          { name: 'cost', values: alongSteps(timeline, steps, (row) => Number(row.cost_usd), 0) },
        ],
        path: pathTo('/api/v1/business', { ...bounds, by: timeline.by }),
      },
      ...(by.length === 0 ? [] : [profits(worth.rows, path)]),
    ],
    tables: by.length === 0 ? [] : [table(worth.rows, names, worth.truncated, path)],
  };
  const previous =
    earlier === null || former === null ? null : { ...periodText(earlier), total: former.total };
  return {
    ...bounds,
    by: names,
    rows: worth.rows,
    total: worth.total,
    previous,
    truncated: worth.truncated,
    document,
  };
}

function figures(total: WorthFigures, then: WorthFigures | null, path: string): Figure[] {
  const money = (name: string, of: (figures: WorthFigures) => string, taste: Taste): Figure => ({
    name,
    value: usd(of(total)),
    change:
      then === null || of(then).startsWith('-') ? null : changeOf(Number(of(total)), Number(of(then)), taste),
    path,
  });
  const share = (name: string, of: (figures: WorthFigures) => number | null): Figure => ({
    name,
    value: percent(of(total)),
    change: then === null ? null : changeOf(of(total), of(then), 'more'),
    path,
  });
  return [
    { name: 'ROI', value: percent(total.roi), change: null, path },
    money('Profit', ({ profit_usd: profit }) => profit, 'more'),
    money('Revenue', ({ revenue_usd: revenue }) => revenue, 'more'),
    money('Cost', ({ cost_usd: cost }) => cost, 'less'),
    share('Satisfaction', ({ satisfaction_score: score }) => score),
    share('Composite score', ({ composite_score: score }) => score),
  ];
}

function happened(total: WorthFigures, then: WorthFigures | null, path: string): Statement[] {
  if (total.requests === 0) return [{ text: NO_REQUESTS, path }];
  const made = `${requests(total.requests)} were worth ${usd(total.revenue_usd)} and cost ${usd(total.cost_usd)}: a profit of ${usd(total.profit_usd)}, an ROI of ${percent(total.roi)}`;
  if (then === null) return [{ text: `${made}. ${NO_EARLIER}`, path }];
  return [
    { text: `${made}, against ${percent(then.roi)} before.`, path },
    {
      text: `Revenue ${moved(Number(total.revenue_usd), Number(then.revenue_usd))}, cost ${moved(Number(total.cost_usd), Number(then.cost_usd))}.`,
      path,
    },
  ];
}

interface Worth {
  readonly total: WorthFigures;
  readonly rows: readonly WorthRow[];
}

/** Which groups changed the profit; the differences of all groups add up to the whole exactly. */
function reasons(now: Worth, then: Worth, path: string): Statement[] {
  const profits = (rows: readonly WorthRow[]): Map<string, bigint> =>
    new Map(rows.map((row) => [nameOf(row.key), picoOf(row.profit_usd)]));
  const [later, earlier] = [profits(now.rows), profits(then.rows)];
  const whole = picoOf(now.total.profit_usd) - picoOf(then.total.profit_usd);
  const differences = [...new Set([...later.keys(), ...earlier.keys()])]
    .map((name) => ({ name, amount: (later.get(name) ?? 0n) - (earlier.get(name) ?? 0n) }))
    .filter(({ amount }) => amount !== 0n && amount < 0n === whole < 0n)
    .toSorted((a, b) => (sizeOf(a.amount) < sizeOf(b.amount) ? 1 : -1))
    .slice(0, ROWS_NAMED)
    .map(({ name, amount }) => `${name} ${signed(amount)}`);
  return whole === 0n || differences.length === 0
    ? []
    : [{ text: `Profit changed by ${signed(whole)}: ${differences.join(', ')}.`, path }];
}

/** What is taken for granted where requests do not say. */
function assumed(total: WorthFigures, path: string): Statement[] {
  const { requests_with_default_revenue: revenue, requests_with_default_cost: cost } = total;
  return [
    ...(revenue === 0
      ? []
      : [
          {
            text: `${requests(revenue)} of ${count(total.requests)} do not say what they were worth: the configured revenue per request stands in for it.`,
            path,
          },
        ]),
    ...(cost === 0
      ? []
      : [
          {
            text: `${requests(cost)} have no known price: the configured cost per request stands in for it.`,
            path,
          },
        ]),
  ];
}

function actions(rows: readonly WorthRow[], path: string): Statement[] {
  const losing = rows
    .filter(({ profit_usd: profit }) => profit.startsWith('-'))
    .toSorted((a, b) => Number(a.profit_usd) - Number(b.profit_usd))
    .slice(0, ROWS_NAMED)
    .map((row) => ({
      text: `${nameOf(row.key)} costs more than it is worth: ${usd(row.cost_usd)} for ${usd(row.revenue_usd)}. Make it cheaper, or see whether its worth is told.`,
      path,
    }));
  return losing.length > 0 ? losing : [{ text: 'No group costs more than it is worth.', path }];
}

function profits(rows: readonly WorthRow[], path: string): ReportDocument['charts'][number] {
  const bars = rows
    .toSorted((a, b) => (sizeOf(picoOf(a.profit_usd)) < sizeOf(picoOf(b.profit_usd)) ? 1 : -1))
    .slice(0, BARS_MAX)
    .map(({ key, profit_usd: profit }) => ({ name: nameOf(key), value: Number(profit), text: usd(profit) }));
  return { type: 'bar', title: 'Profit, largest first', bars, path };
}

function table(
  rows: readonly WorthRow[],
  by: readonly string[],
  truncated: boolean,
  path: string,
): ReportDocument['tables'][number] {
  const shown = rows.slice(0, TABLE_ROWS_MAX);
  return {
    title: `By ${by.join(', ')}`,
    names: by.length,
    head: [...by, 'requests', 'users', 'revenue', 'cost', 'profit', 'ROI', 'satisfied'],
    rows: shown.map((row) => [
      ...by.map((name) => row.key[name] || '(none)'),
      count(row.requests),
      count(row.users),
      usd(row.revenue_usd),
      usd(row.cost_usd),
      usd(row.profit_usd),
      percent(row.roi),
      percent(row.satisfaction_score),
    ]),
    note: shownNote(shown.length, rows.length, truncated),
    path,
  };
}

function picoOf(text: string): bigint {
  const amount = parseUsd(text.replace('-', '')) ?? 0n;
  return text.startsWith('-') ? -amount : amount;
}

function sizeOf(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function signed(amount: bigint): string {
  return amount < 0n ? usd(formatUsd(amount)) : `+${usd(formatUsd(amount))}`;
}
