/** Budgets, what will be spent, and what could be saved. */

import type { BoardDeclaration, PanelDeclaration } from '../board.ts';

const NONE = 'There is no budget until one is declared.';

function ofBackends(title: string, family: string, alert: string): PanelDeclaration {
  return {
    kind: 'bargauge',
    title,
    description: 'The share that is spent, by backend.',
    unit: 'percent',
    width: 12,
    min: 0,
    max: 100,
    thresholds: [
      [null, 'green'],
      [80, 'orange'],
      [100, 'red'],
    ],
    queries: [{ expr: `max by (backend) (${family})`, legend: '{{backend}}' }],
    alerts: [alert],
    emptyBecause: NONE,
  };
}

/** The dashboard. */
export const budgets: BoardDeclaration = {
  uid: 'bellwether-budgets',
  title: 'Bellwether: budgets and forecast',
  description: 'What is left of the budgets, what the month will cost, and what would lower it.',
  source: 'server',
  variables: ['provider', 'backend'],
  sections: [
    {
      title: 'This month',
      panels: [
        {
          kind: 'bargauge',
          title: 'Left of the budget',
          description: 'Of the calendar month, by provider; negative once it is overspent.',
          unit: 'currencyUSD',
          width: 8,
          thresholds: [
            [null, 'red'],
            [0, 'green'],
          ],
          queries: [{ expr: 'min by (provider) (monthly_budget_remaining_usd)', legend: '{{provider}}' }],
          alerts: ['LLMBudgetLow', 'LLMBudgetExhausted'],
          emptyBecause: NONE,
        },
        {
          kind: 'bargauge',
          title: 'Share of the budget that is spent',
          description: 'Of the calendar month, by provider.',
          unit: 'percentunit',
          width: 8,
          min: 0,
          max: 1,
          thresholds: [
            [null, 'green'],
            [0.8, 'orange'],
            [1, 'red'],
          ],
          queries: [
            {
              expr: 'sum by (provider) (monthly_spend_usd) / (sum by (provider) (monthly_spend_usd) + sum by (provider) (monthly_budget_remaining_usd))',
              legend: '{{provider}}',
            },
          ],
          alerts: ['LLMBudgetLow'],
          emptyBecause: NONE,
        },
        {
          kind: 'bargauge',
          title: 'Spent',
          description: 'Since the beginning of the calendar month, by provider.',
          unit: 'currencyUSD',
          width: 8,
          queries: [{ expr: 'max by (provider) (monthly_spend_usd)', legend: '{{provider}}' }],
        },
        {
          kind: 'timeseries',
          title: 'Spend of the month',
          description: 'How it grows.',
          unit: 'currencyUSD',
          width: 12,
          min: 0,
          queries: [{ expr: 'max by (provider) (monthly_spend_usd)', legend: '{{provider}}' }],
          alerts: ['LLMBudgetWillBeExceeded'],
        },
        {
          kind: 'timeseries',
          title: 'Requests that a budget refused',
          description: 'In the last hour, by provider.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (provider) (increase(llm_errors_total{error_type="budget_exceeded"}[1h]))',
              legend: '{{provider}}',
            },
          ],
          alerts: ['LLMBudgetRefusals'],
          emptyBecause: 'Nothing is refused while budgets have room.',
        },
      ],
    },
    {
      title: 'Backends',
      panels: [
        ofBackends('Budget of the day', 'load_balancer_daily_budget_usage_percent', 'BackendDailyBudgetHigh'),
        ofBackends(
          'Budget of the month',
          'load_balancer_monthly_budget_usage_percent',
          'BackendMonthlyBudgetHigh',
        ),
      ],
    },
    {
      title: 'What will be, and what could be',
      panels: [
        {
          kind: 'bargauge',
          title: 'Expected cost',
          description: 'Within the horizon, as the forecast has it.',
          unit: 'currencyUSD',
          width: 8,
          queries: [{ expr: 'max by (horizon) (cost_forecast_usd)', legend: '{{horizon}}' }],
        },
        {
          kind: 'stat',
          title: 'A month at this pace',
          description: 'What thirty days would cost if they all were like the last hour.',
          unit: 'currencyUSD',
          width: 8,
          height: 8,
          queries: [{ expr: 'sum(increase(llm_cost_usd_total[1h])) * 720', legend: 'month' }],
        },
        {
          kind: 'bargauge',
          title: 'Savings that are open',
          description: 'What the standing recommendations would save in a month, by kind.',
          unit: 'currencyUSD',
          width: 8,
          queries: [{ expr: 'max by (kind) (cost_optimization_savings_usd)', legend: '{{kind}}' }],
          alerts: ['CostSavingsOpen'],
          emptyBecause: 'There is nothing to save while no recommendation stands.',
        },
      ],
    },
  ],
};
