/** All advice of a period, that which saves most first. */

import { parseUsd } from '@bellwether/events';
import { type PeriodText, periodText } from '../report/periods.ts';
import type { Advice, AdviceKind, Found, Withheld } from './advice.ts';
import { adviseCheaperModel } from './cheaper-model.ts';
import { adviseFailingBackend } from './failing-backend.ts';
import { adviseIdleCapacity } from './idle-capacity.ts';
import { adviseLimits } from './limits.ts';
import { advisePromptCaching } from './prompt-caching.ts';
import { advisePromptSize } from './prompt-size.ts';
import type { AdviceQuestion } from './question.ts';
import { adviseRetries } from './retries.ts';
import { adviseBatch } from './waiting-work.ts';

/** The answer. Savings of advice about the same requests do not add up. */
export interface AdviceReport extends PeriodText {
  readonly advice: readonly Advice[];
  /** What was looked at and is not advised for want of evidence, and why. */
  readonly withheld: readonly Withheld[];
}

const advisers: Readonly<Record<AdviceKind, (question: AdviceQuestion) => Promise<Found>>> = {
  cheaper_model: adviseCheaperModel,
  prompt_caching: advisePromptCaching,
  batch: adviseBatch,
  prompt_size: advisePromptSize,
  idle_capacity: adviseIdleCapacity,
  failing_backend: adviseFailingBackend,
  retries: adviseRetries,
  limits: adviseLimits,
};

/** Savings below this a month are not worth anybody's time. */
const SAVING_MIN = parseUsd('0.01') ?? 0n;

/** Asks every adviser, one after the other: the questions are heavy, and the ledger has others to answer. */
export async function readAdvice(question: AdviceQuestion): Promise<AdviceReport> {
  const advice: Advice[] = [];
  const withheld: Withheld[] = [];
  for (const advise of Object.values(advisers)) {
    const found = await advise(question);
    advice.push(...found.advice.filter(isWorthIt));
    withheld.push(...found.withheld);
  }
  return {
    ...periodText(question.period),
    advice: advice.toSorted((a, b) => compare(savingOf(b), savingOf(a))),
    withheld,
  };
}

/** What gains something else than money is told whatever it saves. */
function isWorthIt(advice: Advice): boolean {
  return (
    advice.saving_usd_per_month === null ||
    advice.kind === 'failing_backend' ||
    savingOf(advice) >= SAVING_MIN
  );
}

function savingOf({ saving_usd_per_month: saving }: Advice): bigint {
  return saving === null ? -1n : (parseUsd(saving) ?? 0n);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
