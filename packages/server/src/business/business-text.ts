/** The business report for a terminal. */

import { alignTable, countText, groupDigits, percentText, usdText } from '../report/text-table.ts';
import type { BusinessReport } from './report.ts';
import type { WorthFigures } from './worth.ts';

const titles = ['requests', 'users', 'revenue', 'cost', 'profit', 'ROI', 'satisfied', 'success', 'composite'];
const TASKS_NAMED = 5;
const HOURS_NAMED = 3;

/** The report as text, ended by a newline. */
export function businessText(report: BusinessReport): string {
  const head = `Business, ${report.from ?? 'from the beginning'} to ${report.to ?? 'now'}`;
  const lines = [
    head,
    ...worthLines(report),
    '',
    ...alignTable(facts(report), 1),
    '',
    ...cohortLines(report),
  ];
  return `${lines.map((line) => line.replaceAll(/\p{Cc}/gu, '\u{FFFD}')).join('\n')}\n`;
}

function worthLines({ by, rows, total }: BusinessReport): string[] {
  const [first = '', ...lines] = alignTable(
    [
      [...by, ...titles],
      ...rows.map((row) => [...by.map((name) => row.key[name] || '(none)'), ...worthCells(row)]),
      [...by.map((_, i) => (i === 0 ? 'total' : '')), ...worthCells(total)],
    ],
    by.length,
  );
  const rule = '─'.repeat(Math.max(first.length, ...lines.map(({ length }) => length)));
  return [rule, first, rule, ...lines.slice(0, -1), ...(lines.length > 1 ? [rule] : []), ...lines.slice(-1)];
}

function worthCells(figures: WorthFigures): string[] {
  return [
    groupDigits(figures.requests),
    groupDigits(figures.users),
    usdText(figures.revenue_usd),
    usdText(figures.cost_usd),
    usdText(figures.profit_usd),
    percentText(figures.roi),
    percentText(figures.satisfaction_score),
    percentText(figures.performance_score),
    percentText(figures.composite_score),
  ];
}

function facts({ total, adoption, usage, satisfaction }: BusinessReport): string[][] {
  const { explicit, implicit } = satisfaction;
  const busiest = usage.by_hour.toSorted((a, b) => b.requests - a.requests).slice(0, HOURS_NAMED);
  const tasks = usage.by_task.slice(0, TASKS_NAMED);
  const money = (exact: string | null): string => (exact === null ? '–' : usdText(exact));
  const mean = (value: number | null): string =>
    value === null ? '–' : groupDigits(Number(value.toFixed(1)));
  const rows: [name: string, value: string][] = [
    ['Revenue of a request', money(total.revenue_per_request_usd)],
    ['Cost of a request', money(total.cost_per_request_usd)],
    ['Cost of a success', money(total.cost_per_success_usd)],
    [
      'Active users',
      `${groupDigits(adoption.active_users)} (${groupDigits(adoption.new_users)} new, ${groupDigits(adoption.returning_users)} returning)`,
    ],
    ['Users on a day', `${mean(adoption.daily_active_users)} (${percentText(adoption.stickiness)} of all)`],
    ['Busiest hours, UTC', busiest.map(({ hour, share }) => `${hour}:00 (${percentText(share)})`).join(', ')],
    [
      'Tasks',
      tasks.map(({ task_type: task, share }) => `${task || '(none)'} (${percentText(share)})`).join(', '),
    ],
    [
      'Sessions',
      `${groupDigits(usage.sessions.sessions)}, ${mean(usage.sessions.requests_per_session)} requests each`,
    ],
    [
      'Ratings',
      `${countText(explicit.rated_requests, 'request')}, mean ${percentText(explicit.satisfaction_score)}`,
    ],
    [
      'Failures tried again within a minute',
      `${groupDigits(implicit.retried)} of ${groupDigits(implicit.failures)}`,
    ],
    ['Sessions that end with a failure', percentText(implicit.abandonment_ratio)],
  ];
  const width = Math.max(...rows.map(([, value]) => value.length));
  return rows.map(([name, value]) => [name, value.padEnd(width)]);
}

function cohortLines({ adoption: { cohorts } }: BusinessReport): string[] {
  const weeks = cohorts.reduce((most, { retained }) => Math.max(most, retained.length), 0);
  return alignTable(
    [
      ['first seen in', 'users', ...Array.from({ length: weeks }, (_none, week) => `week ${week}`)],
      ...cohorts.map(({ week, users, retained }) => [
        week,
        groupDigits(users),
        ...Array.from({ length: weeks }, (_none, i) => percentOrNothing(retained[i])),
      ]),
    ],
    1,
  );
}

function percentOrNothing(ratio: number | null | undefined): string {
  return ratio === undefined ? '' : percentText(ratio);
}
