/** What would be, for a terminal. */

import { alignTable } from '../report/text-table.ts';
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
    `If ${answer.supposed}: ${answer.requests} requests of ${answer.from} to ${answer.to}`,
    '',
    ...alignTable(
      [
        ['', 'now', 'then'],
        ['cost USD a month', cost.present, cost.supposed],
        row('latency p95 ms', answer.latency_p95_ms, (value) => String(Math.round(value))),
        row('errors', answer.error_ratio, (value) => `${(value * 100).toFixed(2)} %`),
        row('quality', answer.quality_score, (value) => value.toFixed(3)),
        ...answer.budgets.map(({ id, amount_usd: amount, present_usd: now, supposed_usd: then }) => [
          `budget ${id} of ${amount}`,
          now,
          then,
        ]),
      ],
      1,
    ),
    '',
    `The difference is $${cost.difference} a month.`,
    ...answer.notes,
    answer.method,
    `Query: ${answer.path}`,
  ];
  return `${lines.map((line) => line.replaceAll(/\p{Cc}/gu, '\u{FFFD}')).join('\n')}\n`;
}
