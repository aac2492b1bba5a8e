/** Service level objectives: what is left of their error budgets, and how fast it goes. */

import type { BoardDeclaration } from '../board.ts';

const ofBudget = (window: string): string =>
  `slo:errors_per_event:ratio_rate${window} / on (slo) group_left () (1 - max by (slo) (slo:objective:ratio))`;

/** The dashboard. */
export const slo: BoardDeclaration = {
  uid: 'bellwether-slo',
  title: 'Bellwether: objectives and error budgets',
  description:
    'What is left of each error budget, and how fast it burns. The figures come from the recording rules.',
  source: 'server',
  variables: [],
  sections: [
    {
      title: 'Objectives',
      panels: [
        {
          kind: 'bargauge',
          title: 'Error budget that is left',
          description: 'Of the period; below nothing once the objective is missed.',
          unit: 'percentunit',
          width: 12,
          max: 1,
          thresholds: [
            [null, 'red'],
            [0, 'orange'],
            [0.25, 'yellow'],
            [0.5, 'green'],
          ],
          queries: [{ expr: 'min by (slo) (slo:error_budget_remaining:ratio)', legend: '{{slo}}' }],
          alerts: ['SLOErrorBudgetSlowBurn'],
        },
        {
          kind: 'table',
          title: 'What was promised',
          description: 'The objective, and the share of good events of the last hour.',
          unit: 'percentunit',
          width: 12,
          height: 8,
          decimals: 3,
          queries: [
            { expr: 'max by (slo) (slo:objective:ratio)', legend: 'Objective' },
            { expr: '1 - max by (slo) (slo:errors_per_event:ratio_rate1h)', legend: 'Last hour' },
            { expr: '1 - max by (slo) (slo:errors_per_event:ratio_rate6h)', legend: 'Last six hours' },
          ],
        },
      ],
    },
    {
      title: 'How fast',
      panels: [
        {
          kind: 'timeseries',
          title: 'Burn rate over an hour',
          description: '1 uses the budget up exactly when its period ends. From 14.4 on somebody is called.',
          unit: 'none',
          width: 12,
          min: 0,
          thresholds: [
            [null, 'green'],
            [6, 'orange'],
            [14.4, 'red'],
          ],
          queries: [{ expr: ofBudget('1h'), legend: '{{slo}}' }],
          alerts: ['SLOErrorBudgetFastBurn'],
        },
        {
          kind: 'timeseries',
          title: 'Burn rate over five minutes',
          description: 'Whether it still goes on.',
          unit: 'none',
          width: 12,
          min: 0,
          queries: [{ expr: ofBudget('5m'), legend: '{{slo}}' }],
          alerts: ['SLOErrorBudgetFastBurn'],
        },
        {
          kind: 'timeseries',
          title: 'Budget that is left',
          description: 'Over time.',
          unit: 'percentunit',
          width: 24,
          max: 1,
          queries: [{ expr: 'min by (slo) (slo:error_budget_remaining:ratio)', legend: '{{slo}}' }],
        },
      ],
    },
  ],
};
