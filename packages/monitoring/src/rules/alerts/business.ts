/** What the traffic is worth. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on worth and users. */
export const businessAlerts: AlertGroup = {
  name: 'bellwether-business',
  title: 'Business',
  alerts: [
    {
      name: 'NegativeROI',
      severity: 'warning',
      expr: 'min by (job) (business_roi_ratio) < $threshold',
      threshold: 0,
      unit: 'ratio',
      for: '1h',
      summary: 'Requests cost more than they bring in (ROI {{ $value | humanizePercentage }})',
      description: 'The return on investment has been below $threshold for an hour.',
      runbook: {
        meaning: 'Revenue of the requests since the start of the server is below their cost.',
        impact: 'Each further request loses money.',
        diagnosis: [
          [
            'Which teams lose?',
            'sum by (team, application) (rate(business_revenue_usd_total[1h])) - sum by (team, application) (rate(business_cost_usd_total[1h])) < 0',
          ],
          ['What does a request cost and bring?', 'business_cost_per_request_usd'],
          ['Do requests carry their revenue? If not, `business_intelligence.revenue_per_request` is used.'],
        ],
        mitigation: [
          'Use cheaper models where the revenue is small.',
          'Set the revenue per request to what it is.',
        ],
      },
    },
    {
      name: 'LowUserSatisfaction',
      severity: 'warning',
      expr: 'min by (application) (users_satisfaction_score) < $threshold and on (application) sum by (application) (increase(users_ratings_total[1d])) >= 20',
      threshold: 0.6,
      unit: 'number',
      for: '1h',
      summary: 'Users of {{ $labels.application }} rate it {{ $value | printf "%.2f" }} of 1',
      description:
        'The mean satisfaction score of a day, over at least 20 ratings, has been below $threshold for an hour.',
      runbook: {
        meaning: 'Users say that answers do not help them.',
        impact: 'They stop using the application.',
        diagnosis: [
          ['How many rated?', 'sum by (application) (increase(users_ratings_total[1d]))'],
          [
            'Is it slow?',
            'histogram_quantile(0.95, sum by (le, task_type) (rate(llm_latency_seconds_bucket[1h])))',
          ],
          [
            'Does it fail?',
            'sum by (task_type) (rate(llm_errors_total[1h])) / sum by (task_type) (rate(llm_requests_total[1h]))',
          ],
        ],
        mitigation: [
          'Compare with the day of the last deployment, and take it back if it is to blame.',
          'Read a sample of poor ratings with the owner of the application.',
        ],
      },
    },
    {
      name: 'CompositeScoreLow',
      severity: 'info',
      expr: 'min by (job) (business_composite_score) < $threshold',
      threshold: 0.5,
      unit: 'number',
      for: '1h',
      summary: 'The composite score is {{ $value | printf "%.2f" }}',
      description:
        'The weighted mean of satisfaction, performance and cost efficiency has been below $threshold for an hour.',
      runbook: {
        meaning: 'Satisfaction, success and cost efficiency together are poor.',
        impact: 'None by itself: it sums up what other alerts say.',
        diagnosis: [
          ['Satisfaction:', 'business_satisfaction_score'],
          ['Cost efficiency, by model:', 'cost_efficiency_score'],
          ['Success:', '1 - sum(rate(llm_errors_total[1h])) / sum(rate(llm_requests_total[1h]))'],
        ],
        mitigation: ['Act on the part that is lowest.'],
      },
    },
    {
      name: 'UserActivityDrop',
      severity: 'warning',
      expr: `max by (job) (users_active{window="1h"}) < $threshold * max by (job) (users_active{window="1h"} offset 1d)
and max by (job) (users_active{window="1h"} offset 1d) >= 20`,
      threshold: 0.3,
      unit: 'ratio',
      for: '30m',
      summary: '{{ $value | humanize }} users were active within the last hour, far fewer than a day before',
      description:
        'For half an hour there have been less than $threshold of the users of the same hour a day before.',
      runbook: {
        meaning: 'Users stay away: a weekend, a holiday, or an application that does not work.',
        impact: 'If it is no holiday, users cannot work.',
        diagnosis: [
          ['Which applications?', 'users_application_active'],
          ['Do requests fail?', 'sum by (error_type) (rate(llm_errors_total[30m]))'],
          ['Do events still arrive?', 'sum by (job) (rate(custom_metrics_events_accepted_total[15m]))'],
        ],
        mitigation: [
          'Mute it on weekends in Alertmanager, if yours are quiet.',
          'Otherwise follow the alerts that fire beside it.',
        ],
      },
    },
    {
      name: 'CostSavingsOpen',
      severity: 'info',
      expr: 'sum by (kind) (cost_optimization_savings_usd) > $threshold',
      threshold: 100,
      unit: 'usd',
      for: '1d',
      summary: '{{ $value | printf "%.0f" }} dollars a month could be saved: {{ $labels.kind }}',
      description:
        'Recommendations of the kind {{ $labels.kind }} that would save more than $threshold a month have stood for a day.',
      runbook: {
        meaning: 'Bellwether sees a way to do the same for less, and nobody has taken it.',
        impact: 'Money, every month.',
        diagnosis: [
          ['How many recommendations?', 'sum by (kind) (cost_optimization_recommendations)'],
          [
            'Which models cost most?',
            'topk(5, sum by (provider, model) (increase(cost_model_usd_total[1d])))',
          ],
        ],
        mitigation: ['Act on the recommendation, or raise the threshold to what is worth your time.'],
      },
    },
  ],
};
