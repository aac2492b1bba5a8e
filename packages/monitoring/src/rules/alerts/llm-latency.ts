/** How long models take. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on the latency of models. */
export const llmLatencyAlerts: AlertGroup = {
  name: 'bellwether-llm-latency',
  title: 'LLM latency',
  alerts: [
    {
      name: 'LLMHighLatency',
      severity: 'warning',
      expr: `histogram_quantile(0.95, sum by (le, provider, task_type) (rate(llm_latency_seconds_bucket[5m]))) > $threshold
and sum by (provider, task_type) (increase(llm_latency_seconds_count[5m])) >= 10`,
      threshold: 30,
      unit: 'seconds',
      for: '5m',
      summary:
        '{{ $labels.provider }} takes {{ $value | humanizeDuration }} for {{ $labels.task_type }} (95th percentile)',
      description:
        'The 95th percentile of requests of the kind {{ $labels.task_type }} to {{ $labels.provider }} has been above $threshold for five minutes, over at least ten requests.',
      runbook: {
        meaning: 'One request in twenty takes longer than people wait.',
        impact: 'Users give up; time-outs and retries add cost.',
        diagnosis: [
          [
            'Which backends?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_request_duration_seconds_bucket[5m])))',
          ],
          [
            'Is it the first token or the length of the answer?',
            'histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[5m])))',
          ],
          [
            'Do requests wait for a connection?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_connection_pool_wait_seconds_bucket[5m])))',
          ],
          ['The provider’s status page.'],
        ],
        mitigation: [
          'Send the task to another provider, model or region.',
          'Limit the length of answers.',
          'Raise the threshold for tasks that are meant to be long.',
        ],
      },
    },
    {
      name: 'LLMLatencyRegression',
      severity: 'warning',
      expr: `(
    sum by (provider, task_type) (rate(llm_latency_seconds_sum[15m])) / sum by (provider, task_type) (rate(llm_latency_seconds_count[15m]))
  > $threshold * sum by (provider, task_type) (rate(llm_latency_seconds_sum[1d] offset 15m)) / sum by (provider, task_type) (rate(llm_latency_seconds_count[1d] offset 15m))
)
and sum by (provider, task_type) (increase(llm_latency_seconds_count[15m])) >= 20`,
      threshold: 2,
      unit: 'number',
      for: '10m',
      summary:
        '{{ $labels.provider }} takes {{ $value | humanizeDuration }} for {{ $labels.task_type }}, far longer than yesterday',
      description:
        'For ten minutes the mean latency has been more than $threshold times that of the day before, over at least 20 requests.',
      runbook: {
        meaning: 'The provider became slower, prompts or answers became longer, or another model is in use.',
        impact: 'Users notice, even where no absolute limit is reached.',
        diagnosis: [
          [
            'Did answers become longer? Output tokens a request:',
            'sum by (provider) (rate(llm_tokens_used_total{token_type="output"}[15m])) / sum by (provider) (rate(llm_requests_total[15m]))',
          ],
          ['Did the mix of models change?', 'sum by (provider, model) (rate(llm_requests_total[15m]))'],
          ['Was something deployed? See the annotations of the dashboards.'],
        ],
        mitigation: [
          'Take back a deployment that made prompts or answers longer.',
          'Otherwise as for LLMHighLatency.',
        ],
      },
    },
    {
      name: 'LLMSlowFirstToken',
      severity: 'warning',
      expr: `histogram_quantile(0.95, sum by (le, gen_ai_provider_name, gen_ai_request_model) (rate(gen_ai_client_operation_time_to_first_chunk_seconds_bucket[5m]))) > $threshold
and sum by (gen_ai_provider_name, gen_ai_request_model) (increase(gen_ai_client_operation_time_to_first_chunk_seconds_count[5m])) >= 10`,
      threshold: 5.12,
      unit: 'seconds',
      for: '10m',
      summary:
        '{{ $labels.gen_ai_request_model }} begins to answer after {{ $value | humanizeDuration }} (95th percentile)',
      description:
        'The 95th percentile of the time to the first chunk of {{ $labels.gen_ai_request_model }} has been above $threshold for ten minutes, over at least ten answers.',
      runbook: {
        meaning:
          'Requests wait in the provider’s queue, or prompts are so long that reading them takes time.',
        impact: 'People who watch an answer appear see nothing for seconds.',
        diagnosis: [
          [
            'How long are prompts?',
            'histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_token_usage_bucket{gen_ai_token_type="input"}[5m])))',
          ],
          [
            'How much of them comes from the cache?',
            'sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_cache_read_input_tokens_total[5m])) / sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_input_tokens_total[5m]))',
          ],
        ],
        mitigation: [
          'Put what does not change at the beginning of prompts, so that it is cached.',
          'Use another region or a priority tier.',
        ],
      },
    },
    {
      name: 'LLMTrafficAbsent',
      severity: 'warning',
      expr: `sum by (provider) (rate(llm_requests_total[15m])) == 0
and sum by (provider) (increase(llm_requests_total[1h] offset 15m)) > $threshold`,
      threshold: 60,
      unit: 'number',
      for: '5m',
      summary: 'No request to {{ $labels.provider }} for a quarter of an hour',
      description: 'There were more than $threshold requests in the hour before, and none since.',
      runbook: {
        meaning: 'Requests stopped: applications are down, route elsewhere, or no longer report.',
        impact: 'Either users get nothing, or you see nothing.',
        diagnosis: [
          ['Do events still arrive?', 'sum by (job) (rate(custom_metrics_events_accepted_total[15m]))'],
          ['Are they refused?', 'sum by (code) (rate(custom_metrics_requests_refused_total[15m]))'],
          ['Are applications up?', 'up'],
        ],
        mitigation: [
          'If applications work and do not report, look at their shipper: address, token, queue.',
          'If they are down, that is the incident.',
        ],
      },
    },
  ],
};
