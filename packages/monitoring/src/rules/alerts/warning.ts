/** What somebody should look at within the working day. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on a service that does its work badly. */
export const warningAlerts: AlertGroup = {
  name: 'bellwether-warning',
  title: 'Warning',
  alerts: [
    {
      name: 'HighErrorRate',
      severity: 'warning',
      expr: `sum by (job) (rate(http_requests_total{status=~"5.."}[5m]))
  / sum by (job) (rate(http_requests_total[5m])) > $threshold`,
      threshold: 0.05,
      unit: 'ratio',
      for: '5m',
      summary: '{{ $labels.job }} fails {{ $value | humanizePercentage }} of its HTTP requests',
      description:
        'More than $threshold of the HTTP requests of five minutes were answered with a status of 500 or above.',
      runbook: {
        meaning: 'HTTP requests fail more often than usual, for longer than a blip.',
        impact: 'Some users see failures. CriticalErrorRate follows if it gets worse.',
        diagnosis: [
          [
            'Which routes fail?',
            'topk(5, sum by (method, path) (rate(http_requests_total{status=~"5.."}[5m])))',
          ],
          ['Since when? Look at an hour:', 'sum by (job) (rate(http_requests_total{status=~"5.."}[5m]))'],
          [
            'Do operations on values fail too?',
            'sum by (operation, error_type) (rate(config_errors_total[5m]))',
          ],
        ],
        mitigation: [
          'As for CriticalErrorRate, with more time: find the cause before you take anything back.',
        ],
      },
    },
    {
      name: 'HighLatency',
      severity: 'warning',
      expr: 'histogram_quantile(0.95, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m]))) > $threshold',
      threshold: 0.1,
      unit: 'seconds',
      for: '5m',
      summary: 'HTTP requests of {{ $labels.job }} take {{ $value | humanizeDuration }} (95th percentile)',
      description:
        'The 95th percentile of the time of HTTP requests has been above $threshold for five minutes.',
      runbook: {
        meaning: 'One request in twenty takes longer than it should.',
        impact: 'Users wait; callers with short time-outs begin to retry, which adds load.',
        diagnosis: [
          [
            'Which routes are slow?',
            'histogram_quantile(0.95, sum by (le, method, path) (rate(http_request_duration_seconds_bucket[5m])))',
          ],
          [
            'Is the storage slow?',
            'histogram_quantile(0.95, sum by (le, operation) (rate(storage_operation_duration_seconds_bucket[5m])))',
          ],
          [
            'Do caches miss?',
            'sum by (tier) (rate(cache_misses_total[5m])) / (sum by (tier) (rate(cache_hits_total[5m])) + sum by (tier) (rate(cache_misses_total[5m])))',
          ],
          ['Is there simply more traffic?', 'sum by (job) (rate(http_requests_total[5m]))'],
        ],
        mitigation: [
          'Add instances if load grew.',
          'Enlarge the cache tier that misses.',
          'Take back a deployment that came right before.',
        ],
      },
    },
    {
      name: 'LowCacheHitRate',
      severity: 'warning',
      expr: `sum by (job, tier) (rate(cache_hits_total[10m]))
  / (sum by (job, tier) (rate(cache_hits_total[10m])) + sum by (job, tier) (rate(cache_misses_total[10m]))) < $threshold`,
      threshold: 0.7,
      unit: 'ratio',
      for: '15m',
      summary: 'The cache tier {{ $labels.tier }} answers {{ $value | humanizePercentage }} of look-ups',
      description:
        'The hit rate of the cache tier {{ $labels.tier }} has been below $threshold for a quarter of an hour.',
      runbook: {
        meaning: 'Look-ups miss the tier and go on to something slower.',
        impact: 'Latency rises, and so does the load of the storage or of the models behind the cache.',
        diagnosis: [
          ['Does it give up entries to make room?', 'sum by (tier) (rate(cache_evictions_total[10m]))'],
          ['Was it emptied by a restart?', 'min by (instance) (system_uptime_seconds)'],
          ['How large is it?', 'sum by (tier) (cache_size_entries)'],
        ],
        mitigation: [
          'After a restart, wait until it has filled.',
          'With many evictions, enlarge the tier.',
          'With few, look for keys that changed their form, so that nothing is found again.',
        ],
      },
    },
    {
      name: 'StorageNearCapacity',
      severity: 'warning',
      expr: 'max by (job, instance) (storage_size_bytes) > $threshold',
      threshold: 80e9,
      unit: 'bytes',
      for: '10m',
      summary: 'The storage of {{ $labels.instance }} holds {{ $value | humanize }}B',
      description: 'The storage has held more than $threshold for ten minutes.',
      runbook: {
        meaning: 'What is stored comes near to what was planned for.',
        impact: 'None yet. A full disk refuses writes.',
        diagnosis: [
          ['How fast does it grow, in bytes a day?', 'deriv(storage_size_bytes[6h]) * 86400'],
          [
            'When is it at 100 GB, in days?',
            '(100e9 - storage_size_bytes) / (deriv(storage_size_bytes[6h]) * 86400)',
          ],
        ],
        mitigation: [
          'Remove what is past its retention.',
          'Enlarge the volume, and raise the threshold with it: `--threshold StorageNearCapacity=160e9`.',
        ],
      },
    },
    {
      name: 'HighPermissionDenialRate',
      severity: 'warning',
      expr: `sum by (job) (rate(rbac_permission_denials_total[5m]))
  / sum by (job) (rate(rbac_permission_checks_total[5m])) > $threshold`,
      threshold: 0.2,
      unit: 'ratio',
      for: '5m',
      summary: '{{ $labels.job }} denies {{ $value | humanizePercentage }} of permission checks',
      description: 'More than $threshold of the permission checks of five minutes were denied.',
      runbook: {
        meaning:
          'Many checks are denied: a role lost permissions, a client is set up wrongly, or somebody tries doors.',
        impact: 'Rightful users may be locked out. If it is somebody who tries doors, the doors hold so far.',
        diagnosis: [
          [
            'What is denied?',
            'topk(10, sum by (resource, action) (rate(rbac_permission_denials_total[5m])))',
          ],
          ['Who acts more than usual?', 'topk(10, sum by (user) (rate(audit_events_by_user_total[5m])))'],
          ['Were roles changed?', 'changes(rbac_active_roles_total[1h])'],
        ],
        mitigation: [
          'Give a role back what it lost.',
          'Correct or stop the client that asks for what it may not have.',
          'If it looks like an attack, revoke the token and read the audit trail.',
        ],
      },
    },
    {
      name: 'AuditQueueBackup',
      severity: 'warning',
      expr: 'max by (job, instance) (audit_queue_size) > $threshold',
      threshold: 10_000,
      unit: 'number',
      for: '5m',
      summary: '{{ $value | humanize }} audit events of {{ $labels.instance }} wait for the disk',
      description: 'More than $threshold audit events have waited to be written for five minutes.',
      runbook: {
        meaning: 'Audit events come faster than they are written.',
        impact: 'If the process dies now, the record of what waits is lost.',
        diagnosis: [
          [
            'How long does an event take to be on disk?',
            'histogram_quantile(0.95, sum by (le) (rate(audit_event_processing_duration_seconds_bucket[5m])))',
          ],
          ['What is being recorded?', 'topk(5, sum by (event_type) (rate(audit_events_total[5m])))'],
        ],
        mitigation: [
          'Find who causes the flood, and slow it down.',
          'Move the audit trail to a faster disk.',
        ],
      },
    },
    {
      name: 'HighMemoryUsage',
      severity: 'warning',
      expr: 'max by (job, instance) (system_memory_usage_bytes) > $threshold',
      threshold: 8e9,
      unit: 'bytes',
      for: '5m',
      summary: '{{ $labels.instance }} uses {{ $value | humanize }}B of memory',
      description: 'The process has used more than $threshold of memory for five minutes.',
      runbook: {
        meaning: 'The resident memory of the process is above what was planned.',
        impact: 'The kernel may end the process.',
        diagnosis: [
          ['Does it grow steadily (a leak) or in steps (load)?', 'deriv(system_memory_usage_bytes[1h])'],
          ['Did the number of entries in caches grow?', 'sum by (tier) (cache_size_entries)'],
        ],
        mitigation: [
          'Restart one instance after another.',
          'Lower the size of caches, or give it more memory.',
        ],
      },
    },
  ],
};
