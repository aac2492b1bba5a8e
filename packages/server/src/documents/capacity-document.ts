/** The capacity report as a document: load at its peaks, where limits were met, what is to come, and room on the disk. */

import { forecast } from '../analyse/forecast/forecast.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { type Dimension, readDimensions } from '../report/dimensions.ts';
import { extraordinaryHours, hoursText } from '../report/extraordinary-hours.ts';
import { readPerformance } from '../report/performance.ts';
import { readEarlier } from '../report/earlier.ts';
import { type Period, type PeriodText, periodText } from '../report/periods.ts';
import { isRefusedOften, REFUSED_MIN, REFUSED_SHARE_MIN } from '../report/refusals.ts';
import { countText } from '../report/text-table.ts';
import { type LoadRow, readLoad } from './capacity-figures.ts';
import { BARS_MAX, type ReportDocument, type Statement, TABLE_ROWS_MAX } from './document.ts';
import type { StorageFigures } from './storage-figures.ts';
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
} from './words.ts';

/** What is expected of the busiest hour of the next week. */
export interface LoadAhead {
  readonly days: number;
  /** Whole days that it was computed from. */
  readonly history_days: number;
  /** Requests in the busiest hour of all, and the highest upper end of the 95 % intervals of the days. */
  readonly peak_requests_per_hour: number;
  readonly peak_upper95_requests_per_hour: number;
  /** Hours, counted since the epoch, with far more requests than is usual then; they are no ordinary load. */
  readonly hours_set_aside: readonly number[];
  readonly smape: number | null;
}

/** The answer. */
export interface CapacityReport extends PeriodText {
  readonly by: readonly string[];
  readonly rows: readonly LoadRow[];
  /** Null if there were no requests. */
  readonly total: Omit<LoadRow, 'key'> | null;
  readonly truncated: boolean;
  /** Null where the history is too short. */
  readonly ahead: LoadAhead | null;
  /** Null for a tenant, to whom the disk is no matter. */
  readonly storage: StorageFigures | null;
  readonly document: ReportDocument;
}

/** What is asked. */
export interface CapacityQuestion {
  readonly period: Period;
  readonly by: readonly Dimension[];
  readonly madeAt: string;
  readonly storage: StorageFigures | null;
}

const DAY_SECONDS = 86_400;
const HOUR_MS = 3_600_000;
const AHEAD_DAYS = 7;
/** Whole days of history that a look ahead needs, and takes. */
const HISTORY_DAYS_MIN = 14;
const HISTORY_DAYS_MAX = 180;
const NAMED_MAX = 3;
/** Beyond so many times what is expected, an interval is too wide to act upon. */
const SURE_TIMES = 2;
/** Days of room below which the disk is spoken of. */
const ROOM_DAYS_MIN = 90;

/** Reads the report and writes the document. */
export async function capacityDocument(
  connection: LedgerConnection,
  { period, by, madeAt, storage }: CapacityQuestion,
): Promise<CapacityReport> {
  const timeline = timelineOf(period);
  const bounds = periodText(period);
  const names = by.map(({ name }) => name);
  const load = await readLoad(connection, period, by);
  const [total] = (await readLoad(connection, period, [])).rows;
  const earlier = await readEarlier(connection, period);
  const [then] = earlier === null ? [] : (await readLoad(connection, earlier, [])).rows;
  const steps = await readPerformance(connection, period, readDimensions(timeline.by));
  const ahead = await readAhead(connection, period);
  const path = pathTo('/api/v1/reports/capacity', { ...bounds, by: names.join(','), format: 'json' });
  const document: ReportDocument = {
    kind: 'capacity',
    title: 'Capacity',
    ...bounds,
    made_at: madeAt,
    figures: total === undefined ? [] : figures(total, then, path),
    happened: total === undefined ? [{ text: NO_REQUESTS, path }] : happened(total, then, path),
    why: busiest(load.rows, path),
    next: [...limits(load.rows, path), ...expected(ahead, total, path), ...room(storage, path)],
    charts: [
      {
        type: 'line',
        title: `Requests by ${timeline.by}`,
        unit: 'requests',
        times: labelsOf(timeline),
        series: [
          { name: 'requests', values: alongSteps(timeline, steps.rows, ({ requests: all }) => all, 0) },
        ],
        path: pathTo('/api/v1/performance', { ...bounds, by: timeline.by }),
      },
      ...(by.length === 0 ? [] : [peaks(load.rows, path)]),
    ],
    tables: by.length === 0 ? [] : [table(load, names, path)],
  };
  return { ...bounds, by: names, ...load, total: totalOf(total), ahead, storage, document };
}

