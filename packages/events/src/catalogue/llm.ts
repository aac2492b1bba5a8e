/** Requests to language models, as an application or a proxy makes them. */

import { defaultLlmLatencyBuckets } from './buckets.ts';
import { byBoth, pack } from './family.ts';

/** The families of requests, with the latency buckets of your choice. */
export function llmPack(latencyBuckets: readonly number[] = defaultLlmLatencyBuckets) {
  return pack('llm', byBoth, {
    requests: {
      name: 'llm_requests_total',
      type: 'counter',
      help: 'Requests to language models, every attempt counted, failed ones included.',
      labels: ['provider', 'task_type', 'model'],
    },
    latency: {
      name: 'llm_latency_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'Time from the start of a request to its end.',
      labels: ['provider', 'task_type'],
      buckets: latencyBuckets,
    },
    cost: {
      name: 'llm_cost_usd_total',
      type: 'counter',
      help: 'What requests cost, in US dollars. Requests without a known price add nothing; see cost_unpriced_requests_total.',
      labels: ['provider'],
    },
    tokens: {
      name: 'llm_tokens_used_total',
      type: 'counter',
      help: 'Tokens used. The token types input and output add up to total.',
      labels: ['provider', 'token_type'],
    },
    errors: {
      name: 'llm_errors_total',
      type: 'counter',
      help: 'Requests that failed, by kind of error.',
      labels: ['provider', 'task_type', 'error_type'],
    },
  });
}

/** What is spent and left of the monthly budget. */
export const llmBudgets = pack('llm', byBoth, {
  remaining: {
    name: 'monthly_budget_remaining_usd',
    type: 'gauge',
    help: 'What is left of the budget of the calendar month, in US dollars; negative once it is overspent.',
    labels: ['provider'],
    aggregator: 'last',
  },
  spend: {
    name: 'monthly_spend_usd',
    type: 'gauge',
    help: 'What was spent since the beginning of the calendar month, in US dollars.',
    labels: ['provider'],
    aggregator: 'last',
  },
});
