/** An explanation for a terminal. */

import { alignTable, groupDigits, roundedMoneyText } from '../text-table.ts';
import type { EffectFigures, ExplainedRow, Explanation, PeriodReport } from './explain.ts';

/** Rows that are listed; the greatest differences come first. */
const ROWS_MAX = 30;

const titles = ['before USD', 'after USD', 'difference', 'volume', 'mix', 'efficiency', 'blend', 'price'];

/** The explanation as text, ended by a newline. */
export function explanationText(explanation: Explanation): string {
  const { by, before, after, rows } = explanation;
  const listed = rows.slice(0, ROWS_MAX);
  const total = {
    before_usd: before.cost_usd,
    after_usd: after.cost_usd,
    difference_usd: explanation.difference_usd,
    ...explanation.effects,
  };
  const table = alignTable(
    [
      [...by, ...titles],
      ...listed.map((row) => [...by.map((name) => row.key[name] || '(none)'), ...cells(row)]),
      [...by.map((_name, i) => (i === 0 ? 'total' : '')), ...cells(total)],
    ],
    by.length,
  );
  const rest = rows.length - listed.length;
  const lines = [
    `Cost from ${before.from} to ${before.to}, and from ${after.from} to ${after.to}`,
    '',
    ...table,
    ...(rest > 0 ? [`${groupDigits(rest)} more groups are in the total.`] : []),
    '',
    ...alignTable([['', 'before', 'after'], ...periodRows(before, after)], 1),
    ...notes(before, after),
  ];
  return `${lines.join('\n')}\n`;
}

function cells(row: Omit<ExplainedRow, 'key'> & EffectFigures): string[] {
  return [
    row.before_usd,
    row.after_usd,
    row.difference_usd,
    row.volume_usd,
    row.mix_usd,
    row.efficiency_usd,
    row.blend_usd,
    row.price_usd,
  ].map(roundedMoneyText);
}

function periodRows(before: PeriodReport, after: PeriodReport): string[][] {
  const both = (cell: (period: PeriodReport) => string): string[] => [cell(before), cell(after)];
  const waste = (kind: keyof PeriodReport['waste']) => (period: PeriodReport) =>
    `${roundedMoneyText(period.waste[kind].cost_usd)} in ${groupDigits(period.waste[kind].requests)}`;
  return [
    ['requests', ...both(({ requests }) => groupDigits(requests))],
    [
      'USD per successful answer',
      ...both((period) =>
        period.cost_per_success_usd === null ? '-' : roundedMoneyText(period.cost_per_success_usd),
      ),
    ],
    ['USD in requests that failed', ...both(waste('errors'))],
    ['USD in requests that were given up', ...both(waste('cancelled'))],
    ['USD in retries', ...both(waste('retries'))],
    ['USD in misses of the answer cache', ...both(waste('cache_misses'))],
  ];
}

function notes(before: PeriodReport, after: PeriodReport): string[] {
  const unpriced = before.unpriced_requests + after.unpriced_requests;
  const coarse = (before.coarse_requests ?? 0) + (after.coarse_requests ?? 0);
  return [
    ...(unpriced === 0
      ? []
      : [`${groupDigits(unpriced)} requests have no known price and are in no amount.`]),
    ...(coarse === 0
      ? []
      : [
          `The events of ${groupDigits(coarse)} requests are past their retention: what of them was waste is not known.`,
        ]),
  ];
}
