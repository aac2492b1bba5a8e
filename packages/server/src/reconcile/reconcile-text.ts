/** A comparison with a bill, for a terminal. */

import { alignTable, groupDigits, roundedMoneyText } from '../report/text-table.ts';
import type { ModelReport, Reconciliation, Sides } from './reconcile.ts';

/** Models that are listed. */
const ROWS_MAX = 50;

/** The comparison as text, ended by a newline. */
export function reconciliationText(result: Reconciliation): string {
  const { models, total } = result;
  const listed = models.slice(0, ROWS_MAX);
  const ignored =
    result.ignored_lines === 0
      ? ''
      : `, of which ${groupDigits(result.ignored_lines)} are of other services or empty`;
  const lines = [
    `${result.formats.join(' and ')}, ${result.from} to ${result.to}: ${groupDigits(result.lines)} lines${ignored}`,
    '',
    ...alignTable(
      [
        ['provider', 'model', 'requests', 'billed USD', 'recorded USD', 'difference', 'captured'],
        ...listed.map((model) => [
          model.provider,
          model.model || '(all models)',
          groupDigits(model.requests),
          ...cells(model),
        ]),
        ['total', '', '', ...cells(total)],
      ],
      2,
    ),
    ...(models.length > ROWS_MAX
      ? [`${groupDigits(models.length - ROWS_MAX)} more models are in the total.`]
      : []),
    ...adjustments(result),
    ...listed.flatMap((model) => causes(model)),
  ];
  return `${lines.join('\n')}\n`;
}

function cells({ billed_usd, recorded_usd, difference_usd, capture_ratio: ratio }: Sides): string[] {
  return [
    ...[billed_usd, recorded_usd, difference_usd].map(roundedMoneyText),
    ratio === null ? '-' : `${(ratio * 100).toFixed(2)} %`,
  ];
}

function adjustments({ adjustments_usd: amount }: Reconciliation): string[] {
  return amount === '0.00'
    ? []
    : [`Beside that, the bill has ${roundedMoneyText(amount)} of taxes, credits and fees.`];
}

function causes({ model, causes: found }: ModelReport): string[] {
  if (found.length === 0) return [];
  return [
    '',
    `${model || 'All models'}:`,
    ...alignTable(
      found.map(({ amount_usd: amount, certainty, text }) => [
        `  ${roundedMoneyText(amount)}`,
        certainty === 'shown' ? text : `perhaps: ${text}`,
      ]),
      2,
    ),
  ];
}
