/** The performance report as a document: how much traffic there was, how it was served, and which groups changed it. */

import type { LedgerConnection } from '../ledger/connection.ts';
import { type Dimension, readDimensions } from '../report/dimensions.ts';
import { type PerformanceReport, readPerformance } from '../report/performance.ts';
import { before, type Period, periodText } from '../report/periods.ts';
import type { TrafficFigures, TrafficRow } from '../report/traffic.ts';
import { BARS_MAX, type Figure, type ReportDocument, type Statement, TABLE_ROWS_MAX } from './document.ts';
import { isLarger } from '../report/larger-share.ts';
import { alongSteps, labelsOf, timelineOf } from './timeline.ts';
import {
  changeOf,
  count,
  ms,
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

/** Requests that a percentile of a group needs to be spoken of. */
const REQUESTS_MIN = 100;
const GROUPS_NAMED = 3;

/** Reads the report and writes the document. */
export async function performanceDocument(
  connection: LedgerConnection,
  period: Period,
  by: readonly Dimension[],
  madeAt: string,
): Promise<PerformanceReport & { readonly document: ReportDocument }> {
  const timeline = timelineOf(period);
  const report = await readPerformance(connection, period, by);
  const earlier = report.previous?.comparable === true ? before(period) : null;
  const steps = await readPerformance(connection, period, readDimensions(timeline.by));
  const former = earlier === null ? null : await readPerformance(connection, earlier, by);
  const names = by.map(({ name }) => name).join(',');
  const path = pathTo('/api/v1/performance', { ...periodText(period), by: names });
  const stepsPath = pathTo('/api/v1/performance', { ...periodText(period), by: timeline.by });
  const along = (figure: (row: TrafficRow) => number | null, absent: number | null): (number | null)[] =>
    alongSteps(timeline, steps.rows, figure, absent);
  const times = labelsOf(timeline);
  const document: ReportDocument = {
    kind: 'performance',
    title: 'Performance',
    from: report.from,
    to: report.to,
    made_at: madeAt,
    figures: figures(report, path),
    happened: happened(report, path),
    why: former === null ? [] : reasons(report, former, path),
    next: actions(report, path),
    charts: [
      {
        type: 'line',
        title: `Requests by ${timeline.by}`,
        unit: 'requests',
        times,
        series: [
          { name: 'all', values: along(({ requests: all }) => all, 0) },
          { name: 'errors', values: along(({ errors }) => errors, 0) },
        ],
        path: stepsPath,
      },
      {
        type: 'line',
        title: `Latency by ${timeline.by}`,
        unit: 'milliseconds',
        times,
        series: [
          { name: 'p50', values: along(({ latency_ms: { p50 } }) => p50, null) },
          { name: 'p95', values: along(({ latency_ms: { p95 } }) => p95, null) },
        ],
        path: stepsPath,
      },
      ...(by.length === 0 ? [] : [slowest(report, path)]),
    ],
    tables: by.length === 0 ? [] : [table(report, path)],
  };
  return { ...report, document };
}

function figures({ total, previous }: PerformanceReport, path: string): Figure[] {
  const then = previous?.comparable === true ? previous.total : null;
  const of = (
    name: string,
    value: (figures: TrafficFigures) => number | null,
    text: (value: number | null) => string,
    taste: Taste,
  ): Figure => ({
    name,
    value: text(value(total)),
    change: changeOf(value(total), then === null ? null : value(then), taste),
    path,
  });
  return [
    of(
      'Requests',
      ({ requests: all }) => all,
      (value) => count(value ?? 0),
      'neither',
    ),
    of('Errors', ({ error_ratio: ratio }) => ratio, percent, 'less'),
    of('Latency p95', ({ latency_ms: { p95 } }) => p95, ms, 'less'),
    of('First token p95', ({ ttft_ms: { p95 } }) => p95, ms, 'less'),
    of(
      'Tokens a second',
      ({ tokens_per_second: rate }) => rate,
      (value) => count(value ?? 0),
      'neither',
    ),
    {
      name: 'Cost',
      value: usd(total.cost_usd),
      change: changeOf(Number(total.cost_usd), then === null ? null : Number(then.cost_usd), 'neither'),
      path,
    },
  ];
}

function happened({ total, previous }: PerformanceReport, path: string): Statement[] {
  if (total.requests === 0) return [{ text: NO_REQUESTS, path }];
  const failed = `${requests(total.errors)} of ${count(total.requests)} failed (${percent(total.error_ratio)})`;
  if (previous?.comparable !== true) return [{ text: `${failed}. ${NO_EARLIER}`, path }];
  const then = previous.total;
  const speed = (name: string, now: number | null, earlier: number | null): Statement[] =>
    now === null || earlier === null
      ? []
      : [{ text: `${name} ${moved(now, earlier)}, from ${ms(earlier)} to ${ms(now)}.`, path }];
  return [
    {
      text: `Traffic ${moved(total.requests, then.requests)}, from ${count(then.requests)} to ${count(total.requests)} requests.`,
      path,
    },
    { text: `${failed}, against ${percent(then.error_ratio)} before.`, path },
    ...speed('The 95th percentile of latency', total.latency_ms.p95, then.latency_ms.p95),
    ...speed('The 95th percentile of the time to the first token', total.ttft_ms.p95, then.ttft_ms.p95),
  ];
}

interface Pair {
  readonly name: string;
  readonly now: TrafficFigures | undefined;
  readonly former: TrafficFigures | undefined;
}

/** Which groups changed the figures. Differences of counts are exact: those of all groups add up to the whole. */
function reasons(report: PerformanceReport, former: PerformanceReport, path: string): Statement[] {
  const pairs = pairsOf(report.rows, former.rows);
  if (report.by.length === 0 || pairs.length < 2) return [];
  return [
    ...contributions(
      'requests',
      pairs,
      ({ requests: all }) => all,
      report.total.requests - former.total.requests,
      path,
    ),
    ...contributions(
      'failed requests',
      pairs,
      ({ errors }) => errors,
      report.total.errors - former.total.errors,
      path,
    ),
    ...slower(pairs, path),
  ];
}

function contributions(
  what: string,
  pairs: readonly Pair[],
  figure: (figures: TrafficFigures) => number,
  whole: number,
  path: string,
): Statement[] {
  if (whole === 0) return [];
  const of = (side: TrafficFigures | undefined): number => (side === undefined ? 0 : figure(side));
  const largest = pairs
    .map(({ name, now, former }) => ({ name, difference: of(now) - of(former) }))
    .filter(({ difference }) => Math.sign(difference) === Math.sign(whole))
    .toSorted((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
    .slice(0, GROUPS_NAMED)
    .map(({ name, difference }) => `${name} ${signed(difference)}`);
  return [{ text: `Of ${signed(whole)} ${what}: ${largest.join(', ')}.`, path }];
}

function slower(pairs: readonly Pair[], path: string): Statement[] {
  const changed = pairs.flatMap(({ name, now, former }) => {
    const [after, earlier] = [now?.latency_ms.p95 ?? null, former?.latency_ms.p95 ?? null];
    if (
      after === null ||
      earlier === null ||
      (now?.requests ?? 0) < REQUESTS_MIN ||
      (former?.requests ?? 0) < REQUESTS_MIN
    )
      return [];
    return [{ name, after, earlier, weight: (after - earlier) * (now?.requests ?? 0) }];
  });
  const [most] = changed.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  if (most === undefined || Math.abs(most.after / most.earlier - 1) < 0.02) return [];
  return [
    {
      text: `Latency changed most, weighted by requests, in ${most.name}: its 95th percentile ${moved(most.after, most.earlier)}, from ${ms(most.earlier)} to ${ms(most.after)}.`,
      path,
    },
  ];
}

/** What to look into: groups that are worse than the others by more than chance. */
function actions({ rows, total, by }: PerformanceReport, path: string): Statement[] {
  if (by.length === 0 || total.requests === 0) return [];
  const failing = rows
    .filter((row) =>
      isLarger(
        { part: row.errors, whole: row.requests },
        { part: total.errors - row.errors, whole: total.requests - row.requests },
      ),
    )
    .toSorted((a, b) => b.errors - a.errors)
    .slice(0, GROUPS_NAMED)
    .map((row) => ({
      text: `Look into the errors of ${nameOf(row.key)}: ${percent(row.error_ratio)} of its ${requests(row.requests)} failed, against ${percent((total.errors - row.errors) / (total.requests - row.requests))} of the others.`,
      path: pathTo('/api/v1/performance', {
        ...rangeOf(path),
        by: [...by, 'error_type'].slice(-4).join(','),
      }),
    }));
  const median = total.latency_ms.p95;
  const slow = rows
    .filter(
      ({ requests: all, latency_ms: { p95 } }) =>
        all >= REQUESTS_MIN && p95 !== null && median !== null && p95 > 2 * median,
    )
    .slice(0, GROUPS_NAMED)
    .map((row) => ({
      text: `See whether ${nameOf(row.key)} must be that slow: its 95th percentile is ${ms(row.latency_ms.p95)}, that of all requests ${ms(median)}.`,
      path,
    }));
  const found = [...failing, ...slow];
  return found.length > 0
    ? found
    : [{ text: 'No group fails more often than the others, or takes twice as long.', path }];
}

function rangeOf(path: string): { readonly from: string | null; readonly to: string | null } {
  const query = new URLSearchParams(path.split('?')[1] ?? '');
  return { from: query.get('from'), to: query.get('to') };
}

function slowest({ rows }: PerformanceReport, path: string): ReportDocument['charts'][number] {
  const bars = rows
    .filter(({ requests: all, latency_ms: { p95 } }) => all >= REQUESTS_MIN && p95 !== null)
    .toSorted((a, b) => (b.latency_ms.p95 ?? 0) - (a.latency_ms.p95 ?? 0))
    .slice(0, BARS_MAX)
    .map(({ key, latency_ms: { p95 } }) => ({ name: nameOf(key), value: p95 ?? 0, text: ms(p95) }));
  return {
    type: 'bar',
    title: `Slowest, by the 95th percentile (of those with ${REQUESTS_MIN} requests or more)`,
    bars,
    path,
  };
}

function table({ by, rows, truncated }: PerformanceReport, path: string): ReportDocument['tables'][number] {
  const shown = rows.slice(0, TABLE_ROWS_MAX);
  return {
    title: `By ${by.join(', ')}`,
    names: by.length,
    head: [...by, 'requests', 'errors', 'p50', 'p95', 'p99', 'first token p95', 'cost'],
    rows: shown.map((row) => [
      ...by.map((name) => row.key[name] || '(none)'),
      count(row.requests),
      percent(row.error_ratio),
      ...[row.latency_ms.p50, row.latency_ms.p95, row.latency_ms.p99, row.ttft_ms.p95].map(ms),
      row.unpriced_requests === row.requests ? 'unknown' : usd(row.cost_usd),
    ]),
    note: shownNote(shown.length, rows.length, truncated),
    path,
  };
}

function pairsOf(now: readonly TrafficRow[], then: readonly TrafficRow[]): Pair[] {
  const earlier = new Map(then.map((row) => [nameOf(row.key), row]));
  const later = new Map(now.map((row) => [nameOf(row.key), row]));
  return [...new Set([...later.keys(), ...earlier.keys()])].map((name) => ({
    name,
    now: later.get(name),
    former: earlier.get(name),
  }));
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${count(Math.abs(value))}`;
}
