/**
 * Recording rules: figures that many ask for, computed once. Names are
 * `level:metric:operations`, where the level says by which labels. Two rules have
 * plain names, since queries of old ask for counters without their `_total`.
 */

/** A recording rule. Families are written plainly, as in alerts. */
export interface RecordingDeclaration {
  readonly record: string;
  readonly expr: string;
}

/** Counters under the names that existing queries use. */
export const bareNames: readonly RecordingDeclaration[] = [
  { record: 'llm_cost_usd', expr: 'llm_cost_usd_total' },
  { record: 'llm_tokens_used', expr: 'llm_tokens_used_total' },
];

const quantile = (q: number, by: string, family: string): string =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${family}_bucket[5m])))`;

/** What dashboards of one's own, reports and other rules are likely to ask. */
export const recordings: readonly RecordingDeclaration[] = [
  { record: 'provider:llm_requests:rate5m', expr: 'sum by (provider) (rate(llm_requests_total[5m]))' },
  {
    record: 'provider_model:llm_requests:rate5m',
    expr: 'sum by (provider, model) (rate(llm_requests_total[5m]))',
  },
  {
    record: 'provider:llm_errors_per_request:ratio_rate5m',
    expr: 'sum by (provider) (rate(llm_errors_total[5m])) / sum by (provider) (rate(llm_requests_total[5m]))',
  },
  { record: 'provider:llm_latency_seconds:p95_5m', expr: quantile(0.95, 'provider', 'llm_latency_seconds') },
  {
    record: 'provider_task_type:llm_latency_seconds:p95_5m',
    expr: quantile(0.95, 'provider, task_type', 'llm_latency_seconds'),
  },
  {
    record: 'provider:llm_cost_usd:increase1h',
    expr: 'sum by (provider) (increase(llm_cost_usd_total[1h]))',
  },
  {
    record: 'provider:llm_cost_usd:increase1d',
    expr: 'sum by (provider) (increase(llm_cost_usd_total[1d]))',
  },
  {
    record: 'provider_model:cost_model_usd:increase1h',
    expr: 'sum by (provider, model) (increase(cost_model_usd_total[1h]))',
  },
  {
    record: 'provider:llm_cost_usd_per_request:ratio_increase1h',
    expr: 'sum by (provider) (increase(llm_cost_usd_total[1h])) / sum by (provider) (increase(llm_requests_total[1h]))',
  },
  {
    record: 'provider_token_type:llm_tokens_used:rate5m',
    expr: 'sum by (provider, token_type) (rate(llm_tokens_used_total[5m]))',
  },
  {
    record: 'backend:load_balancer_requests:rate5m',
    expr: 'sum by (backend) (rate(load_balancer_requests_total[5m]))',
  },
  {
    record: 'backend:load_balancer_failures_per_request:ratio_rate5m',
    expr: 'sum by (backend) (rate(load_balancer_requests_total{status!="success"}[5m])) / sum by (backend) (rate(load_balancer_requests_total[5m]))',
  },
  {
    record: 'backend:load_balancer_request_duration_seconds:p95_5m',
    expr: quantile(0.95, 'backend', 'load_balancer_request_duration_seconds'),
  },
  { record: 'job:http_requests:rate5m', expr: 'sum by (job) (rate(http_requests_total[5m]))' },
  {
    record: 'job:http_errors_per_request:ratio_rate5m',
    expr: 'sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m]))',
  },
  {
    record: 'job_method_path:http_request_duration_seconds:p95_5m',
    expr: quantile(0.95, 'job, method, path', 'http_request_duration_seconds'),
  },
  {
    record: 'job_tier:cache_hits_per_lookup:ratio_rate10m',
    expr: `sum by (job, tier) (rate(cache_hits_total[10m]))
  / (sum by (job, tier) (rate(cache_hits_total[10m])) + sum by (job, tier) (rate(cache_misses_total[10m])))`,
  },
  {
    record: 'team_application:business_cost_usd:increase1d',
    expr: 'sum by (team, application) (increase(business_cost_usd_total[1d]))',
  },
  {
    record: 'team_application:business_profit_usd:increase1d',
    expr: 'sum by (team, application) (increase(business_revenue_usd_total[1d])) - sum by (team, application) (increase(business_cost_usd_total[1d]))',
  },
];
