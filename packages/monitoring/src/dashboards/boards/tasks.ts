/** Requests by what they are for. */

import type { BoardDeclaration } from '../board.ts';

/** The dashboard. */
export const tasks: BoardDeclaration = {
  uid: 'bellwether-tasks',
  title: 'Bellwether: per task',
  description: 'How much each kind of task asks of the models, and how it is served.',
  source: 'server',
  variables: ['provider', 'task_type'],
  sections: [
    {
      title: 'Use',
      panels: [
        {
          kind: 'timeseries',
          title: 'Requests a second',
          description: 'By task type.',
          unit: 'reqps',
          width: 12,
          stacked: true,
          queries: [
            {
              expr: 'sum by (task_type) (rate(llm_requests_total[$__rate_interval]))',
              legend: '{{task_type}}',
            },
          ],
        },
        {
          kind: 'table',
          title: 'Tasks of the time range',
          description: 'Requests, and which of them failed.',
          unit: 'short',
          width: 12,
          height: 8,
          queries: [
            {
              expr: 'sum by (task_type) (increase(llm_requests_total[$__range])) > 0',
              legend: 'Requests',
              decimals: 0,
            },
            {
              expr: 'sum by (task_type) (increase(llm_errors_total[$__range])) / sum by (task_type) (increase(llm_requests_total[$__range]))',
              legend: 'Failed',
              unit: 'percentunit',
            },
            {
              expr: 'sum by (task_type) (increase(llm_latency_seconds_sum[$__range])) / sum by (task_type) (increase(llm_latency_seconds_count[$__range]))',
              legend: 'Mean latency',
              unit: 's',
            },
          ],
        },
      ],
    },
    {
      title: 'Service',
      panels: [
        ...([0.5, 0.95] as const).map((quantile) => ({
          kind: 'timeseries' as const,
          title: quantile === 0.5 ? 'Median latency' : '95th percentile of latency',
          description: 'From the start of a request to its end, by task type.',
          unit: 's' as const,
          width: 12,
          queries: [
            {
              expr: `histogram_quantile(${quantile}, sum by (le, task_type) (rate(llm_latency_seconds_bucket[$__rate_interval])))`,
              legend: '{{task_type}}',
            },
          ],
          alerts: ['LLMHighLatency'],
        })),
        {
          kind: 'timeseries',
          title: 'Error rate',
          description: 'The share of requests that failed, by task type.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (task_type) (rate(llm_errors_total[$__rate_interval])) / sum by (task_type) (rate(llm_requests_total[$__rate_interval]))',
              legend: '{{task_type}}',
            },
          ],
          alerts: ['LLMHighErrorRate', 'LLMCriticalErrorRate'],
        },
        {
          kind: 'bargauge',
          title: 'Errors by kind',
          description: 'Of the time range.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: 'sort_desc(sum by (task_type, error_type) (increase(llm_errors_total[$__range])) > 0)',
              legend: '{{task_type}}: {{error_type}}',
            },
          ],
        },
      ],
    },
  ],
};
