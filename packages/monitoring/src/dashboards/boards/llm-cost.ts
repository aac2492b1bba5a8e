/** What requests cost: the first dashboard to look at. */

import type { BoardDeclaration } from '../board.ts';

/** The dashboard. */
export const llmCost: BoardDeclaration = {
  uid: 'bellwether-llm-cost',
  title: 'Bellwether: LLM cost',
  description: 'What requests to language models cost, how many there are, how long they take.',
  source: 'server',
  variables: ['provider', 'task_type'],
  sections: [
    {
      title: 'In the time range',
      panels: [
        {
          kind: 'stat',
          title: 'Cost',
          description:
            'What the requests of the time range cost. Requests without a known price add nothing.',
          unit: 'currencyUSD',
          width: 6,
          decimals: 2,
          queries: [{ expr: 'sum(increase(llm_cost_usd_total[$__range]))', legend: 'cost' }],
          alerts: ['LLMHourlySpendHigh'],
        },
        {
          kind: 'stat',
          title: 'Requests',
          description: 'Requests of the time range, failed ones and repeated ones included.',
          unit: 'short',
          width: 6,
          decimals: 0,
          queries: [{ expr: 'sum(increase(llm_requests_total[$__range]))', legend: 'requests' }],
        },
        {
          kind: 'stat',
          title: 'Tokens',
          description: 'Input and output tokens of the time range.',
          unit: 'short',
          width: 6,
          queries: [
            { expr: 'sum(increase(llm_tokens_used_total{token_type="total"}[$__range]))', legend: 'tokens' },
          ],
        },
        {
          kind: 'stat',
          title: 'Cost of a request',
          description: 'Mean over the time range, of all task types: cost is not counted by task.',
          unit: 'currencyUSD',
          width: 6,
          decimals: 5,
          queries: [
            {
              expr: 'sum(increase(llm_cost_usd_total[$__range])) / sum(increase(llm_requests_total[$__range]))',
              legend: 'cost of a request',
              ignores: ['task_type'],
            },
          ],
          alerts: ['LLMCostPerRequestHigh'],
        },
      ],
    },
    {
      title: 'Over time',
      panels: [
        {
          kind: 'timeseries',
          title: 'Requests a second',
          description: 'By provider.',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: 'sum by (provider) (rate(llm_requests_total[$__rate_interval]))',
              legend: '{{provider}}',
            },
          ],
          alerts: ['LLMTrafficAbsent'],
        },
        {
          kind: 'timeseries',
          title: 'Dollars an hour',
          description: 'What an hour would cost at the pace of the moment, by provider.',
          unit: 'currencyUSD',
          width: 12,
          stacked: true,
          queries: [
            {
              expr: 'sum by (provider) (rate(llm_cost_usd_total[$__rate_interval])) * 3600',
              legend: '{{provider}}',
            },
          ],
          alerts: ['LLMCostSpike', 'LLMCostAnomaly'],
        },
        {
          kind: 'timeseries',
          title: 'Latency',
          description: 'Median, 95th and 99th percentile of the time from the start of a request to its end.',
          unit: 's',
          width: 12,
          queries: ([0.5, 0.95, 0.99] as const).map((quantile) => ({
            expr: `histogram_quantile(${quantile}, sum by (le) (rate(llm_latency_seconds_bucket[$__rate_interval])))`,
            legend: `p${quantile * 100}`,
          })),
          alerts: ['LLMHighLatency', 'LLMLatencyRegression'],
        },
        {
          kind: 'timeseries',
          title: 'Tokens a minute',
          description: 'Input and output.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: 'sum by (token_type) (rate(llm_tokens_used_total{token_type!="total"}[$__rate_interval])) * 60',
              legend: '{{token_type}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Errors a second',
          description: 'By kind of error.',
          unit: 'reqps',
          width: 12,
          stacked: true,
          queries: [
            {
              expr: 'sum by (error_type) (rate(llm_errors_total[$__rate_interval]))',
              legend: '{{error_type}}',
            },
          ],
          alerts: ['LLMHighErrorRate', 'LLMRateLimited', 'LLMTimeouts'],
        },
        {
          kind: 'gauge',
          title: 'Requests with a known price',
          description: 'All figures of cost are lower bounds by what is missing here.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          max: 1,
          thresholds: [
            [null, 'red'],
            [0.95, 'yellow'],
            [0.99, 'green'],
          ],
          queries: [{ expr: 'min(custom_metrics_cost_precision_ratio)', legend: 'priced' }],
          alerts: ['LLMCostCoverageLow', 'LLMUnpricedRequests'],
        },
      ],
    },
    {
      title: 'Who and what',
      panels: [
        {
          kind: 'piechart',
          title: 'Cost by provider',
          description: 'Of the time range.',
          unit: 'currencyUSD',
          width: 12,
          queries: [
            {
              expr: 'sum by (provider) (increase(llm_cost_usd_total[$__range])) > 0',
              legend: '{{provider}}',
            },
          ],
        },
        {
          kind: 'piechart',
          title: 'Requests by task type',
          description: 'Of the time range.',
          unit: 'short',
          decimals: 0,
          width: 12,
          queries: [
            {
              expr: 'sum by (task_type) (increase(llm_requests_total[$__range])) > 0',
              legend: '{{task_type}}',
            },
          ],
        },
        {
          kind: 'table',
          title: 'Cost by model',
          description: 'Of the time range, of all task types.',
          unit: 'short',
          width: 24,
          queries: [
            {
              expr: 'sum by (provider, model) (increase(cost_model_usd_total[$__range])) > 0',
              legend: 'Cost',
              unit: 'currencyUSD',
            },
            {
              expr: 'sum by (provider, model) (increase(llm_requests_total[$__range])) > 0',
              legend: 'Requests',
              decimals: 0,
              ignores: ['task_type'],
            },
            {
              expr: 'sum by (provider, model) (increase(cost_unpriced_requests_total[$__range])) > 0',
              legend: 'Without a price',
              decimals: 0,
            },
          ],
          alerts: ['LLMUnpricedRequests'],
        },
      ],
    },
  ],
};