function totalOf(total: LoadRow | undefined): Omit<LoadRow, 'key'> | null {
  if (total === undefined) return null;
  const { key: _, ...load } = total;
  return load;
}

function figures(total: LoadRow, then: LoadRow | undefined, path: string): ReportDocument['figures'] {
  const figure = (name: string, of: (row: LoadRow) => number | null): ReportDocument['figures'][number] => ({
    name,
    value: of(total) === null ? '–' : count(of(total) ?? 0),
    change: changeOf(of(total), then === undefined ? null : of(then), 'neither'),
    path,
  });
  return [
    figure('Requests a minute, mean', ({ requests_per_minute: { avg } }) => avg),
    figure('Requests, busiest minute', ({ requests_per_minute: { peak } }) => peak),
    figure('Tokens a minute, mean', ({ tokens_per_minute: { avg } }) => avg),
    figure('Tokens, busiest minute', ({ tokens_per_minute: { peak } }) => peak),
    figure('At once, busiest minute', ({ concurrency: { peak } }) => peak),
  ];
}

function happened(total: LoadRow, then: LoadRow | undefined, path: string): Statement[] {
  const { requests_per_minute: rate } = total;
  return [
    {
      text: `The busiest minute was ${rate.peak_at.slice(0, 16).replace('T', ' ')} (UTC) with ${requests(rate.peak)}, ${count(rate.peak / rate.avg)} times the mean of ${count(rate.avg)}.`,
      path,
    },
    ...(then === undefined
      ? [{ text: NO_EARLIER, path }]
      : [
          {
            text: `Traffic ${moved(total.requests, then.requests)} against the period before, its busiest minute ${moved(rate.peak, then.requests_per_minute.peak)}.`,
            path,
          },
        ]),
    ...(total.rate_limited.requests === 0
      ? []
      : [
          {
            text: `${requests(total.rate_limited.requests)} were refused by rate limits, in ${count(total.rate_limited.minutes)} minutes.`,
            path,
          },
        ]),
  ];
}

function busiest(rows: readonly LoadRow[], path: string): Statement[] {
  const whole = rows.reduce((sum, row) => sum + row.requests, 0);
  const named = rows.slice(0, NAMED_MAX).map((row) => `${nameOf(row.key)} ${percent(row.requests / whole)}`);
  return rows.length < 2 ? [] : [{ text: `Most of the load is of ${named.join(', ')}.`, path }];
}

/** Where rate limits were met often enough to do something, as advice has it, and at how many requests. */
function limits(rows: readonly LoadRow[], path: string): Statement[] {
  const refused = rows.filter(({ rate_limited: { requests: all } }) => all > 0);
  const often = refused.filter(({ requests: all, rate_limited: limited }) =>
    isRefusedOften(limited.requests, all),
  );
  if (often.length === 0 && refused.length > 0)
    return [
      {
        text: `Rate limits refused less than ${REFUSED_SHARE_MIN * 100} % of the requests of every group, or fewer than ${REFUSED_MIN}: leave the limits as they are.`,
        path,
      },
    ];
  return often
    .toSorted((a, b) => b.rate_limited.requests - a.rate_limited.requests)
    .slice(0, NAMED_MAX)
    .map(({ key, rate_limited: limited, requests_per_minute: rate }) => ({
      text: `Ask for a higher limit for ${nameOf(key)}, or spread its load: refusals came in minutes of ${count(limited.median_requests ?? 0)} requests in the median, from ${count(limited.least_requests ?? 0)} on; its busiest minute has ${count(rate.peak)}.`,
      path,
    }));
}

function expected(ahead: LoadAhead | null, total: LoadRow | undefined, path: string): Statement[] {
  if (total === undefined) return [];
  if (ahead === null)
    return [
      { text: `There are fewer than ${HISTORY_DAYS_MIN} days of history, too few to look ahead.`, path },
    ];
  const error =
    ahead.smape === null
      ? ''
      : ` In back-tests such forecasts were off by ${ahead.smape.toFixed(1)} % (sMAPE).`;
  const [peak, upper] = [ahead.peak_requests_per_hour, ahead.peak_upper95_requests_per_hour];
  return [
    {
      text: `The busiest hour of the next week is expected to have ${requests(Math.round(peak))}; ${
        upper <= peak * SURE_TIMES
          ? `be ready for ${count(upper)}, where the 95 % interval ends`
          : `the days before vary too much to say more than that 95 % of such weeks stay below ${count(upper)}, so do not plan by that alone`
      }.${error}`,
      path,
    },
    ...(ahead.hours_set_aside.length === 0
      ? []
      : [
          {
            text: `That leaves out ${countText(ahead.hours_set_aside.length, 'hour')} with far more requests than is usual then: ${hoursText(ahead.hours_set_aside, NAMED_MAX)}.`,
            path,
          },
        ]),
  ];
}

