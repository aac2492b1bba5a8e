/** What would be, for a terminal. */

import { alignTable, countText, msText, percentText, usdText } from '../report/text-table.ts';
import type { Compared, WhatIf } from './what-if.ts';

/** The answer as text, ended by a newline. */
export function whatIfText(answer: WhatIf): string {
  const { cost_usd_per_month: cost } = answer;
  const row = (name: string, { present, supposed }: Compared, text: (value: number) => string): string[] => [
    name,
    present === null ? '–' : text(present),
    supposed === null ? 'not known' : text(supposed),
  ];
  const lines = [
    `What if ${answer.supposed}, from ${countText(answer.requests, 'request')} of ${answer.from} to ${answer.to}`,
    '',
    ...alignTable(
      [
        ['', 'now', 'then'],
        ['cost a month', usdText(cost.present), usdText(cost.supposed)],
        row('latency p95', answer.latency_p95_ms, msText),
        row('errors', answer.error_ratio, (value) => percentText(value, 2)),
        row('quality', answer.quality_score, (value) => value.toFixed(3)),
        ...answer.budgets.map(({ id, amount_usd: amount, present_usd: now, supposed_usd: then }) => [
          `budget ${id} of ${usdText(amount)}`,
          usdText(now),
          usdText(then),
        ]),
      ],
      1,
    ),
    '',
    `The difference is ${usdText(cost.difference)} a month.`,
    ...answer.notes,
    answer.method,
    `Query: ${answer.path}`,
  ];
  return `${lines.map((line) => line.replaceAll(/\p{Cc}/gu, '\u{FFFD}')).join('\n')}\n`;
}
