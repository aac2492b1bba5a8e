/** Advice for a terminal. */

import { countText, usdText } from '../report/text-table.ts';
import type { Advice } from './advice.ts';
import type { AdviceReport } from './read-advice.ts';

/** The advice as text, ended by a newline. @param whole with how it was computed, and what is withheld. */
export function adviceText({ from, to, advice, withheld }: AdviceReport, whole: boolean): string {
  const lines = [
    `Advice, from requests of ${from} to ${to}`,
    ...advice.flatMap((each, i) => ['', ...adviceLines(each, i + 1, whole)]),
    ...(advice.length === 0
      ? ['Nothing is advised.']
      : ['', 'Savings about the same requests do not add up.']),
    ...(whole && withheld.length > 0
      ? ['', 'Not advised:', ...withheld.map(({ kind, about, reason }) => `  ${kind}, ${about}: ${reason}`)]
      : []),
    ...(!whole && withheld.length > 0
      ? [
          `${withheld.length} more ${withheld.length === 1 ? 'was' : 'were'} looked at and not advised: --all says why.`,
        ]
      : []),
  ];
  return `${lines.map((line) => line.replaceAll(/\p{Cc}/gu, '\u{FFFD}')).join('\n')}\n`;
}

function adviceLines(advice: Advice, number: number, whole: boolean): string[] {
  const { action, saving_usd_per_month: saving, gain, confidence, evidence, method } = advice;
  const amount = saving === null || saving === '0.00' ? '' : `Saves ${usdText(saving)} a month. `;
  return [
    `${number}. ${action}`,
    `   ${amount}${gain}`,
    `   Confidence ${confidence}, from ${countText(evidence.requests, 'request')}: ${evidence.path}`,
    ...(whole ? [`   ${method}`] : []),
  ];
}
