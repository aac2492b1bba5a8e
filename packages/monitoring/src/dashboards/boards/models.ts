/** Requests by model: what each costs for what it gives. */

import type { BoardDeclaration } from '../board.ts';

/** The dashboard. */
export const models: BoardDeclaration = {
  uid: 'bellwether-models',
  title: 'Bellwether: per model',
  description: 'What each model costs, how fast it answers, how many tokens it takes and gives.',
  source: 'server',
  variables: ['provider', 'model'],
  sections: [
    {
      title: 'Cost',
      panels: [
        {
          kind: 'timeseries',
          title: 'Dollars an hour',
          description: 'The ten dearest models, at the pace of the moment.',
          unit: 'currencyUSD',
          width: 12,
          stacked: true,
          queries: [
            {
              expr: 'topk(10, sum by (provider, model) (rate(cost_model_usd_total[$__rate_interval])) * 3600)',
              legend: '{{provider}} {{model}}',
            },
          ],
          alerts: ['LLMCostSpike'],
        },
        {
          kind: 'timeseries',
          title: 'Cost of a request',
          description: 'Mean of the priced requests of the last five minutes.',
          unit: 'currencyUSD',
          width: 12,
          decimals: 5,
          queries: [
            { expr: 'max by (provider, model) (cost_per_request_usd)', legend: '{{provider}} {{model}}' },
          ],
          alerts: ['LLMCostPerRequestHigh'],
        },
        {
          kind: 'bargauge',
          title: 'Cost of a million tokens',
          description:
            'Input and output together, of the last five minutes: what is paid, not what a list says.',
          unit: 'currencyUSD',
          width: 12,
          decimals: 2,
          queries: [
            {
              expr: 'sort_desc(max by (provider, model) (cost_per_million_tokens_usd))',
              legend: '{{provider}} {{model}}',
            },
          ],
        },
        {
          kind: 'table',
          title: 'Models of the time range',
          description: 'Requests, cost, and what no cost includes.',
          unit: 'short',
          width: 12,
          height: 8,
          queries: [
            {
              expr: 'sum by (provider, model) (increase(llm_requests_total[$__range])) > 0',
              legend: 'Requests',
              decimals: 0,
            },
            {
              expr: 'sum by (provider, model) (increase(cost_model_usd_total[$__range]))',
              legend: 'Cost',
              unit: 'currencyUSD',
            },
            {
              expr: 'sum by (provider, model) (increase(cost_unpriced_requests_total[$__range])) > 0',
              legend: 'Without a price',
            },
          ],
          alerts: ['LLMUnpricedRequests'],
        },
      ],
    },
    {
      title: 'Tokens',
      panels: [
        {
          kind: 'timeseries',
          title: 'Output tokens a second',
          description: 'By model.',
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: 'sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_output_tokens_total[$__rate_interval]))',
              legend: '{{gen_ai_request_model}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Input from the provider’s cache',
          description: 'The share of input tokens that were read from a cache, which costs a fraction.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_cache_read_input_tokens_total[$__rate_interval]))
  / sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_input_tokens_total[$__rate_interval]))`,
              legend: '{{gen_ai_request_model}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Speed',
      panels: [
        {
          kind: 'timeseries',
          title: 'Median time to the first chunk',
          description: 'Of streamed answers, by model.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'histogram_quantile(0.5, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[$__rate_interval])))',
              legend: '{{gen_ai_request_model}}',
            },
          ],
          alerts: ['LLMSlowFirstToken'],
        },
        {
          kind: 'timeseries',
          title: '95th percentile of the whole answer',
          description: 'By model.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{gen_ai_request_model}}',
            },
          ],
          alerts: ['LLMHighLatency'],
        },
      ],
    },
  ],
};