function room(storage: StorageFigures | null, path: string): Statement[] {
  if (storage === null) return [];
  const {
    ledger_bytes: bytes,
    growth_bytes_per_day: growth,
    days_left: days,
    disk_free_bytes: free,
  } = storage;
  const sizes = `The ledger takes ${mib(bytes)}${growth === null ? '' : ` and grows by ${mib(growth)} a day`}; ${mib(free)} of the disk are free`;
  if (days === null || days >= ROOM_DAYS_MIN) return [{ text: `${sizes}: room enough.`, path }];
  return [
    { text: `${sizes}, enough for ${count(days)} days: make room, or keep events for a shorter time.`, path },
  ];
}

function mib(bytes: number): string {
  return bytes < 2 ** 30 ? `${count(bytes / 2 ** 20)} MiB` : `${count(bytes / 2 ** 30)} GiB`;
}

/** The busiest hour of each day, looked ahead from the days before: a day has one, so that few numbers tell it. */
async function readAhead(
  connection: LedgerConnection,
  { to, tenant = null }: Period,
): Promise<LoadAhead | null> {
  const endDay = Math.floor(to.epochSeconds / DAY_SECONDS);
  const startDay = Math.max(0, endDay - HISTORY_DAYS_MAX);
  if (endDay === startDay) return null;
  const from = { epochSeconds: startDay * DAY_SECONDS, nanoseconds: 0 };
  const range = { from, to: { epochSeconds: endDay * DAY_SECONDS, nanoseconds: 0 }, tenant };
  const { rows } = await readPerformance(connection, range, readDimensions('hour'));
  const [first] = rows;
  if (first === undefined) return null;
  const firstDay = Math.floor(Date.parse(first.key['hour'] ?? '') / (DAY_SECONDS * 1000));
  const values = Array.from({ length: endDay - firstDay }, () => 0);
  if (values.length < HISTORY_DAYS_MIN) return null;
  const hours = rows.map(({ key, requests: all }) => ({
    hour: Math.floor(Date.parse(key['hour'] ?? '') / HOUR_MS),
    requests: all,
  }));
  const aside = extraordinaryHours(hours);
  const left = new Set(aside);
  for (const { hour, requests: all } of hours) {
    if (left.has(hour)) continue;
    const day = Math.floor(hour / 24) - firstDay;
    values[day] = Math.max(values[day] ?? 0, all);
  }
  const timestampsMs = values.map((_, i) => (firstDay + i) * DAY_SECONDS * 1000);
  const { point, upper95, backtest } = forecast({ timestampsMs, values }, { horizon: AHEAD_DAYS });
  return {
    days: AHEAD_DAYS,
    history_days: values.length,
    peak_requests_per_hour: Math.max(...point),
    peak_upper95_requests_per_hour: Math.max(...upper95),
    hours_set_aside: aside,
    smape: backtest.smape,
  };
}

function peaks(rows: readonly LoadRow[], path: string): ReportDocument['charts'][number] {
  const bars = rows
    .toSorted((a, b) => b.tokens_per_minute.peak - a.tokens_per_minute.peak)
    .slice(0, BARS_MAX)
    .map(({ key, tokens_per_minute: { peak } }) => ({ name: nameOf(key), value: peak, text: count(peak) }));
  return { type: 'bar', title: 'Tokens in the busiest minute', bars, path };
}

function table(
  { rows, truncated }: { readonly rows: readonly LoadRow[]; readonly truncated: boolean },
  by: readonly string[],
  path: string,
): ReportDocument['tables'][number] {
  const shown = rows.slice(0, TABLE_ROWS_MAX);
  return {
    title: `By ${by.join(', ')}`,
    names: by.length,
    head: [...by, 'requests/min', 'p99', 'peak', 'tokens/min', 'peak', 'at once', 'refused'],
    rows: shown.map(
      ({ key, requests_per_minute: rate, tokens_per_minute: tokens, concurrency, rate_limited: limited }) => [
        ...by.map((name) => key[name] || '(none)'),
        count(rate.avg),
        count(rate.p99),
        count(rate.peak),
        count(tokens.avg),
        count(tokens.peak),
        concurrency.peak === null ? '–' : count(concurrency.peak),
        count(limited.requests),
      ],
    ),
    note: shownNote(shown.length, rows.length, truncated),
    path,
  };
}
