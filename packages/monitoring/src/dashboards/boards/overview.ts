/** How an application with the platform's metrics is: up, busy, wrong, full. */

import type { BoardDeclaration } from '../board.ts';

const UP = 'up{job=~"$job", instance=~"$instance"}';

/** The dashboard. */
export const overview: BoardDeclaration = {
  uid: 'bellwether-overview',
  title: 'Bellwether: overview',
  description: 'How the applications are that record metrics themselves.',
  source: 'application',
  variables: [],
  sections: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Up',
          description: 'The share of targets that Prometheus reaches.',
          unit: 'percentunit',
          width: 6,
          thresholds: [
            [null, 'red'],
            [0.5, 'orange'],
            [1, 'green'],
          ],
          queries: [{ expr: `avg(${UP})`, legend: 'up' }],
          alerts: ['ServiceDown', 'ServiceAbsent'],
        },
        {
          kind: 'stat',
          title: 'Uptime',
          description: 'Since the process that was started last has started.',
          unit: 's',
          width: 6,
          queries: [{ expr: 'min(system_uptime_seconds)', legend: 'uptime' }],
        },
        {
          kind: 'stat',
          title: 'Requests a second',
          description: 'HTTP requests that were answered.',
          unit: 'reqps',
          width: 6,
          queries: [{ expr: 'sum(rate(http_requests_total[$__rate_interval]))', legend: 'requests' }],
        },
        {
          kind: 'stat',
          title: 'Error rate',
          description: 'The share of HTTP requests that were answered with a status from 500 on.',
          unit: 'percentunit',
          width: 6,
          thresholds: [
            [null, 'green'],
            [0.05, 'orange'],
            [0.1, 'red'],
          ],
          queries: [
            {
              expr: '(sum(rate(http_requests_total{status=~"5.."}[$__rate_interval])) or vector(0)) / sum(rate(http_requests_total[$__rate_interval]))',
              legend: 'errors',
            },
          ],
          alerts: ['HighErrorRate', 'CriticalErrorRate', 'SLAViolation_Availability'],
        },
      ],
    },
    {
      title: 'HTTP',
      panels: [
        {
          kind: 'timeseries',
          title: 'Requests by method',
          description: 'HTTP requests a second.',
          unit: 'reqps',
          width: 12,
          queries: [
            { expr: 'sum by (method) (rate(http_requests_total[$__rate_interval]))', legend: '{{method}}' },
          ],
        },
        {
          kind: 'timeseries',
          title: '95th percentile by endpoint',
          description: 'From the arrival of a request to the end of its answer.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: 'histogram_quantile(0.95, sum by (le, method, path) (rate(http_request_duration_seconds_bucket[$__rate_interval])))',
              legend: '{{method}} {{path}}',
            },
          ],
          alerts: ['HighLatency', 'SLAViolation_Latency'],
        },
      ],
    },
    {
      title: 'Configuration, permissions, audit',
      panels: [
        {
          kind: 'timeseries',
          title: 'Cache hit rate by tier',
          description: 'The share of look-ups that the tier answered.',
          unit: 'percentunit',
          width: 8,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `sum by (tier) (rate(cache_hits_total[$__rate_interval]))
  / (sum by (tier) (rate(cache_hits_total[$__rate_interval])) + sum by (tier) (rate(cache_misses_total[$__rate_interval])))`,
              legend: '{{tier}}',
            },
          ],
          alerts: ['LowCacheHitRate'],
        },
        {
          kind: 'stat',
          title: 'Active configurations',
          description: 'Values that are in force, in all environments.',
          unit: 'short',
          width: 8,
          height: 8,
          queries: [{ expr: 'sum(config_active_total)', legend: 'active' }],
          alerts: ['HighConfigurationGrowth'],
        },
        {
          kind: 'piechart',
          title: 'Operations',
          description: 'On configuration values, of the time range.',
          unit: 'short',
          width: 8,
          queries: [
            {
              expr: 'sum by (operation) (increase(config_operations_total[$__range])) > 0',
              legend: '{{operation}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Permission checks',
          description: 'A second, by result.',
          unit: 'ops',
          width: 8,
          queries: [
            {
              expr: 'sum by (result) (rate(rbac_permission_checks_total[$__rate_interval]))',
              legend: '{{result}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Denial rate',
          description: 'The share of permission checks that were denied.',
          unit: 'percentunit',
          width: 8,
          min: 0,
          queries: [
            {
              expr: 'sum(rate(rbac_permission_denials_total[$__rate_interval])) / sum(rate(rbac_permission_checks_total[$__rate_interval]))',
              legend: 'denied',
            },
          ],
          alerts: ['HighPermissionDenialRate'],
        },
        {
          kind: 'timeseries',
          title: 'Audit events',
          description: 'A second, by what was done.',
          unit: 'ops',
          width: 8,
          queries: [
            {
              expr: 'sum by (event_type) (rate(audit_events_total[$__rate_interval]))',
              legend: '{{event_type}}',
            },
          ],
          alerts: ['AuditTrailSilent'],
        },
      ],
    },
    {
      title: 'Room',
      panels: [
        {
          kind: 'timeseries',
          title: 'Storage size',
          description: 'What is stored.',
          unit: 'bytes',
          width: 12,
          min: 0,
          queries: [{ expr: 'sum by (instance) (storage_size_bytes)', legend: '{{instance}}' }],
          alerts: ['StorageNearCapacity', 'StorageFillsWithinDays', 'HighStorageGrowthRate'],
        },
        {
          kind: 'timeseries',
          title: 'Memory',
          description: 'Resident memory of the process.',
          unit: 'bytes',
          width: 12,
          min: 0,
          queries: [{ expr: 'sum by (instance) (system_memory_usage_bytes)', legend: '{{instance}}' }],
          alerts: ['HighMemoryUsage'],
        },
      ],
    },
  ],
};
