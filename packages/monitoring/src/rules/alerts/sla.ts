/** What was promised to others, and is not kept. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on agreements. */
export const slaAlerts: AlertGroup = {
  name: 'bellwether-sla',
  title: 'Service level agreements',
  alerts: [
    {
      name: 'SLAViolation_Availability',
      severity: 'critical',
      expr: `1 - sum by (job) (rate(http_requests_total{status=~"5.."}[1h]))
  / sum by (job) (rate(http_requests_total[1h])) < $threshold`,
      threshold: 0.999,
      unit: 'ratio',
      for: '5m',
      summary: 'The availability of {{ $labels.job }} is {{ $value | humanizePercentage }} over an hour',
      description:
        'Less than $threshold of the HTTP requests of an hour were answered without an error of the service.',
      runbook: {
        meaning: 'The share of requests that the service answered is below what was agreed.',
        impact: 'Agreements may call for credits or for a report to those who were promised otherwise.',
        diagnosis: [
          [
            'When was it?',
            '1 - sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m]))',
          ],
          [
            'Which routes?',
            'topk(5, sum by (method, path) (increase(http_requests_total{status=~"5.."}[1h])))',
          ],
        ],
        mitigation: [
          'If it is still going on, follow CriticalErrorRate.',
          'If it is over, note begin, end and cause for the report of the month.',
        ],
      },
    },
    {
      name: 'SLAViolation_Latency',
      severity: 'warning',
      expr: 'histogram_quantile(0.95, sum by (le, job) (rate(http_request_duration_seconds_bucket[1h]))) > $threshold',
      threshold: 0.1,
      unit: 'seconds',
      for: '5m',
      summary:
        'HTTP requests of {{ $labels.job }} took {{ $value | humanizeDuration }} over an hour (95th percentile)',
      description:
        'The 95th percentile of the time of HTTP requests over an hour is above the agreed $threshold.',
      runbook: {
        meaning: 'The service was slower than agreed for most of an hour.',
        impact: 'As for SLAViolation_Availability.',
        diagnosis: [
          [
            'When was it?',
            'histogram_quantile(0.95, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))',
          ],
          [
            'Which routes?',
            'histogram_quantile(0.95, sum by (le, method, path) (rate(http_request_duration_seconds_bucket[1h])))',
          ],
        ],
        mitigation: [
          'If it is still going on, follow HighLatency.',
          'If not, note it for the report of the month.',
        ],
      },
    },
    {
      name: 'SLAComplianceLow',
      severity: 'warning',
      expr: 'min by (job, sla) (load_balancer_sla_compliance_percent) < $threshold',
      threshold: 99,
      unit: 'percent',
      for: '10m',
      summary: 'The agreement {{ $labels.sla }} is kept to {{ $value | humanize }} %',
      description:
        'The compliance with the agreement {{ $labels.sla }} has been below $threshold for ten minutes.',
      runbook: {
        meaning: 'What was measured keeps the agreement too rarely.',
        impact: 'The agreement will be broken over its period if this goes on.',
        diagnosis: [
          ['What is violated?', 'sum by (kind, severity) (increase(load_balancer_sla_violations_total[1h]))'],
          [
            'By which backend is it the response time?',
            'sum by (backend) (increase(load_balancer_sla_response_time_violations_total[1h]))',
          ],
          ['Or errors?', 'sum by (backend) (increase(load_balancer_sla_error_rate_violations_total[1h]))'],
        ],
        mitigation: [
          'Take traffic from the backend that violates it.',
          'If all do, the agreement asks for what this set of backends cannot give.',
        ],
      },
    },
    {
      name: 'SLAViolationsSevere',
      severity: 'warning',
      expr: 'sum by (job, kind) (increase(load_balancer_sla_violations_total{severity=~"critical|high"}[15m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: 'Severe violations of agreements: {{ $labels.kind }}',
      description: 'Agreements on {{ $labels.kind }} were violated severely within a quarter of an hour.',
      runbook: {
        meaning: 'A measurement was far from what was agreed, not just beside it.',
        impact: 'Those who were promised otherwise notice.',
        diagnosis: [
          [
            'By which backends, as to cost?',
            'sum by (backend) (increase(load_balancer_sla_cost_violations_total[15m]))',
          ],
          ['As to quality?', 'sum by (backend) (increase(load_balancer_sla_quality_violations_total[15m]))'],
          [
            'As to availability?',
            'sum by (backend) (increase(load_balancer_sla_availability_violations_total[15m]))',
          ],
        ],
        mitigation: [
          'Lower the weight of the backend, or take it out.',
          'Tell those who were promised otherwise before they ask.',
        ],
      },
    },
  ],
};
