/**
 * Burn-rate rules of an objective. An alert fires if a long and a short window both
 * burn the error budget faster than a factor: the long one says that it matters,
 * the short one that it is still going on. Windows and factors are those of the
 * Site Reliability Workbook, chapter 5, with the fourth pair of Sloth's defaults for
 * 30 days (2 % of the budget in an hour, 5 % in six hours, 10 % in one day, 10 % in
 * three days); for another period the factors follow from the same shares.
 */

import { withMatchers, keepingLabels } from '../promql/select.ts';
import { formatDuration, scaledDuration, scaledWindows } from '../promql/durations.ts';
import type { MonitoringSettings } from '../settings.ts';
import type { AlertDeclaration } from './alert.ts';
import { matchersOf } from './job-matchers.ts';
import type { Objective } from './objective.ts';
import { annotationsOf } from './annotations.ts';
import type { PrometheusRule, PrometheusRuleGroup } from './rule-file.ts';

/** A pair of windows, and the share of the budget that is burnt within the long one at its factor. */
export interface BurnWindows {
  readonly long: string;
  readonly short: string;
  readonly longHours: number;
  readonly budgetShare: number;
}

/** Pairs that call somebody at once. */
export const pageWindows: readonly BurnWindows[] = [
  { long: '1h', short: '5m', longHours: 1, budgetShare: 0.02 },
  { long: '6h', short: '30m', longHours: 6, budgetShare: 0.05 },
];

/** Pairs that can wait until the morning. */
export const ticketWindows: readonly BurnWindows[] = [
  { long: '1d', short: '2h', longHours: 24, budgetShare: 0.1 },
  { long: '3d', short: '6h', longHours: 72, budgetShare: 0.1 },
];

/** How much faster than evenly a pair lets the budget burn: share × period / long window. */
export function burnFactor({ budgetShare, longHours }: BurnWindows, periodDays: number): number {
  return Number(((budgetShare * periodDays * 24) / longHours).toPrecision(6));
}

const shortWindows = ['5m', '30m', '1h', '2h', '6h'];
const longWindows = ['1d', '3d'];

/** The groups of rules of one objective. Long windows change slowly and are dear, so they are evaluated rarely. */
export function objectiveGroups(
  objective: Objective,
  settings: MonitoringSettings,
  alerts: { readonly fast: AlertDeclaration; readonly slow: AlertDeclaration },
): PrometheusRuleGroup[] {
  const ratio = (window: string): PrometheusRule =>
    recorded(objective, settings, `slo:errors_per_event:ratio_rate${window}`, ratioQuery(objective, window));
  const period = `${objective.periodDays}d`;
  const budget = 1 - objective.target;
  return [
    {
      name: `bellwether-slo-${objective.name}`,
      rules: [
        ...shortWindows.map(ratio),
        recorded(objective, settings, 'slo:events:rate1h', objective.totalQuery.replaceAll('$window', '1h')),
        recorded(objective, settings, 'slo:objective:ratio', `vector(${objective.target})`),
        alertRule(objective, settings, alerts.fast, pageWindows),
        alertRule(objective, settings, alerts.slow, ticketWindows),
      ],
    },
    {
      name: `bellwether-slo-${objective.name}-long`,
      interval: formatDuration(Math.max(1, Math.round(120 * Math.min(1, settings.durationFactor)))),
      rules: [
        ...longWindows.map(ratio),
        recorded(
          objective,
          settings,
          'slo:error_budget_remaining:ratio',
          `1 - (${ratioQuery(objective, period)}) / ${short(budget)}`,
        ),
      ],
    },
  ];
}

/** Bad events by all events. Without any events there is no ratio. */
function ratioQuery({ badQuery, totalQuery }: Objective, window: string): string {
  const at = (query: string): string => query.replaceAll('$window', window);
  // A family without any failure has no series yet, which stands for none.
  return `((${at(badQuery)}) or 0 * (${at(totalQuery)})) / (${at(totalQuery)} > 0)`;
}

function recorded(
  { name }: Objective,
  settings: MonitoringSettings,
  record: string,
  promql: string,
): PrometheusRule {
  return { record, expr: prepared(promql, settings), labels: { slo: name } };
}

function alertRule(
  objective: Objective,
  settings: MonitoringSettings,
  alert: AlertDeclaration,
  pairs: readonly BurnWindows[],
): PrometheusRule {
  const { name, target, periodDays, eventsPerHourMin } = objective;
  const selector = `{slo="${name}"}`;
  const conditions = pairs.map((pair) => {
    const limit = short(burnFactor(pair, periodDays) * (1 - target));
    return `(
    slo:errors_per_event:ratio_rate${pair.long}${selector} > ${limit}
  and
    slo:errors_per_event:ratio_rate${pair.short}${selector} > ${limit}
)`;
  });
  const enough = `slo:events:rate1h${selector} * 3600 >= ${eventsPerHourMin}`;
  const on = keepingLabels('on (slo)', settings.keepLabels);
  return {
    alert: alert.name,
    expr: `(\n${conditions.join('\nor\n')}\n)\nand ${on} ${enough}`,
    for: scaledDuration(alert.for, settings.durationFactor),
    labels: { severity: alert.severity, slo: name, ...settings.alertLabels },
    annotations: annotationsOf(alert, settings, {
      $objective: objective.description,
      $target: `${short(target * 100)} %`,
    }),
  };
}

function prepared(promql: string, settings: MonitoringSettings): string {
  return scaledWindows(
    keepingLabels(withMatchers(promql, matchersOf(settings)), settings.keepLabels),
    settings.durationFactor,
  );
}

/** A number without the noise of binary fractions. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
