/** What will be too small one day. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on growth. */
export const capacityAlerts: AlertGroup = {
  name: 'bellwether-capacity',
  title: 'Capacity',
  alerts: [
    {
      name: 'HighStorageGrowthRate',
      severity: 'warning',
      expr: 'max by (job, instance) (deriv(storage_size_bytes[6h])) * 86400 > $threshold',
      threshold: 10e9,
      unit: 'bytes',
      for: '30m',
      summary: 'The storage of {{ $labels.instance }} grows by {{ $value | humanize }}B a day',
      description: 'At the pace of the last six hours the storage grows by more than $threshold a day.',
      runbook: {
        meaning: 'The storage grows faster than planned.',
        impact: 'None yet; the disk fills sooner than expected.',
        diagnosis: [
          ['What is written?', 'sum by (operation) (rate(storage_operations_total[1h]))'],
          ['Does the number of values grow with it?', 'deriv(config_active_total[6h]) * 86400'],
        ],
        mitigation: [
          'Find the writer and ask whether it means to.',
          'Shorten retention, or enlarge the volume.',
        ],
      },
    },
    {
      name: 'HighConfigurationGrowth',
      severity: 'warning',
      expr: 'max by (job, environment) (deriv(config_active_total[6h])) * 86400 > $threshold',
      threshold: 10_000,
      unit: 'number',
      for: '30m',
      summary: 'The values in force of {{ $labels.environment }} grow by {{ $value | humanize }} a day',
      description:
        'At the pace of the last six hours more than $threshold values a day are added in {{ $labels.environment }}.',
      runbook: {
        meaning: 'Values are added by a program rather than by people.',
        impact: 'Lists and exports become slow; caches hold a smaller part.',
        diagnosis: [
          [
            'How many are set and deleted?',
            'sum by (operation, environment) (rate(config_operations_total[1h]))',
          ],
          ['By whom?', 'topk(5, sum by (user) (rate(audit_events_by_user_total[1h])))'],
        ],
        mitigation: [
          'Keep data that a program produces in a database of its own.',
          'Delete what is no longer in use.',
        ],
      },
    },
    {
      name: 'StorageFillsWithinDays',
      severity: 'warning',
      expr: 'max by (job, instance) (predict_linear(storage_size_bytes[6h], 4 * 86400)) > $threshold',
      threshold: 100e9,
      unit: 'bytes',
      for: '1h',
      summary: 'The storage of {{ $labels.instance }} will hold {{ $value | humanize }}B in four days',
      description: 'A line through the last six hours is above $threshold in four days.',
      runbook: {
        meaning: 'If it goes on like this, the storage is beyond its planned size within four days.',
        impact: 'None yet.',
        diagnosis: [
          ['How large is it now?', 'storage_size_bytes'],
          ['How fast does it grow?', 'deriv(storage_size_bytes[6h]) * 86400'],
        ],
        mitigation: ['Enlarge the volume before the weekend.', 'Remove what is past its retention.'],
      },
    },
    {
      name: 'BackendMemoryHigh',
      severity: 'warning',
      expr: 'max by (job, backend) (load_balancer_memory_usage_percent) > $threshold',
      threshold: 90,
      unit: 'percent',
      for: '10m',
      summary: 'The backend {{ $labels.backend }} uses {{ $value | humanize }} % of its memory',
      description: 'The backend has used more than $threshold of its memory for ten minutes.',
      runbook: {
        meaning: 'The backend is near the memory that it may use.',
        impact: 'It may be ended by the kernel, or begin to swap and answer slowly.',
        diagnosis: [
          ['How many requests is it working on?', 'load_balancer_active_requests'],
          [
            'Did its share of the traffic grow?',
            'sum by (backend) (rate(load_balancer_requests_total[5m])) / on () group_left () sum(rate(load_balancer_requests_total[5m]))',
          ],
        ],
        mitigation: [
          'Lower its weight.',
          'Bound the number of requests at a time, or their length.',
          'Give it more memory.',
        ],
      },
    },
  ],
};
