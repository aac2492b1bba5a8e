/** Requests to language models, as an application or a proxy makes them. */

import { pack } from './family.ts';

/** Seconds; from a quick answer to a long generation. */
export const defaultLlmLatencyBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60] as const;

/** The LLM pack, with the latency buckets of your choice. */
export function llmPack(latencyBuckets: readonly number[] = defaultLlmLatencyBuckets) {
  return pack('llm', {
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
