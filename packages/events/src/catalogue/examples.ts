/** Queries to begin with, for the reference page. A test has promtool parse each of them. */

import type { Pack } from './family.ts';

/** A question and the PromQL that answers it. */
export interface QueryExample {
  readonly question: string;
  readonly promql: string;
}

/** Queries by pack. */
export const queryExamples: Readonly<Record<Pack, readonly QueryExample[]>> = {
  llm: [
    {
      question: 'Dollars spent on each provider in the last hour',
      promql: 'sum by (provider) (increase(llm_cost_usd_total[1h]))',
    },
    {
      question: 'Mean cost of a request in the last hour',
      promql: 'sum(increase(llm_cost_usd_total[1h])) / sum(increase(llm_requests_total[1h]))',
    },
    {
      question: '95th percentile of the latency of each task type',
      promql: 'histogram_quantile(0.95, sum by (le, task_type) (rate(llm_latency_seconds_bucket[5m])))',
    },
    {
      question: 'Share of failed requests, by provider',
      promql:
        'sum by (provider) (rate(llm_errors_total[5m])) / sum by (provider) (rate(llm_requests_total[5m]))',
    },
  ],
  gen_ai: [
    {
      question: 'Output tokens a second, by model',
      promql: 'sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_output_tokens_total[5m]))',
    },
    {
      question: 'Share of the input tokens that came from a cache',
      promql:
        'sum(rate(gen_ai_client_inference_usage_cache_read_input_tokens_total[1h])) / sum(rate(gen_ai_client_inference_usage_input_tokens_total[1h]))',
    },
    {
      question: 'Median time to the first chunk, by model',
      promql:
        'histogram_quantile(0.5, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[5m])))',
    },
  ],
  model_server: [
    {
      question: 'Output tokens a second of each model server',
      promql: 'sum by (backend, model) (rate(model_server_tokens_total{token_type="output"}[5m]))',
    },
    {
      question: 'Share of requests that failed, by model server',
      promql:
        'sum by (backend) (rate(model_server_requests_total{outcome="error"}[5m])) / sum by (backend) (rate(model_server_requests_total[5m]))',
    },
    {
      question: 'Model servers whose cache is nearly full while requests wait',
      promql:
        'model_server_kv_cache_usage_ratio > 0.9 and on (backend, model) model_server_requests_waiting > 0',
    },
  ],
  load_balancer: [
    {
      question: 'Share of requests that each backend takes',
      promql:
        'sum by (backend) (rate(load_balancer_requests_total[5m])) / on () group_left () sum(rate(load_balancer_requests_total[5m]))',
    },
    {
      question: '99th percentile of the response time of each backend, in seconds',
      promql:
        'histogram_quantile(0.99, sum by (le, backend) (rate(load_balancer_request_duration_seconds_bucket[5m])))',
    },
    {
      question: 'Backends whose circuit breaker is not closed',
      promql: 'load_balancer_circuit_breaker_state > 0',
    },
    {
      question: 'Violations of agreements in the last day, by kind',
      promql: 'sum by (kind) (increase(load_balancer_sla_violations_total[1d]))',
    },
  ],
  platform: [
    {
      question: 'Hit rate of each cache tier over ten minutes',
      promql:
        'sum by (tier) (rate(cache_hits_total[10m])) / (sum by (tier) (rate(cache_hits_total[10m])) + sum by (tier) (rate(cache_misses_total[10m])))',
    },
    {
      question: 'Share of permission checks that were denied',
      promql: 'sum(rate(rbac_permission_denials_total[5m])) / sum(rate(rbac_permission_checks_total[5m]))',
    },
    {
      question: '95th percentile of HTTP requests, by route',
      promql:
        'histogram_quantile(0.95, sum by (le, method, path) (rate(http_request_duration_seconds_bucket[5m])))',
    },
  ],
  business: [
    {
      question: 'Profit of the last day, by team, in dollars',
      promql:
        'sum by (team) (increase(business_revenue_usd_total[1d])) - sum by (team) (increase(business_cost_usd_total[1d]))',
    },
    { question: 'The composite score', promql: 'business_composite_score' },
  ],
  cost: [
    {
      question: 'The five dearest models of the last day',
      promql: 'topk(5, sum by (provider, model) (increase(cost_model_usd_total[1d])))',
    },
    {
      question: 'Models that no price is known for',
      promql: 'sum by (provider, model) (increase(cost_unpriced_requests_total[1d])) > 0',
    },
  ],
  users: [
    { question: 'Active users of the last day', promql: 'users_active{window="24h"}' },
    {
      question: 'Stickiness: users of the last hour among those of the day',
      promql: 'users_active{window="1h"} / ignoring (window) users_active{window="24h"}',
    },
  ],
  framework: [
    {
      question: 'Events a second that are acknowledged',
      promql: 'rate(custom_metrics_events_accepted_total[5m])',
    },
    {
      question: 'Anything the monitoring failed at in the last hour',
      promql: 'sum by (kind) (increase(custom_metrics_errors_total[1h])) > 0',
    },
  ],
};
