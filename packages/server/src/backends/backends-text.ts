/** The comparison of backends for a terminal. */

import { alignTable, groupDigits, moneyText } from '../report/text-table.ts';
import type { BackendsReport, ServedFigures } from './compare-backends.ts';
import type { Estimate } from './intervals.ts';
import type { Rank } from './rank.ts';

const figureTitles = ['requests', 'success %', 'latency ms', 'p95', 'cost USD', 'a request'];

/** The report as text, ended by a newline. */
export function backendsText(report: BackendsReport): string {
  const { backends, algorithms, distribution, model, ranked_by: by } = report;
  const of = model === null ? '' : ` of ${model}`;
  const ranked = alignTable(
    [
      ['place', 'backend', 'share', ...figureTitles],
      ...backends.map((row) => [
        rankText(row.rank[by]),
        row.backend,
        `${(row.share * 100).toFixed(1)} %`,
        ...cells(row),
      ]),
    ],
    2,
  );
  const chosen = alignTable(
    [
      ['algorithm', 'effectiveness', 'quality', ...figureTitles],
      ...algorithms.map((row) => [
        row.algorithm,
        row.effectiveness_score.toFixed(3),
        row.quality_score === null ? '–' : row.quality_score.toFixed(3),
        ...cells(row),
      ]),
    ],
    1,
  );
  const { score, coefficient_of_variation: variation } = distribution;
  const even =
    score === null || variation === null
      ? 'No request names a backend.'
      : `Distribution over ${groupDigits(distribution.backends)} backends: ${score.toFixed(3)} (1 is even), coefficient of variation ${variation.toFixed(3)}.`;
  const parts = [
    `Backends by ${by}${of}, ${report.from} to ${report.to}`,
    '',
    ...(backends.length === 0 ? [] : [...ranked, '', ...chosen, '']),
    even,
    ...(backends.length === 0
      ? []
      : ['In brackets: 95 % intervals. Backends whose intervals overlap share places.']),
    ...(report.truncated ? ['There are more than are listed here.'] : []),
  ];
  return `${parts.join('\n')}\n`;
}

function cells(row: ServedFigures): string[] {
  const { latency_p95_ms: p95, cost_per_request_usd: cost } = row;
  return [
    groupDigits(row.requests),
    estimateText(row.success, (share) => (share * 100).toFixed(2)),
    estimateText(row.latency_ms, (ms) => groupDigits(Math.round(ms))),
    p95 === null ? '–' : groupDigits(Math.round(p95)),
    row.unpriced_requests === row.requests ? 'unknown' : moneyText(row.cost_usd),
    estimateText(cost, (usd) => usd.toFixed(6)),
  ];
}

function estimateText({ value, low, high }: Estimate, text: (value: number) => string): string {
  if (value === null) return '–';
  return low === null || high === null ? text(value) : `${text(value)} (${text(low)}–${text(high)})`;
}

function rankText(rank: Rank | null): string {
  if (rank === null) return '–';
  return rank.best === rank.worst ? String(rank.best) : `${rank.best}–${rank.worst}`;
}
