/** The performance report for a terminal. */

import type { PerformanceReport } from './performance.ts';
import { alignTable, groupDigits, moneyText } from './text-table.ts';
import type { TrafficFigures } from './traffic.ts';

const titles = [
  'requests',
  'errors',
  'per second',
  'latency p50',
  'p95',
  'p99 ms',
  'first token p50',
  'p95 ms',
  'tokens/s',
  'cost USD',
];

/** The report as text, ended by a newline. */
export function performanceText(report: PerformanceReport): string {
  const { by, rows, total, previous, truncated } = report;
  const then = previous?.comparable === true ? previous : null;
  const first = (text: string): string[] => by.map((_, i) => (i === 0 ? text : ''));
  const body = rows.map((row) => [...by.map((name) => row.key[name] || '(none)'), ...cells(row)]);
  const sums = [
    [...first('total'), ...cells(total)],
    ...(then === null ? [] : [[...first('before'), ...cells(then.total)]]),
  ];
  const [head = '', ...lines] = alignTable([[...by, ...titles], ...body, ...sums], by.length);
  const rule = '─'.repeat(Math.max(head.length, ...lines.map((line) => line.length)));
  const parts = [
    `Performance, ${report.from} to ${report.to}`,
    rule,
    head,
    rule,
    ...lines.slice(0, body.length),
    ...(body.length > 0 ? [rule] : []),
    ...lines.slice(body.length),
    ...(then === null ? [] : [`Before: ${then.from} to ${then.to}.`]),
    ...(truncated ? [`Only ${groupDigits(rows.length)} groups are listed; the total holds them all.`] : []),
  ];
  return `${parts.join('\n')}\n`;
}

function cells(figures: TrafficFigures): string[] {
  const { latency_ms: latency, ttft_ms: ttft, error_ratio: ratio } = figures;
  return [
    groupDigits(figures.requests),
    ratio === null ? '0' : `${groupDigits(figures.errors)} (${(ratio * 100).toFixed(1)} %)`,
    figures.requests_per_second.toPrecision(3),
    ...[latency.p50, latency.p95, latency.p99, ttft.p50, ttft.p95].map(msText),
    figures.tokens_per_second.toPrecision(3),
    figures.unpriced_requests === figures.requests && figures.requests > 0
      ? 'unknown'
      : moneyText(figures.cost_usd),
  ];
}

function msText(ms: number | null): string {
  return ms === null ? '–' : groupDigits(ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms));
}
