/** What may still be spent. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on budgets. */
export const llmBudgetAlerts: AlertGroup = {
  name: 'bellwether-llm-budgets',
  title: 'LLM budgets',
  alerts: [
    {
      name: 'LLMBudgetLow',
      severity: 'warning',
      expr: `min by (provider) (monthly_budget_remaining_usd)
  / (min by (provider) (monthly_budget_remaining_usd) + max by (provider) (monthly_spend_usd)) < $threshold`,
      threshold: 0.2,
      unit: 'ratio',
      for: '5m',
      summary:
        '{{ $value | humanizePercentage }} of the budget of the month is left for {{ $labels.provider }}',
      description: 'Less than $threshold of the monthly budget for {{ $labels.provider }} is left.',
      runbook: {
        meaning: 'The budget of the calendar month comes to its end.',
        impact: 'None yet. When it is used up, gateways that ask for reservations refuse requests.',
        diagnosis: [
          ['What is left, in dollars?', 'monthly_budget_remaining_usd'],
          [
            'For how many days does it last at the pace of the last day?',
            'min by (provider) (monthly_budget_remaining_usd) / sum by (provider) (increase(llm_cost_usd_total[1d]))',
          ],
        ],
        mitigation: [
          'Ask whoever pays whether the budget may be raised.',
          'Move work that can wait to the next month, or to a batch tier at half the price.',
        ],
      },
    },
    {
      name: 'LLMBudgetExhausted',
      severity: 'critical',
      expr: 'min by (provider) (monthly_budget_remaining_usd) <= $threshold',
      threshold: 0,
      unit: 'usd',
      for: '1m',
      summary: 'The budget of the month for {{ $labels.provider }} is used up',
      description:
        '{{ $value | printf "%.2f" }} dollars are left of the monthly budget for {{ $labels.provider }}.',
      runbook: {
        meaning: 'Spend of the calendar month has reached the budget.',
        impact: 'A hard budget refuses requests; a soft one is overspent from now on.',
        diagnosis: [
          ['How much is spent?', 'monthly_spend_usd'],
          [
            'Are requests refused?',
            'sum by (provider) (rate(llm_errors_total{error_type="budget_exceeded"}[5m]))',
          ],
          ['On what?', 'topk(5, sum by (provider, model) (increase(cost_model_usd_total[1d])))'],
        ],
        mitigation: [
          'Raise the budget in the configuration, if whoever pays agrees.',
          'Route to providers whose budget has room.',
        ],
      },
    },
    {
      name: 'LLMBudgetWillBeExceeded',
      severity: 'warning',
      expr: `min by (provider) (monthly_budget_remaining_usd)
  - sum by (provider) (increase(llm_cost_usd_total[1d])) * scalar(days_in_month() - day_of_month()) < $threshold`,
      threshold: 0,
      unit: 'usd',
      for: '1h',
      summary: 'At this pace the budget for {{ $labels.provider }} will be overspent',
      description:
        'If each remaining day of the month costs what the last one did, {{ $value | printf "%.2f" }} dollars are left at its end.',
      runbook: {
        meaning: 'The budget does not last until the end of the calendar month (UTC).',
        impact: 'None yet.',
        diagnosis: [
          ['What did the last day cost?', 'sum by (provider) (increase(llm_cost_usd_total[1d]))'],
          ['Is that usual?', 'sum by (provider) (increase(llm_cost_usd_total[7d])) / 7'],
          ['Bellwether’s own projection knows weekdays and hours: `bellwether budgets list`.'],
        ],
        mitigation: [
          'If the last day was out of the ordinary, wait for the next.',
          'Else slow down the largest spender, or raise the budget in time.',
        ],
      },
    },
    {
      name: 'BackendDailyBudgetHigh',
      severity: 'warning',
      expr: 'max by (backend) (load_balancer_daily_budget_usage_percent) > $threshold',
      threshold: 90,
      unit: 'percent',
      for: '5m',
      summary:
        'The backend {{ $labels.backend }} has used {{ $value | humanize }} % of its budget of the day',
      description: 'More than $threshold of the budget of the day for {{ $labels.backend }} is spent.',
      runbook: {
        meaning: 'The backend is near the end of what it may cost today.',
        impact: 'Traffic moves to other backends, or is refused, until midnight.',
        diagnosis: [
          ['What does a request cost there?', 'load_balancer_cost_per_request_usd'],
          ['How much traffic does it take?', 'sum by (backend) (rate(load_balancer_requests_total[15m]))'],
        ],
        mitigation: ['Lower its weight, so that it lasts the day.', 'Raise its budget.'],
      },
    },
    {
      name: 'BackendMonthlyBudgetHigh',
      severity: 'warning',
      expr: 'max by (backend) (load_balancer_monthly_budget_usage_percent) > $threshold',
      threshold: 90,
      unit: 'percent',
      for: '5m',
      summary:
        'The backend {{ $labels.backend }} has used {{ $value | humanize }} % of its budget of the month',
      description: 'More than $threshold of the budget of the month for {{ $labels.backend }} is spent.',
      runbook: {
        meaning: 'The backend is near the end of what it may cost this month.',
        impact: 'Traffic has to move to other backends until the month ends.',
        diagnosis: [
          ['What has it cost, in dollars?', 'max by (backend) (load_balancer_total_cost_usd)'],
          ['What does a request cost there?', 'load_balancer_cost_per_request_usd'],
        ],
        mitigation: ['As for BackendDailyBudgetHigh.'],
      },
    },
  ],
};
