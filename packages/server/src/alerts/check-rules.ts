/** Holds rules against what there is: measures, dimensions and signals that nobody gives are mistakes. */

import type { AlertRuleDefinition } from '../config/index.ts';
import { seriesDimensions } from '../series/dimensions.ts';
import { measures } from '../series/measures.ts';

/** Signals that every server gives, and what they are. */
export const signalDescriptions: Readonly<Record<string, string>> = {
  budget_used_percent:
    'What is spent of a budget in its present period, in percent; labels budget and what it is per.',
  budget_remaining_usd: 'What is left of a budget in its present period, in dollars; labels as before.',
  health_status:
    'The status of a health check: 0 healthy, 1 degraded, 2 unhealthy; labels check and component.',
  target_up: 'Whether the last scrape of a target succeeded, 1 or 0; labels job and instance.',
  objective_violated:
    'Whether a condition of an objective is violated, 1 or 0; labels objective, condition (budget-exhausted, page-1h, page-6h, ticket-1d, ticket-3d) and what it is per.',
  objective_budget_remaining_percent:
    'What is left of the error budget of an objective in its window, in percent; labels objective and what it is per.',
};

/** What is wrong with rules, one sentence each that begins with the rule; empty if nothing is. */
export function ruleProblems(
  rules: readonly AlertRuleDefinition[],
  signals: readonly string[] = Object.keys(signalDescriptions),
): string[] {
  return rules.flatMap(({ id, subject, enabled }) => {
    if (!enabled) return [];
    const refuse = (what: string, name: string, known: readonly string[]): string[] =>
      known.includes(name)
        ? []
        : [`${id}: there is no ${what} ${JSON.stringify(name)}; there are ${known.join(', ')}`];
    if (subject.kind === 'signal') return refuse('signal', subject.signal, signals);
    const dimensions = [...subject.by, ...subject.where.map(({ dimension }) => dimension)];
    return [
      ...refuse('measure', subject.measure, [...measures.keys()]),
      ...dimensions.flatMap((dimension) => refuse('dimension', dimension, seriesDimensions)),
    ];
  });
}
