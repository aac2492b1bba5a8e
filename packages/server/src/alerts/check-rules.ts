/** Holds rules against what there is: measures, dimensions and signals that nobody gives are mistakes. */

import type { AlertRuleDefinition, Config, ForecastSubject, SeriesSubject } from '../config/index.ts';
import { seriesDimensions } from '../series/dimensions.ts';
import { dimensionsFor, readMeasureName } from '../series/measure-names.ts';
import { measures } from '../series/measures.ts';

/** Signals that every server gives, and what they are. */
export const signalDescriptions: Readonly<Record<string, string>> = {
  budget_used_percent:
    'What is spent of a budget in its present period, in percent; labels budget and what it is per.',
  budget_remaining_usd: 'What is left of a budget in its present period, in dollars; labels as before.',
  anomaly_score:
    'How improbable what is going on is, 0 to 1, for each series with an anomaly that lasts; labels measure, kind and those of the series.',
  health_status:
    'The status of a health check: 0 healthy, 1 degraded, 2 unhealthy; labels check and component.',
  regression_percent:
    'By how much a measure is worse since a deployment or a change of model of the last two days, in percent; labels marker, service, version and measure.',
  target_up: 'Whether the last scrape of a target succeeded, 1 or 0; labels job and instance.',
  objective_violated:
    'Whether a condition of an objective is violated, 1 or 0; labels objective, condition (budget-exhausted, page-1h, page-6h, ticket-1d, ticket-3d) and what it is per.',
  objective_budget_remaining_percent:
    'What is left of the error budget of an objective in its window, in percent; labels objective and what it is per.',
};

/** The series that a configuration declares. */
export function seriesIdsOf({ analysis }: Pick<Config, 'analysis'>): string[] {
  return analysis.series.map(({ id }) => id);
}

/** What is wrong with rules, one sentence each that begins with the rule; empty if nothing is. */
export function ruleProblems(
  rules: readonly AlertRuleDefinition[],
  seriesIds: readonly string[],
  signals: readonly string[] = Object.keys(signalDescriptions),
): string[] {
  return rules.flatMap(({ id, subject, enabled }) => {
    if (!enabled) return [];
    const refuse = (what: string, name: string, known: readonly string[]): string[] =>
      known.includes(name)
        ? []
        : [`${id}: there is no ${what} ${JSON.stringify(name)}; there are ${known.join(', ')}`];
    if (subject.kind === 'signal') return refuse('signal', subject.signal, signals);
    if (subject.kind === 'forecast' && subject.figure !== 'days_until_limit') {
      const dimensions = [...subject.by, ...subject.where.map(({ dimension }) => dimension)];
      return dimensions.flatMap((dimension) => refuse('dimension', dimension, seriesDimensions));
    }
    if (readMeasureName(subject.measure).kind !== 'ledger')
      return otherProblems(subject, seriesIds).map((problem) => `${id}: ${problem}`);
    const dimensions = [...subject.by, ...subject.where.map(({ dimension }) => dimension)];
    return [
      ...refuse('measure', subject.measure, [...measures.keys()]),
      ...dimensions.flatMap((dimension) => refuse('dimension', dimension, seriesDimensions)),
    ];
  });
}

/** What is wrong with a rule over what is of no requests. */
function otherProblems(
  { measure, by, ...subject }: SeriesSubject | ForecastSubject,
  seriesIds: readonly string[],
): string[] {
  const problems: string[] = [];
  const read = readMeasureName(measure);
  if (read.kind === 'series') {
    if (!seriesIds.includes(read.id))
      problems.push(`analysis.series declares no ${read.id}; it has ${seriesIds.join(', ') || 'none'}`);
    if (by.length > 0) problems.push('what a declared series is told apart by is in its declaration');
  } else {
    try {
      dimensionsFor(measure, by);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (subject.kind === 'series' && subject.minRequests > 0)
    problems.push('min_requests goes with measures of requests only');
  return problems;
}
