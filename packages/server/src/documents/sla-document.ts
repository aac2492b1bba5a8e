/** The SLA report as a document: which objectives were kept, how much of their budgets is spent, and what failed. */

import type { LedgerConnection } from '../ledger/connection.ts';
import type { ComplianceReport, ComplianceRow } from '../objectives/compliance.ts';
import { readDimensions } from '../report/dimensions.ts';
import { type PerformanceReport, readPerformance } from '../report/performance.ts';
import { type Period, type PeriodText, periodText } from '../report/periods.ts';
import { BARS_MAX, type ReportDocument, type Statement, TABLE_ROWS_MAX } from './document.ts';
import { count, nameOf, pathTo, percent, requests } from './words.ts';

/** Gives how every objective was kept over a period, by its calendar periods. */
export type ReadCompliance = (period: Period) => Promise<readonly ComplianceReport[]>;

/** The answer. */
export interface SlaReport extends PeriodText {
  readonly objectives: readonly ComplianceReport[];
  readonly document: ReportDocument;
}

/** An objective, or one value of the dimension that it is per, over the whole period. */
interface Kept {
  readonly report: ComplianceReport;
  readonly total: ComplianceRow;
}

/** The share of a budget above which an objective is spoken of before it is missed. */
const NEARLY_PERCENT = 80;
const NAMED_MAX = 5;
const LINES_MAX = 3;

/** Reads the report and writes the document. */
export async function slaDocument(
  connection: LedgerConnection,
  compliance: ReadCompliance,
  period: Period,
  madeAt: string,
): Promise<SlaReport> {
  const objectives = await compliance(period);
  const bounds = periodText(period);
  const path = pathTo('/api/v1/sla', { ...bounds });
  const all = objectives
    .flatMap((report) => report.totals.map((total): Kept => ({ report, total })))
    .filter(({ total: { met } }) => met !== null)
    .toSorted((a, b) => b.total.budget_spent_percent - a.total.budget_spent_percent);
  const missed = all.filter(({ total: { met } }) => met === false);
  const failures =
    missed.length === 0
      ? null
      : await readPerformance(connection, period, readDimensions('error_type,backend_id'));
  const document: ReportDocument = {
    kind: 'sla',
    title: 'Objectives and agreements',
    ...bounds,
    made_at: madeAt,
    figures: [
      { name: 'Objectives', value: count(objectives.length), change: null, path },
      { name: 'Kept', value: `${all.length - missed.length} of ${all.length}`, change: null, path },
      {
        name: 'Largest part of a budget',
        value: all[0] === undefined ? '–' : `${count(all[0].total.budget_spent_percent)} %`,
        change: null,
        path,
      },
    ],
    happened: happened(objectives, all, missed, path),
    why: failures === null ? [] : reasons(failures, bounds),
    next: actions(objectives, all, path),
    charts: all.length === 0 ? [] : [spent(all, path), ...courses(all, path)],
    tables: all.length === 0 ? [] : [table(all, path)],
  };
  return { ...bounds, objectives, document };
}

function happened(
  objectives: readonly ComplianceReport[],
  all: readonly Kept[],
  missed: readonly Kept[],
  path: string,
): Statement[] {
  if (objectives.length === 0)
    return [{ text: 'No objective is declared, so there is nothing to hold the service to.', path }];
  if (all.length === 0) return [{ text: 'There were no requests that an objective is about.', path }];
  return [
    { text: `${all.length - missed.length} of ${all.length} objectives were kept.`, path },
    ...missed.slice(0, NAMED_MAX).map((kept) => ({
      text: `${titleOf(kept)} was missed: ${kept.total.compliance_percent} % of ${requests(kept.total.total)} were good, ${kept.report.target_percent} % are asked.`,
      path,
    })),
  ];
}

/** What failed in the period: the kinds of error, and the backends that they came from. */
function reasons({ rows, total }: PerformanceReport, bounds: PeriodText): Statement[] {
  const path = pathTo('/api/v1/performance', { ...bounds, by: 'error_type,backend_id' });
  return rows
    .filter(({ errors }) => errors > 0)
    .toSorted((a, b) => b.errors - a.errors)
    .slice(0, NAMED_MAX)
    .map(({ key, errors }) => ({
      text: `${percent(errors / total.errors)} of the ${count(total.errors)} errors are ${key['error_type'] || 'of no named kind'}${key['backend_id'] ? ` of ${key['backend_id']}` : ''} (${count(errors)}).`,
      path,
    }));
}

