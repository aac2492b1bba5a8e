/** Scenarios of the alerts on requests to models: cost, latency, errors, budgets. */

import type { Scenario, ScenarioSeries } from './scenario.ts';

const openai = { provider: 'openai' };
const chat = { ...openai, task_type: 'generation' };
const of = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
const DAY = 288; // intervals of five minutes

const requests = (quiet: number, wrong: number): ScenarioSeries => [
  `llm_requests_total{${of(chat)},model="m"}`,
  quiet,
  wrong,
];
const errors = (type: string, quiet: number, wrong: number): ScenarioSeries => [
  `llm_errors_total{${of(chat)},error_type="${type}"}`,
  quiet,
  wrong,
];

/** By the name of the alert. */
export const llmScenarios: Readonly<Record<string, Scenario>> = {
  LLMCostSpike: {
    intervalMinutes: 5,
    phases: [DAY + 12, 12, 24],
    // A second provider rises as steeply, but to less than a dollar an hour.
    series: [
      ['llm_cost_usd_total{provider="openai"}', 0.5, 2.5],
      ['llm_cost_usd_total{provider="google"}', 0.01, 0.05],
    ],
    labels: openai,
    shown: '30.00',
  },
  LLMHourlySpendHigh: {
    series: [
      ['llm_cost_usd_total{provider="openai"}', 1, 2],
      ['llm_cost_usd_total{provider="google"}', 0.5, 0.5],
    ],
    labels: {},
    shown: '150.00',
  },
  LLMCostPerRequestHigh: {
    series: [['cost_per_request_usd{provider="openai",model="m"}', 0.5, 0.75]],
    labels: { ...openai, model: 'm' },
    shown: '0.750',
  },
  LLMUnpricedRequests: {
    series: [['cost_unpriced_requests_total{provider="openai",model="m"}', 0, 2]],
    phases: [70, 70, 90],
    labels: { ...openai, model: 'm' },
    shown: '120',
  },
  LLMCostAnomaly: {
    series: [['cost_anomalies_total{provider="openai"}', 0, 1]],
    labels: openai,
  },
  LLMCostCoverageLow: {
    series: [['custom_metrics_cost_precision_ratio', 0.95, 0.9]],
    labels: { job: 'custom-metrics' },
    shown: '90%',
  },
  LLMHighLatency: {
    series: [
      [`llm_latency_seconds_bucket{${of(chat)},le="30"}`, 95, 90],
      [`llm_latency_seconds_bucket{${of(chat)},le="60"}`, 100, 100],
      [`llm_latency_seconds_bucket{${of(chat)},le="+Inf"}`, 100, 100],
      [`llm_latency_seconds_count{${of(chat)}}`, 100, 100],
      // Another task is as slow, on one request a minute.
      ['llm_latency_seconds_bucket{provider="openai",task_type="vision",le="60"}', 0, 0],
      ['llm_latency_seconds_bucket{provider="openai",task_type="vision",le="+Inf"}', 1, 1],
      ['llm_latency_seconds_count{provider="openai",task_type="vision"}', 1, 1],
    ],
    labels: chat,
    shown: '45s',
  },
  LLMLatencyRegression: {
    intervalMinutes: 5,
    phases: [DAY + 12, 12, 24],
    // The other task has too few requests to judge.
    series: [
      [`llm_latency_seconds_sum{${of(chat)}}`, 20, 50],
      [`llm_latency_seconds_count{${of(chat)}}`, 10, 10],
      ['llm_latency_seconds_sum{provider="openai",task_type="vision"}', 10, 50],
      ['llm_latency_seconds_count{provider="openai",task_type="vision"}', 5, 5],
    ],
    labels: chat,
    shown: '5s',
  },
  LLMSlowFirstToken: {
    series: [
      [
        'gen_ai_client_operation_time_to_first_chunk_seconds_bucket{gen_ai_provider_name="openai",gen_ai_request_model="m",le="5.12"}',
        95,
        90,
      ],
      [
        'gen_ai_client_operation_time_to_first_chunk_seconds_bucket{gen_ai_provider_name="openai",gen_ai_request_model="m",le="10.24"}',
        100,
        100,
      ],
      [
        'gen_ai_client_operation_time_to_first_chunk_seconds_bucket{gen_ai_provider_name="openai",gen_ai_request_model="m",le="+Inf"}',
        100,
        100,
      ],
      [
        'gen_ai_client_operation_time_to_first_chunk_seconds_count{gen_ai_provider_name="openai",gen_ai_request_model="m"}',
        100,
        100,
      ],
    ],
    labels: { gen_ai_provider_name: 'openai', gen_ai_request_model: 'm' },
    shown: '7.68s',
  },
  LLMTrafficAbsent: {
    // The other provider never had much to do.
    phases: [90, 30, 90],
    series: [requests(2, 0), ['llm_requests_total{provider="google",task_type="vision",model="g"}', 1, 0]],
    labels: openai,
  },
  LLMHighErrorRate: {
    // Another task fails entirely, on one request a minute.
    series: [
      requests(100, 100),
      errors('api_error', 5, 10),
      ['llm_requests_total{provider="openai",task_type="vision",model="m"}', 1, 1],
      ['llm_errors_total{provider="openai",task_type="vision",error_type="api_error"}', 1, 1],
    ],
    labels: chat,
    shown: '10%',
  },
  LLMCriticalErrorRate: {
    // The other provider fails entirely, on one request a minute.
    series: [
      requests(100, 100),
      errors('api_error', 25, 50),
      ['llm_requests_total{provider="google",task_type="vision",model="g"}', 1, 1],
      ['llm_errors_total{provider="google",task_type="vision",error_type="api_error"}', 1, 1],
    ],
    labels: openai,
    shown: '50%',
  },
  LLMRateLimited: {
    series: [requests(100, 100), errors('rate_limit', 5, 20), errors('timeout', 50, 50)],
    labels: openai,
    shown: '20%',
  },
  LLMTimeouts: {
    series: [requests(100, 100), errors('timeout', 5, 20), errors('rate_limit', 50, 50)],
    labels: openai,
    shown: '20%',
  },
  LLMBudgetRefusals: {
    series: [errors('budget_exceeded', 0, 1), errors('api_error', 1, 1)],
    labels: chat,
    shown: '15',
  },
  LLMBudgetLow: {
    series: [
      ['monthly_budget_remaining_usd{provider="openai"}', 20, 15],
      ['monthly_spend_usd{provider="openai"}', 80, 85],
    ],
    labels: openai,
    shown: '15%',
  },
  LLMBudgetExhausted: {
    series: [['monthly_budget_remaining_usd{provider="openai"}', 0.01, -1.5]],
    labels: openai,
    shown: '-1.50',
  },
  LLMBudgetWillBeExceeded: {
    // Time begins on 1 January 1970: on the second day 29 more remain.
    intervalMinutes: 5,
    phases: [320, 60, 20],
    series: [
      ['monthly_budget_remaining_usd{provider="openai"}', 29 * 144, 2900],
      ['llm_cost_usd_total{provider="openai"}', 0.5, 0.5],
    ],
    labels: openai,
    shown: '-1276.00',
  },
  BackendDailyBudgetHigh: {
    series: [['load_balancer_daily_budget_usage_percent{backend="one"}', 90, 95]],
    labels: { backend: 'one' },
    shown: '95',
  },
  BackendMonthlyBudgetHigh: {
    series: [['load_balancer_monthly_budget_usage_percent{backend="one"}', 90, 95]],
    labels: { backend: 'one' },
    shown: '95',
  },
};
