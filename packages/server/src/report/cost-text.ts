/**
 * The cost report for a terminal.
 */

import type { CostFigures, CostReport } from './costs.ts';
import { alignTable, groupDigits, moneyText } from './text-table.ts';

const titles = ['requests', 'errors', 'input tokens', 'output tokens', 'cost USD', 'unpriced'];

/** The report as text, ended by a newline. */
export function costReportText(report: CostReport): string {
  const head = [...report.by, ...titles];
  const body = report.rows.map((row) => [
    ...report.by.map((name) => row.key[name] || '(none)'),
    ...cells(row),
  ]);
  const total = [...report.by.map((_, i) => (i === 0 ? 'total' : '')), ...cells(report.total)];
  const [headLine = '', ...lines] = alignTable([head, ...body, total], report.by.length);
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

function notes(report: CostReport): string[] {
  const { rows, total, truncated, coarse_requests: coarse = 0, self_hosted: machines } = report;
  const found: string[] = [];
  if (truncated)
    found.push(`Only the ${groupDigits(rows.length)} dearest groups are listed; the total holds them all.`);
  if (coarse > 0)
    found.push(
      `The events of ${groupDigits(coarse)} requests are past their retention: their cost is exact, but it is not told by every dimension.`,
    );
  if (total.unpriced_requests > 0) {
    const [requests, have, are] =
      total.unpriced_requests === 1 ? ['request', 'has', 'is'] : ['requests', 'have', 'are'];
    found.push(
      `${groupDigits(total.unpriced_requests)} ${requests} ${have} no known price and ${are} not in the cost.`,
    );
  }
  if (machines !== undefined) {
    const [used, idle] = [machines.allocated_usd, machines.idle_usd].map(moneyText);
    found.push(
      `Beside that, self-hosted machines cost ${used} for requests without a price and ${idle} idle.`,
    );
  }
  return found;
}

function cells(figures: CostFigures): string[] {
  return [
    groupDigits(figures.requests),
    groupDigits(figures.errors),
    groupDigits(figures.input_tokens),
    groupDigits(figures.output_tokens),
    figures.unpriced_requests === figures.requests && figures.requests > 0
      ? 'unknown'
      : moneyText(figures.cost_usd),
    groupDigits(figures.unpriced_requests),
  ];
}