function actions(objectives: readonly ComplianceReport[], all: readonly Kept[], path: string): Statement[] {
  if (objectives.length === 0)
    return [
      {
        text: 'Declare some, under “objectives” in the configuration: /docs/concepts/objectives says how.',
        path: '/api/v1/objectives',
      },
    ];
  const missed = all.filter(({ total: { met } }) => met === false).slice(0, NAMED_MAX);
  const near = all.filter(
    ({ total: { met, budget_spent_percent: part } }) => met === true && part >= NEARLY_PERCENT,
  );
  const found = [
    ...missed.map((kept) => ({
      text: `Mend ${titleOf(kept)} before anything is added: its error budget is spent ${(kept.total.budget_spent_percent / 100).toFixed(1)} times over.`,
      path,
    })),
    ...near.map((kept) => ({
      text: `Be careful with ${titleOf(kept)}: ${count(kept.total.budget_spent_percent)} % of its error budget is spent.`,
      path,
    })),
  ];
  return found.length > 0 || all.length === 0
    ? found
    : [{ text: `No error budget is spent beyond ${NEARLY_PERCENT} %: there is room for changes.`, path }];
}

function spent(all: readonly Kept[], path: string): ReportDocument['charts'][number] {
  const bars = all.slice(0, BARS_MAX).map((kept) => ({
    name: titleOf(kept),
    value: kept.total.budget_spent_percent,
    text: `${count(kept.total.budget_spent_percent)} %`,
  }));
  return { type: 'bar', title: 'Error budget spent', bars, path };
}

/** The course of the objectives with the largest part of their budgets spent: of those that share their periods. */
function courses(all: readonly Kept[], path: string): ReportDocument['charts'] {
  const [first] = all;
  const drawn = all
    .filter(({ report: { by, rows } }) => by === first?.report.by && rows.length > 1)
    .slice(0, LINES_MAX)
    .map((kept) => ({
      kept,
      rows: kept.report.rows.filter(({ key }) => nameOf(key) === nameOf(kept.total.key)),
    }));
  const times = [
    ...new Set(drawn.flatMap(({ rows }) => rows.map(({ from }) => from.slice(0, 10)))),
  ].toSorted();
  if (first === undefined || drawn.length === 0) return [];
  const series = drawn.map(({ kept, rows }) => {
    const spentAt = new Map(
      rows.map((row) => [row.from.slice(0, 10), row.met === null ? null : row.budget_spent_percent]),
    );
    return { name: titleOf(kept), values: times.map((time) => spentAt.get(time) ?? null) };
  });
  return [
    {
      type: 'line',
      title: `Error budget of each ${first.report.by} that was spent`,
      unit: 'percent',
      times,
      series,
      path,
    },
  ];
}

function table(all: readonly Kept[], path: string): ReportDocument['tables'][number] {
  const shown = all.slice(0, TABLE_ROWS_MAX);
  return {
    title: 'Objectives',
    names: 2,
    head: ['objective', 'kind', 'requests', 'good', 'asked', 'kept', 'budget spent', ''],
    rows: shown.map((kept) => [
      titleOf(kept),
      `${kept.report.kind}${kept.report.threshold === null ? '' : ` ${kept.report.threshold}`}`,
      count(kept.total.total),
      count(kept.total.good),
      `${kept.report.target_percent} %`,
      `${kept.total.compliance_percent} %`,
      `${count(kept.total.budget_spent_percent)} %`,
      kept.total.met === true ? 'kept' : 'missed',
    ]),
    note:
      shown.length < all.length ? `The ${shown.length} with the largest part of their budgets spent.` : null,
    path,
  };
}

function titleOf({ report, total }: Kept): string {
  const values = Object.values(total.key);
  return values.length === 0
    ? report.id
    : `${report.id} (${values.map((value) => value || 'none').join(', ')})`;
}
