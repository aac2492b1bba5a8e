/** The load balancer and its backends. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on backends, breakers and pools. */
export const loadBalancerAlerts: AlertGroup = {
  name: 'bellwether-load-balancer',
  title: 'Load balancer',
  alerts: [
    {
      name: 'BackendUnhealthy',
      severity: 'warning',
      expr: 'min by (job, backend) (load_balancer_backend_health) == 0',
      for: '2m',
      summary: 'The backend {{ $labels.backend }} is unhealthy',
      description: 'Health checks of {{ $labels.backend }} have failed for two minutes.',
      runbook: {
        meaning: 'The balancer keeps requests from the backend.',
        impact: 'The others carry its load.',
        diagnosis: [
          ['How many checks fail?', 'sum by (backend) (rate(load_balancer_health_check_failures_total[5m]))'],
          [
            'How long has it been available of late, in percent?',
            'load_balancer_backend_availability_percent',
          ],
          ['Do the others cope?', 'sum by (backend) (load_balancer_active_requests)'],
        ],
        mitigation: [
          'Restart or replace it.',
          'If it belongs to a provider, look at the provider’s status page.',
        ],
      },
    },
    {
      name: 'CircuitBreakerOpen',
      severity: 'warning',
      expr: 'max by (job, backend) (load_balancer_circuit_breaker_state) == 2',
      for: '1m',
      summary: 'The circuit breaker of {{ $labels.backend }} is open',
      description:
        'For a minute no request has been let through to {{ $labels.backend }}, since too many had failed.',
      runbook: {
        meaning: 'So many requests failed that the balancer spares the backend for a while.',
        impact: 'The others carry its load; requests that only it can serve fail at once.',
        diagnosis: [
          ['Why did they fail?', 'sum by (backend, error_type) (rate(load_balancer_errors_total[10m]))'],
          [
            'How many requests are kept from it?',
            'sum by (backend) (rate(load_balancer_circuit_breaker_rejections_total[5m]))',
          ],
        ],
        mitigation: [
          'It closes by itself when trial requests succeed.',
          'If it does not, the cause is still there: see BackendHighErrorRate.',
        ],
      },
    },
    {
      name: 'CircuitBreakerFlapping',
      severity: 'warning',
      expr: 'sum by (job, backend) (increase(load_balancer_circuit_breaker_trips_total[30m])) > $threshold',
      threshold: 5,
      unit: 'number',
      for: '5m',
      summary: 'The circuit breaker of {{ $labels.backend }} opens again and again',
      description: 'It has opened {{ $value | humanize }} times within half an hour.',
      runbook: {
        meaning: 'The backend recovers under little load and fails again as soon as it gets more.',
        impact: 'Requests fail in waves.',
        diagnosis: [
          ['How do they fail?', 'sum by (backend, error_type) (rate(load_balancer_errors_total[30m]))'],
          ['At which load?', 'sum by (backend) (rate(load_balancer_requests_total[1m]))'],
        ],
        mitigation: [
          'Lower its weight until it holds.',
          'Let the breaker stay open longer.',
          'Raise the rate limit or the size of the backend.',
        ],
      },
    },
    {
      name: 'BackendHighErrorRate',
      severity: 'warning',
      expr: `sum by (backend) (rate(load_balancer_requests_total{status!="success"}[5m]))
  / sum by (backend) (rate(load_balancer_requests_total[5m])) > $threshold
and sum by (backend) (increase(load_balancer_requests_total{status!="success"}[5m])) >= 3`,
      threshold: 0.1,
      unit: 'ratio',
      for: '1m',
      summary: '{{ $value | humanizePercentage }} of the requests of {{ $labels.backend }} do not succeed',
      description:
        'More than $threshold of the requests of five minutes, and at least three of them, did not succeed.',
      runbook: {
        meaning: 'One backend fails more than it should.',
        impact: 'Requests are retried elsewhere, or fail.',
        diagnosis: [
          ['How do they fail?', 'sum by (backend, error_type) (rate(load_balancer_errors_total[5m]))'],
          [
            'Is it slow as well?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_request_duration_seconds_bucket[5m])))',
          ],
          [
            'Do others of the same provider fail too?',
            'sum by (provider, error_type) (rate(llm_errors_total[5m]))',
          ],
        ],
        mitigation: [
          'Take it out, or lower its weight.',
          'If all of one provider fail, follow LLMCriticalErrorRate.',
        ],
      },
    },
    {
      name: 'BackendHighLatency',
      severity: 'warning',
      expr: `histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_request_duration_seconds_bucket[5m]))) > $threshold
and sum by (backend) (increase(load_balancer_request_duration_seconds_count[5m])) >= 10`,
      threshold: 30,
      unit: 'seconds',
      for: '5m',
      summary: 'Requests of {{ $labels.backend }} take {{ $value | humanizeDuration }} (95th percentile)',
      description:
        'The 95th percentile of the duration of requests has been above $threshold for five minutes, over at least ten requests.',
      runbook: {
        meaning: 'The backend is slow.',
        impact: 'Users of the backend wait.',
        diagnosis: [
          [
            'Does it have more to do than others?',
            'sum by (backend) (rate(load_balancer_requests_total[5m]))',
          ],
          [
            'Do requests wait for a connection?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_connection_pool_wait_seconds_bucket[5m])))',
          ],
          ['Is its machine busy?', 'load_balancer_cpu_usage_percent'],
        ],
        mitigation: ['Lower its weight.', 'Let the balancer choose by latency.'],
      },
    },
    {
      name: 'ConnectionPoolNearlyExhausted',
      severity: 'warning',
      expr: 'max by (job, backend) (load_balancer_connection_pool_utilization_percent) > $threshold',
      threshold: 90,
      unit: 'percent',
      for: '5m',
      summary: '{{ $value | humanize }} % of the connections to {{ $labels.backend }} are in use',
      description: 'More than $threshold of the connections have been in use for five minutes.',
      runbook: {
        meaning: 'There is hardly a free connection to the backend.',
        impact: 'Further requests will wait.',
        diagnosis: [
          ['How many wait?', 'load_balancer_connection_pool_queue_length'],
          ['How many connections may there be?', 'load_balancer_pool_size_max'],
          [
            'Do requests take longer than usual?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_request_duration_seconds_bucket[5m])))',
          ],
        ],
        mitigation: ['Enlarge the pool, if the backend can take more.', 'Add a backend.'],
      },
    },
    {
      name: 'ConnectionPoolExhausted',
      severity: 'warning',
      expr: 'sum by (job, backend) (increase(load_balancer_pool_exhaustions_total[5m])) > $threshold',
      threshold: 10,
      unit: 'number',
      for: '2m',
      summary: '{{ $value | humanize }} requests found no free connection to {{ $labels.backend }}',
      description: 'More than $threshold requests of five minutes found every connection in use.',
      runbook: {
        meaning: 'The pool is too small for the traffic, or connections are not given back.',
        impact: 'Requests wait before they even begin.',
        diagnosis: [
          [
            'How long do they wait?',
            'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_connection_pool_wait_seconds_bucket[5m])))',
          ],
          [
            'Are all connections really in use?',
            'load_balancer_pool_size_active / load_balancer_pool_size_max',
          ],
        ],
        mitigation: [
          'As for ConnectionPoolNearlyExhausted.',
          'If active stays high without traffic, connections leak: restart, then look for requests that are never ended.',
        ],
      },
    },
    {
      name: 'LoadImbalance',
      severity: 'info',
      expr: 'min by (job) (load_balancer_load_distribution_score) < $threshold and count by (job) (load_balancer_backend_info) > 1',
      threshold: 0.3,
      unit: 'number',
      for: '15m',
      summary: 'The load of {{ $labels.job }} falls on few backends (score {{ $value | printf "%.2f" }})',
      description:
        'The index of Jain over the known backends has been below $threshold for a quarter of an hour.',
      runbook: {
        meaning: 'A few backends take nearly all requests. With weights on purpose that is right.',
        impact: 'The loaded ones are slow while others idle.',
        diagnosis: [
          [
            'How is it spread?',
            'sum by (backend) (rate(load_balancer_requests_total[5m])) / on () group_left () sum(rate(load_balancer_requests_total[5m]))',
          ],
          ['As it is meant to be?', 'load_balancer_backend_weight'],
          [
            'Which algorithm chose?',
            'sum by (algorithm, backend) (rate(load_balancer_algorithm_selection_total[5m]))',
          ],
        ],
        mitigation: [
          'Correct the weights.',
          'Look for backends that are unhealthy or whose breaker is open.',
        ],
      },
    },
    {
      name: 'BackendQualityLow',
      severity: 'warning',
      expr: 'min by (job, backend) (load_balancer_quality_score) < $threshold',
      threshold: 0.6,
      unit: 'number',
      for: '15m',
      summary: 'The quality of the answers of {{ $labels.backend }} is {{ $value | printf "%.2f" }}',
      description:
        'The mean quality score of the last five minutes has been below $threshold for a quarter of an hour.',
      runbook: {
        meaning: 'Answers are graded worse than they should be.',
        impact: 'Users get poor answers, at full price.',
        diagnosis: [
          ['Which score is it?', 'load_balancer_accuracy_score'],
          ['What do users say?', 'load_balancer_user_satisfaction_score'],
          ['Was another model or prompt deployed? See the annotations of the dashboards.'],
        ],
        mitigation: ['Take the deployment back.', 'Send the task to a model that does it better.'],
      },
    },
  ],
};
