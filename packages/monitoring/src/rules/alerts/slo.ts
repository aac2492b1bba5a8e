/** The two alerts that each objective has. */

import type { AlertDeclaration, AlertGroup } from '../alert.ts';

/** The budget burns so fast that somebody is called. */
export const fastBurn: AlertDeclaration = {
  name: 'SLOErrorBudgetFastBurn',
  severity: 'critical',
  expr: '',
  for: '2m',
  summary: 'The error budget of {{ $labels.slo }} burns fast',
  description:
    '{{ $value | humanizePercentage }} of the events were bad. At this pace the budget of the period is gone within days. Objective: $objective At least $target are to be good.',
  runbook: {
    meaning:
      'Bad events use up the error budget at least 14.4 times as fast as the period allows, measured over an hour, or 6 times as fast over six hours; and the last minutes are no better.',
    impact: 'Two to five per cent of the budget of the whole period are gone already. Users notice.',
    diagnosis: [
      [
        'How fast does it burn? 1 is what the objective allows.',
        'slo:errors_per_event:ratio_rate1h / on (slo) group_left () (1 - slo:objective:ratio)',
      ],
      ['What is left of the budget?', 'slo:error_budget_remaining:ratio'],
      ['Which provider fails?', 'sum by (provider, error_type) (rate(llm_errors_total[5m]))'],
      ['Which backend?', 'sum by (backend, error_type) (rate(load_balancer_errors_total[5m]))'],
    ],
    mitigation: [
      'Follow the alert that fires beside it; it names the cause.',
      'If none does, take back what was changed last.',
    ],
  },
};

/** The budget burns slowly, but will not last. */
export const slowBurn: AlertDeclaration = {
  name: 'SLOErrorBudgetSlowBurn',
  severity: 'warning',
  expr: '',
  for: '15m',
  summary: 'The error budget of {{ $labels.slo }} will not last for its period',
  description:
    '{{ $value | humanizePercentage }} of the events of a day or more were bad. Objective: $objective At least $target are to be good.',
  runbook: {
    meaning:
      'Bad events use up the error budget three times as fast as the period allows, over a day, or just as fast over three days.',
    impact: 'A tenth of the budget is gone. It will be used up before the period ends.',
    diagnosis: [
      ['What is left of the budget?', 'slo:error_budget_remaining:ratio'],
      [
        'Which errors make it up?',
        'topk(10, sum by (provider, task_type, error_type) (increase(llm_errors_total[1d])))',
      ],
      ['At which hours?', 'slo:errors_per_event:ratio_rate30m'],
    ],
    mitigation: [
      'Plan the repair of the largest kind of error for this week.',
      'If users do not mind, the objective is too strict: change it.',
    ],
  },
};

/** Both, for lists and runbooks. */
export const sloAlerts: AlertGroup = {
  name: 'bellwether-slo',
  title: 'Service level objectives',
  alerts: [fastBurn, slowBurn],
};
