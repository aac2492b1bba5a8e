/** The load balancer: requests by backend, and the state that only the balancer knows. */

import type { BoardDeclaration } from '../board.ts';

/** The dashboard. */
export const loadBalancer: BoardDeclaration = {
  uid: 'bellwether-load-balancer',
  title: 'Bellwether: load balancer',
  description:
    'How requests fall on the backends, how each serves them and what it costs; circuit breakers and pools.',
  source: 'server',
  variables: ['backend'],
  sections: [
    {
      title: 'Requests',
      panels: [
        {
          kind: 'timeseries',
          title: 'Requests a second',
          description: 'Finished requests, by backend.',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: 'sum by (backend) (rate(load_balancer_requests_total[$__rate_interval]))',
              legend: '{{backend}}',
            },
          ],
          alerts: ['LoadImbalance'],
        },
        {
          kind: 'timeseries',
          title: 'Error rate',
          description: 'The share of requests that did not succeed, by backend.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          queries: [
            {
              expr: `(sum by (backend) (rate(load_balancer_requests_total{status!="success"}[$__rate_interval]))
  or 0 * sum by (backend) (rate(load_balancer_requests_total[$__rate_interval])))
/ sum by (backend) (rate(load_balancer_requests_total[$__rate_interval]))`,
              legend: '{{backend}}',
            },
          ],
          alerts: ['BackendHighErrorRate'],
        },
        {
          kind: 'timeseries',
          title: 'Latency',
          description: 'Median, 95th and 99th percentile over all chosen backends.',
          unit: 's',
          width: 12,
          queries: ([0.5, 0.95, 0.99] as const).map((quantile) => ({
            expr: `histogram_quantile(${quantile}, sum by (le) (rate(load_balancer_request_duration_seconds_bucket[$__rate_interval])))`,
            legend: `p${quantile * 100}`,
          })),
          alerts: ['BackendHighLatency'],
        },
        {
          kind: 'timeseries',
          title: '95th percentile by backend',
          description: 'From the start of a request to its end.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_request_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{backend}}',
            },
          ],
          alerts: ['BackendHighLatency'],
        },
      ],
    },
    {
      title: 'Worth',
      panels: [
        {
          kind: 'timeseries',
          title: 'Cost of a request',
          description: 'Mean of the priced requests of the last five minutes.',
          unit: 'currencyUSD',
          width: 8,
          decimals: 5,
          queries: [{ expr: 'max by (backend) (load_balancer_cost_per_request_usd)', legend: '{{backend}}' }],
        },
        {
          kind: 'timeseries',
          title: 'Quality',
          description: 'Mean quality score of the requests of the last five minutes that have one.',
          unit: 'percentunit',
          width: 8,
          max: 1,
          queries: [{ expr: 'min by (backend) (load_balancer_quality_score)', legend: '{{backend}}' }],
          alerts: ['BackendQualityLow'],
        },
        {
          kind: 'timeseries',
          title: 'Evenness',
          description: 'The index of Jain: 1 if each backend took as many requests as the others.',
          unit: 'none',
          width: 8,
          min: 0,
          max: 1,
          queries: [{ expr: 'min(load_balancer_load_distribution_score)', legend: 'evenness' }],
          alerts: ['LoadImbalance'],
        },
      ],
    },
    {
      title: 'Agreements',
      panels: [
        {
          kind: 'stat',
          title: 'Compliance',
          description: 'The share of what was measured that kept the agreement.',
          unit: 'percent',
          width: 12,
          height: 6,
          thresholds: [
            [null, 'red'],
            [95, 'yellow'],
            [99, 'green'],
          ],
          queries: [{ expr: 'min by (sla) (load_balancer_sla_compliance_percent)', legend: '{{sla}}' }],
          alerts: ['SLAComplianceLow'],
          emptyBecause: 'There is no agreement until one is declared.',
        },
        {
          kind: 'timeseries',
          title: 'Violations',
          description: 'In the last hour, by kind.',
          unit: 'short',
          width: 12,
          height: 6,
          min: 0,
          queries: [
            { expr: 'sum by (kind) (increase(load_balancer_sla_violations_total[1h]))', legend: '{{kind}}' },
          ],
          alerts: ['SLAViolationsSevere'],
          emptyBecause: 'There is no agreement until one is declared.',
        },
      ],
    },
    {
      title: 'Inside the balancer',
      panels: [
        {
          kind: 'timeseries',
          title: 'Health',
          description: '1 healthy, 0.5 degraded, 0 unhealthy.',
          unit: 'none',
          width: 8,
          min: 0,
          max: 1,
          queries: [{ expr: 'min by (backend) (load_balancer_backend_health)', legend: '{{backend}}' }],
          alerts: ['BackendUnhealthy', 'NoHealthyBackends'],
        },
        {
          kind: 'timeseries',
          title: 'Circuit breakers',
          description: '0 closed, 1 half open, 2 open.',
          unit: 'none',
          width: 8,
          min: 0,
          max: 2,
          thresholds: [
            [null, 'green'],
            [1, 'yellow'],
            [2, 'red'],
          ],
          queries: [
            { expr: 'max by (backend) (load_balancer_circuit_breaker_state)', legend: '{{backend}}' },
          ],
          alerts: ['CircuitBreakerOpen', 'CircuitBreakerFlapping'],
        },
        {
          kind: 'timeseries',
          title: 'Connections in use',
          description: 'The share of the connections that may be open.',
          unit: 'percent',
          width: 8,
          min: 0,
          max: 100,
          thresholds: [
            [null, 'green'],
            [80, 'orange'],
            [100, 'red'],
          ],
          queries: [
            {
              expr: 'max by (backend) (load_balancer_connection_pool_utilization_percent)',
              legend: '{{backend}}',
            },
          ],
          alerts: ['ConnectionPoolNearlyExhausted', 'ConnectionPoolExhausted'],
        },
        {
          kind: 'timeseries',
          title: 'Requests under way',
          description: 'That the backend is working on.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [{ expr: 'sum by (backend) (load_balancer_active_requests)', legend: '{{backend}}' }],
        },
        {
          kind: 'timeseries',
          title: '95th percentile of the wait for a connection',
          description: 'How long requests waited before the backend took them.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le, backend) (rate(load_balancer_connection_pool_wait_seconds_bucket[$__rate_interval])))',
              legend: '{{backend}}',
            },
          ],
        },
      ],
    },
  ],
};
