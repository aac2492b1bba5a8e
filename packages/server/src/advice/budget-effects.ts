/** What a change of cost does to the budgets that count all requests. */

import { divideHalfEven, formatUsd, parseUsd, type PicoUsd } from '@bellwether/events';
import { LEDGER_DATABASE } from '../ledger/connection.ts';
import { usdText } from '../report/text-table.ts';
import { type AdviceQuestion, readEvents } from './question.ts';
import type { WhatIf, WhatIfQuestion } from './what-if.ts';

const SECONDS = { day: 86_400n, week: 604_800n, month: 2_592_000n } as const;

/** The cost of all requests of the period that have a known price. */
export function readCost(question: AdviceQuestion): Promise<PicoUsd> {
  return readEvents(question, async ({ sql, parameters }) => {
    const [row] = await question.connection.query<{ cost: string | null }>(
      `SELECT toString(sum(cost_usd)) AS cost FROM ${LEDGER_DATABASE}.events WHERE ${sql}`,
      parameters,
    );
    return parseUsd(row?.cost ?? '0') ?? 0n;
  });
}

/** The mean spend of a period of each budget, as it is and as it would be. */
export function budgetEffects(
  { budgets, period: { from, to } }: WhatIfQuestion,
  present: PicoUsd,
  supposed: PicoUsd,
): WhatIf['budgets'] {
  const seconds = BigInt(Math.max(1, to.epochSeconds - from.epochSeconds));
  return budgets
    .filter(({ whole, amountUsd }) => whole && amountUsd !== '')
    .map(({ id, amountUsd, period }) => {
      const mean = (amount: PicoUsd): PicoUsd => divideHalfEven(amount * SECONDS[period], seconds);
      return {
        id,
        amount_usd: amountUsd,
        present_usd: formatUsd(mean(present)),
        supposed_usd: formatUsd(mean(supposed)),
        exceeded: mean(supposed) > (parseUsd(amountUsd) ?? 0n),
      };
    });
}

/** Sentences about budgets that would be exceeded, and those that are not judged. */
export function budgetNotes({ budgets }: WhatIfQuestion, effects: WhatIf['budgets']): string[] {
  const apart = budgets.filter(({ whole, amountUsd }) => !whole && amountUsd !== '');
  return [
    ...effects
      .filter(({ exceeded }) => exceeded)
      .map(
        ({ id, amount_usd: amount }) =>
          `The budget ${id} of ${usdText(amount)} would be exceeded in the mean.`,
      ),
    ...(apart.length === 0
      ? []
      : [
          `Budgets that are limited to some requests are not judged: ${apart.map(({ id }) => id).join(', ')}.`,
        ]),
  ];
}
