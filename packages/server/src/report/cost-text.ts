/**
 * The cost report for a terminal.
 */

import { divideHalfEven, formatUsd, PICO_PER_USD, parseUsd } from '@bellwether/events';
import type { CostFigures, CostReport } from './costs.ts';

const titles = ['requests', 'errors', 'input tokens', 'output tokens', 'cost USD', 'unpriced'];

/** The report as text, ended by a newline. */
export function costReportText(report: CostReport): string {
  const head = [...report.by, ...titles];
  const body = report.rows.map((row) => [
    ...report.by.map((name) => row.key[name] || '(none)'),
    ...cells(row),
  ]);
  const total = [...report.by.map((_, i) => (i === 0 ? 'total' : '')), ...cells(report.total)];
  const [headLine = '', ...lines] = table([head, ...body, total], report.by.length);
  const rule = '─'.repeat(Math.max(headLine.length, ...lines.map((line) => line.length)));
  const bodyLines = lines.slice(0, -1);
  const parts = [
    `Cost, ${report.from ?? 'from the beginning'} to ${report.to ?? 'now'}`,
    rule,
    headLine,
    rule,
    ...bodyLines,
    ...(bodyLines.length > 0 ? [rule] : []),
    ...lines.slice(-1),
    ...notes(report),
  ];
  return `${parts.join('\n')}\n`;
}

function notes({ rows, total, truncated, coarse_requests: coarse = 0 }: CostReport): string[] {
  const found: string[] = [];
  if (truncated)
    found.push(`Only the ${group(rows.length)} dearest groups are listed; the total holds them all.`);
  if (coarse > 0)
    found.push(
      `The events of ${group(coarse)} requests are past their retention: their cost is exact, but it is not told by every dimension.`,
    );
  if (total.unpriced_requests > 0) {
    const [requests, have, are] =
      total.unpriced_requests === 1 ? ['request', 'has', 'is'] : ['requests', 'have', 'are'];
    found.push(
      `${group(total.unpriced_requests)} ${requests} ${have} no known price and ${are} not in the cost.`,
    );
  }
  return found;
}

function cells(figures: CostFigures): string[] {
  return [
    group(figures.requests),
    group(figures.errors),
    group(figures.input_tokens),
    group(figures.output_tokens),
    figures.unpriced_requests === figures.requests && figures.requests > 0
      ? 'unknown'
      : money(figures.cost_usd),
    group(figures.unpriced_requests),
  ];
}

/** Dollars to a hundredth of a cent from a dollar on, below that exactly. */
function money(exact: string): string {
  const amount = parseUsd(exact) ?? 0n;
  if (amount < PICO_PER_USD) return exact;
  const tenthMills = 10n ** 8n;
  const [whole = '', fraction = ''] = formatUsd(divideHalfEven(amount, tenthMills) * tenthMills).split('.');
  return `${group(Number(whole))}.${fraction.padEnd(4, '0')}`;
}

function group(count: number): string {
  return count.toLocaleString('en-US');
}

/** Pads the columns: the first `left` to the left, the others to the right. */
function table(rows: readonly (readonly string[])[], left: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
