/** The performance report for a terminal. */

import type { PerformanceReport } from './performance.ts';
import { alignTable, groupDigits, roundedMoneyText } from './text-table.ts';
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
    rateText(figures.requests_per_second),
    ...[latency.p50, latency.p95, latency.p99, ttft.p50, ttft.p95].map(msText),
    rateText(figures.tokens_per_second),
    figures.unpriced_requests === figures.requests && figures.requests > 0
      ? 'unknown'
      : roundedMoneyText(figures.cost_usd),
  ];
}

/** Three digits, or all of the whole ones: `0.0541`, `61.9`, `2,181`. */
function rateText(perSecond: number): string {
  return perSecond < 999.5 ? perSecond.toPrecision(3) : groupDigits(Math.round(perSecond));
}

function msText(ms: number | null): string {
  return ms === null ? '–' : groupDigits(ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms));
}
