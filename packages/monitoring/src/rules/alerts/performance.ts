/** What is slower than it should be, before users notice. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on slow parts of a configuration service. */
export const performanceAlerts: AlertGroup = {
  name: 'bellwether-performance',
  title: 'Performance',
  alerts: [
    {
      name: 'SlowConfigOperations',
      severity: 'warning',
      expr: 'histogram_quantile(0.95, sum by (le, job) (rate(config_operation_duration_seconds_bucket{operation="set"}[5m]))) > $threshold',
      threshold: 0.5,
      unit: 'seconds',
      for: '5m',
      summary: 'Setting a value takes {{ $value | humanizeDuration }} (95th percentile)',
      description: 'The 95th percentile of `set` has been above $threshold for five minutes.',
      runbook: {
        meaning:
          'Changing a configuration value takes long: it is encrypted, stored and audited before it is answered.',
        impact: 'Deployments and operators wait. Reads are not affected.',
        diagnosis: [
          [
            'Is it the storage?',
            'histogram_quantile(0.95, sum by (le, operation) (rate(storage_operation_duration_seconds_bucket[5m])))',
          ],
          [
            'Is it the ciphers?',
            'histogram_quantile(0.95, sum by (le, operation) (rate(crypto_operation_duration_seconds_bucket[5m])))',
          ],
          [
            'Is it the audit trail?',
            'histogram_quantile(0.95, sum by (le) (rate(audit_event_processing_duration_seconds_bucket[5m])))',
          ],
          [
            'Are there many more changes than usual?',
            'sum by (environment) (rate(config_operations_total{operation="set"}[5m]))',
          ],
        ],
        mitigation: [
          'Slow down the client that changes values in bulk.',
          'Relieve or replace the slow disk.',
        ],
      },
    },
    {
      name: 'HighCacheEvictionRate',
      severity: 'warning',
      expr: 'sum by (job, tier) (rate(cache_evictions_total[5m])) > $threshold',
      threshold: 100,
      unit: 'number',
      for: '10m',
      summary: 'The cache tier {{ $labels.tier }} gives up {{ $value | humanize }} entries a second',
      description:
        'The cache tier {{ $labels.tier }} has given up more than $threshold entries a second for ten minutes.',
      runbook: {
        meaning:
          'The tier is too small for what is asked of it, so that entries go before they are asked for again.',
        impact: 'The hit rate falls and the tier costs more than it gains.',
        diagnosis: [
          [
            'What is the hit rate?',
            'sum by (tier) (rate(cache_hits_total[5m])) / (sum by (tier) (rate(cache_hits_total[5m])) + sum by (tier) (rate(cache_misses_total[5m])))',
          ],
          ['How many entries are there?', 'sum by (tier) (cache_size_entries)'],
        ],
        mitigation: [
          'Enlarge the tier.',
          'Keep a scan over all values (a list, an export) from going through the cache.',
        ],
      },
    },
    {
      name: 'SlowCryptoOperations',
      severity: 'warning',
      expr: 'histogram_quantile(0.95, sum by (le, job, operation) (rate(crypto_operation_duration_seconds_bucket[5m]))) > $threshold',
      threshold: 0.01,
      unit: 'seconds',
      for: '5m',
      summary:
        'The operation {{ $labels.operation }} takes {{ $value | humanizeDuration }} (95th percentile)',
      description:
        'The 95th percentile of the cryptographic operation {{ $labels.operation }} has been above $threshold for five minutes.',
      runbook: {
        meaning:
          'Ciphers take longer than they should: the processor is busy, values are large, or keys are fetched each time.',
        impact: 'Everything that reads or writes encrypted values is slower.',
        diagnosis: [
          ['How many operations are there?', 'sum by (operation) (rate(crypto_operations_total[5m]))'],
          [
            'Was a key rotated just now, so that values are encrypted anew?',
            'increase(crypto_key_rotations_total[1h])',
          ],
        ],
        mitigation: [
          'Wait until a rotation is through.',
          'Give the process more processor time.',
          'Keep data keys in memory.',
        ],
      },
    },
    {
      name: 'SlowStorageOperations',
      severity: 'warning',
      expr: 'histogram_quantile(0.95, sum by (le, job, operation) (rate(storage_operation_duration_seconds_bucket[5m]))) > $threshold',
      threshold: 0.25,
      unit: 'seconds',
      for: '10m',
      summary:
        'The storage operation {{ $labels.operation }} takes {{ $value | humanizeDuration }} (95th percentile)',
      description:
        'The 95th percentile of the storage operation {{ $labels.operation }} has been above $threshold for ten minutes.',
      runbook: {
        meaning: 'The storage is slow: a busy or failing disk, locks, or a table that lacks an index.',
        impact: 'HTTP requests wait for it.',
        diagnosis: [
          ['Which operations, how many?', 'sum by (operation) (rate(storage_operations_total[5m]))'],
          ['Do any fail?', 'sum by (operation) (rate(storage_errors_total[5m]))'],
          ['On the machine, `iostat -x 5` tells how busy the disk is.'],
        ],
        mitigation: ['End the job that keeps the disk busy.', 'Move the storage to a faster disk.'],
      },
    },
    {
      name: 'SlowPermissionChecks',
      severity: 'info',
      expr: 'histogram_quantile(0.95, sum by (le, job) (rate(rbac_check_duration_seconds_bucket[5m]))) > $threshold',
      threshold: 0.005,
      unit: 'seconds',
      for: '10m',
      summary:
        'Permission checks of {{ $labels.job }} take {{ $value | humanizeDuration }} (95th percentile)',
      description: 'The 95th percentile of permission checks has been above $threshold for ten minutes.',
      runbook: {
        meaning: 'Checks that should take microseconds take milliseconds.',
        impact: 'Each request has at least one of them in its way.',
        diagnosis: [
          [
            'How many checks are there for each request?',
            'sum by (job) (rate(rbac_permission_checks_total[5m])) / sum by (job) (rate(http_requests_total[5m]))',
          ],
          ['How many roles are there?', 'rbac_active_roles_total'],
        ],
        mitigation: [
          'Keep the outcome of a check for the length of a request.',
          'Merge roles that say the same.',
        ],
      },
    },
  ],
};
