/** How requests to models fail. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on failing requests. */
export const llmErrorAlerts: AlertGroup = {
  name: 'bellwether-llm-errors',
  title: 'LLM errors',
  alerts: [
    {
      name: 'LLMHighErrorRate',
      severity: 'warning',
      expr: `sum by (provider, task_type) (rate(llm_errors_total[5m]))
  / sum by (provider, task_type) (rate(llm_requests_total[5m])) > $threshold
and sum by (provider, task_type) (increase(llm_requests_total[5m])) >= 10`,
      threshold: 0.05,
      unit: 'ratio',
      for: '5m',
      summary:
        '{{ $value | humanizePercentage }} of the requests to {{ $labels.provider }} for {{ $labels.task_type }} fail',
      description: 'More than $threshold of at least ten attempts of five minutes failed.',
      runbook: {
        meaning: 'Attempts fail more often than a provider’s usual blips. Retries may hide it from users.',
        impact: 'Retries cost time and, with some providers, money; some users see failures.',
        diagnosis: [
          ['How do they fail?', 'sum by (provider, error_type) (rate(llm_errors_total[5m]))'],
          ['Which backends?', 'sum by (backend, error_type) (rate(load_balancer_errors_total[5m]))'],
          ['Are they retried with success?', 'sum by (backend) (rate(load_balancer_retries_total[5m]))'],
        ],
        mitigation: [
          '`rate_limit`: see LLMRateLimited. `timeout`: see LLMTimeouts.',
          'Send the task to another provider until this one has recovered.',
        ],
      },
    },
    {
      name: 'LLMCriticalErrorRate',
      severity: 'critical',
      expr: `sum by (provider) (rate(llm_errors_total[5m]))
  / sum by (provider) (rate(llm_requests_total[5m])) > $threshold
and sum by (provider) (increase(llm_requests_total[5m])) >= 10`,
      threshold: 0.25,
      unit: 'ratio',
      for: '2m',
      summary: '{{ $value | humanizePercentage }} of the requests to {{ $labels.provider }} fail',
      description: 'More than $threshold of at least ten attempts of five minutes failed.',
      runbook: {
        meaning:
          'The provider is as good as down for you: an outage, an expired key, a quota that is used up.',
        impact: 'Users see failures now, unless another provider takes over.',
        diagnosis: [
          ['How do they fail?', 'sum by (provider, error_type) (rate(llm_errors_total[5m]))'],
          ['All models of the provider?', 'sum by (provider, model) (rate(llm_requests_total[5m]))'],
          ['Is one backend to blame?', 'topk(3, sum by (backend) (rate(load_balancer_errors_total[5m])))'],
          ['The provider’s status page, and the bill: is the account in good standing?'],
        ],
        mitigation: [
          'Fail over to another provider.',
          'Renew the key, or raise the quota.',
          'Switch off retries that only add load.',
        ],
      },
    },
    {
      name: 'LLMRateLimited',
      severity: 'warning',
      expr: `sum by (provider) (rate(llm_errors_total{error_type="rate_limit"}[10m]))
  / sum by (provider) (rate(llm_requests_total[10m])) > $threshold
and sum by (provider) (increase(llm_requests_total[10m])) >= 20`,
      threshold: 0.05,
      unit: 'ratio',
      for: '10m',
      summary: '{{ $labels.provider }} limits {{ $value | humanizePercentage }} of the requests',
      description: 'More than $threshold of at least 20 attempts of ten minutes were refused for their rate.',
      runbook: {
        meaning: 'You send more requests or tokens a minute than your agreement with the provider allows.',
        impact: 'Requests are late, or fail if they are not retried.',
        diagnosis: [
          ['How many requests a minute?', 'sum by (provider, model) (rate(llm_requests_total[5m])) * 60'],
          [
            'How many tokens a minute?',
            'sum by (provider) (rate(llm_tokens_used_total{token_type="total"}[5m])) * 60',
          ],
          ['Who sends them?', 'topk(5, sum by (team, application) (rate(business_requests_total[5m])) * 60)'],
        ],
        mitigation: [
          'Spread the load over more keys, regions or providers.',
          'Move what can wait to a batch tier.',
          'Ask the provider for a higher limit.',
        ],
      },
    },
    {
      name: 'LLMTimeouts',
      severity: 'warning',
      expr: `sum by (provider) (rate(llm_errors_total{error_type="timeout"}[10m]))
  / sum by (provider) (rate(llm_requests_total[10m])) > $threshold
and sum by (provider) (increase(llm_requests_total[10m])) >= 20`,
      threshold: 0.05,
      unit: 'ratio',
      for: '10m',
      summary: '{{ $value | humanizePercentage }} of the requests to {{ $labels.provider }} time out',
      description:
        'More than $threshold of at least 20 attempts of ten minutes took longer than their senders wait.',
      runbook: {
        meaning: 'Answers take longer than the time-out of the application.',
        impact: 'What the provider has generated until then is paid for and thrown away.',
        diagnosis: [
          [
            'How long do requests take?',
            'histogram_quantile(0.95, sum by (le, provider, task_type) (rate(llm_latency_seconds_bucket[10m])))',
          ],
          [
            'How long are answers?',
            'sum by (provider) (rate(llm_tokens_used_total{token_type="output"}[10m])) / sum by (provider) (rate(llm_requests_total[10m]))',
          ],
        ],
        mitigation: [
          'Raise the time-out for tasks with long answers, or limit the answers.',
          'Stream, and wait for the first token instead of the last.',
        ],
      },
    },
    {
      name: 'LLMBudgetRefusals',
      severity: 'warning',
      expr: 'sum by (provider, task_type) (increase(llm_errors_total{error_type="budget_exceeded"}[15m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: 'Requests to {{ $labels.provider }} are refused since a budget is used up',
      description:
        '{{ $value | humanize }} requests of the kind {{ $labels.task_type }} were refused for their budget within a quarter of an hour.',
      runbook: {
        meaning: 'A budget does what it is for: it is used up, and requests are refused.',
        impact: 'Those who share the budget get nothing until its period ends or it is raised.',
        diagnosis: [
          ['What is left?', 'monthly_budget_remaining_usd'],
          ['Who spends it?', 'topk(5, sum by (team, application) (increase(business_cost_usd_total[1d])))'],
          ['`bellwether budgets list` shows every budget with its period.'],
        ],
        mitigation: [
          'Raise the budget, if whoever pays agrees.',
          'Stop or slow down the largest spender.',
          'Send the traffic to a cheaper model.',
        ],
      },
    },
  ],
};
