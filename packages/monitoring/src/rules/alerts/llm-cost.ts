/** What requests cost. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on cost. */
export const llmCostAlerts: AlertGroup = {
  name: 'bellwether-llm-cost',
  title: 'LLM cost',
  alerts: [
    {
      name: 'LLMCostSpike',
      severity: 'warning',
      expr: `(
    sum by (provider) (rate(llm_cost_usd_total[30m])) * 3600
  > $threshold * sum by (provider) (rate(llm_cost_usd_total[1d] offset 30m)) * 3600
)
and sum by (provider) (rate(llm_cost_usd_total[30m])) * 3600 > 1`,
      threshold: 3,
      unit: 'number',
      for: '15m',
      summary:
        '{{ $labels.provider }} costs {{ $value | printf "%.2f" }} dollars an hour, far more than usual',
      description:
        'For a quarter of an hour {{ $labels.provider }} has cost more than $threshold times the average of the day before, and more than a dollar an hour.',
      runbook: {
        meaning: 'Spend on one provider rose steeply: more requests, longer ones, or a dearer model.',
        impact: 'Money, at the rate that the alert shows.',
        diagnosis: [
          ['Which model?', 'topk(5, sum by (provider, model) (rate(cost_model_usd_total[30m])) * 3600)'],
          [
            'Which team and application?',
            'topk(5, sum by (team, application) (rate(business_cost_usd_total[30m])) * 3600)',
          ],
          ['More requests?', 'sum by (provider) (rate(llm_requests_total[30m]))'],
          [
            'Or longer ones? Tokens a request:',
            'sum by (provider) (rate(llm_tokens_used_total{token_type="total"}[30m])) / sum by (provider) (rate(llm_requests_total[30m]))',
          ],
          ['`bellwether report cost --by team,application,model --hours 1` names the spender exactly.'],
        ],
        mitigation: [
          'Stop the job that runs away, or set a budget for its team.',
          'Send it to a cheaper model.',
          'If it is meant to be, raise the threshold or wait a day: the average follows.',
        ],
      },
    },
    {
      name: 'LLMHourlySpendHigh',
      severity: 'warning',
      expr: 'sum by () (rate(llm_cost_usd_total[15m])) * 3600 > $threshold',
      threshold: 100,
      unit: 'usd_per_hour',
      for: '15m',
      summary: 'LLM requests cost {{ $value | printf "%.2f" }} dollars an hour',
      description: 'All providers together have cost more than $threshold for a quarter of an hour.',
      runbook: {
        meaning: 'Spend is above the limit that was set for an hour, whatever is usual.',
        impact: 'Money, at the rate that the alert shows.',
        diagnosis: [
          ['Which provider?', 'sum by (provider) (rate(llm_cost_usd_total[15m])) * 3600'],
          ['Which model?', 'topk(5, sum by (provider, model) (rate(cost_model_usd_total[15m])) * 3600)'],
        ],
        mitigation: [
          'As for LLMCostSpike.',
          'Set the limit to what an hour may cost you: `--threshold LLMHourlySpendHigh=250`.',
        ],
      },
    },
    {
      name: 'LLMCostPerRequestHigh',
      severity: 'warning',
      expr: 'max by (provider, model) (cost_per_request_usd) > $threshold',
      threshold: 0.5,
      unit: 'usd',
      for: '15m',
      summary: 'A request to {{ $labels.model }} costs {{ $value | printf "%.3f" }} dollars',
      description:
        'The mean cost of a request to {{ $labels.model }} at {{ $labels.provider }} has been above $threshold for a quarter of an hour.',
      runbook: {
        meaning:
          'Requests to this model are dear: long prompts, long answers, much reasoning, or a dear tier.',
        impact: 'Cost without more use.',
        diagnosis: [
          [
            'How many tokens does a request have?',
            'sum by (provider) (rate(llm_tokens_used_total[15m])) / on (provider) group_left () sum by (provider) (rate(llm_requests_total[15m]))',
          ],
          [
            'How much of the output is reasoning?',
            'sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_reasoning_output_tokens_total[15m])) / sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_output_tokens_total[15m]))',
          ],
          [
            'How much of the input came from the provider’s cache?',
            'sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_cache_read_input_tokens_total[15m])) / sum by (gen_ai_request_model) (rate(gen_ai_client_inference_usage_input_tokens_total[15m]))',
          ],
        ],
        mitigation: [
          'Shorten what is sent along each time; let the provider cache it.',
          'Limit reasoning and output.',
          'Use a smaller model for tasks that do not need this one.',
        ],
      },
    },
    {
      name: 'LLMUnpricedRequests',
      severity: 'info',
      expr: 'sum by (provider, model) (increase(cost_unpriced_requests_total[1h])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '15m',
      summary: 'No price is known for {{ $labels.model }} at {{ $labels.provider }}',
      description:
        '{{ $value | humanize }} requests of the last hour have no price, and no figure of cost includes them.',
      runbook: {
        meaning:
          'Neither your rate cards nor the bundled list has a price for the model, or its events say no token counts.',
        impact: 'Cost is higher than what is shown, and budgets do not see it.',
        diagnosis: [
          ['Which models?', 'sum by (provider, model) (increase(cost_unpriced_requests_total[1d])) > 0'],
          [
            'How many tokens are concerned?',
            'sum by (provider, model) (increase(cost_unpriced_tokens_total[1d]))',
          ],
        ],
        mitigation: [
          'Add the model to a rate card, then price past events with `bellwether rerate`.',
          'For a model of your own, describe its machines under `self_hosted`.',
          'Let senders give token counts.',
        ],
      },
    },
    {
      name: 'LLMCostAnomaly',
      severity: 'warning',
      expr: 'sum by (provider) (increase(cost_anomalies_total[1h])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '1m',
      summary: 'The cost of {{ $labels.provider }} left its usual range',
      description:
        'Bellwether’s detector found the cost of {{ $labels.provider }} out of its usual range within the last hour.',
      runbook: {
        meaning: 'Cost is unlike what the same hour of other days lets expect, upwards or downwards.',
        impact: 'Upwards: money. Downwards: perhaps traffic that no longer arrives.',
        diagnosis: [
          [
            'What does it cost now, a dollar an hour?',
            'sum by (provider) (rate(llm_cost_usd_total[30m])) * 3600',
          ],
          ['How many requests are there?', 'sum by (provider) (rate(llm_requests_total[30m]))'],
          ['`bellwether report cost --explain` says whether volume, mix or price moved it.'],
        ],
        mitigation: ['Upwards, as for LLMCostSpike.', 'Downwards, as for LLMTrafficAbsent.'],
      },
    },
    {
      name: 'LLMCostCoverageLow',
      severity: 'info',
      expr: 'min by (job) (custom_metrics_cost_precision_ratio) < $threshold',
      threshold: 0.95,
      unit: 'ratio',
      for: '30m',
      summary: 'Only {{ $value | humanizePercentage }} of requests have a price',
      description:
        'The share of counted requests whose price is known has been below $threshold for half an hour.',
      runbook: {
        meaning: 'A good part of the traffic has no known price.',
        impact: 'All figures of cost are lower bounds.',
        diagnosis: [
          [
            'Which models?',
            'topk(10, sum by (provider, model) (increase(cost_unpriced_requests_total[1d])))',
          ],
        ],
        mitigation: ['As for LLMUnpricedRequests.'],
      },
    },
  ],
};
