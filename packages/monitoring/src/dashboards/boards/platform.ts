/** The configuration platform: its operations, caches, permissions, audit trail, storage and ciphers. */

import type { BoardDeclaration, PanelDeclaration } from '../board.ts';

/** A panel with the 95th percentile of a histogram. */
function percentile(
  title: string,
  family: string,
  by: string,
  alerts: readonly string[] = [],
): PanelDeclaration {
  const labels = ['le', ...(by === '' ? [] : [by])].join(', ');
  return {
    kind: 'timeseries',
    title,
    description: '95th percentile of how long it took.',
    unit: 's',
    width: 12,
    queries: [
      {
        expr: `histogram_quantile(0.95, sum by (${labels}) (rate(${family}_bucket[$__rate_interval])))`,
        legend: by === '' ? 'p95' : `{{${by}}}`,
      },
    ],
    alerts,
  };
}

/** The dashboard. */
export const platform: BoardDeclaration = {
  uid: 'bellwether-platform',
  title: 'Bellwether: configuration platform',
  description: 'A configuration service: values, caches, permissions, audit trail, storage and ciphers.',
  source: 'application',
  variables: [],
  sections: [
    {
      title: 'Values',
      panels: [
        {
          kind: 'timeseries',
          title: 'Operations',
          description: 'A second, by operation.',
          unit: 'ops',
          width: 12,
          queries: [
            {
              expr: 'sum by (operation) (rate(config_operations_total[$__rate_interval]))',
              legend: '{{operation}}',
            },
          ],
          alerts: ['UnusualAccessPattern'],
        },
        percentile('Duration of operations', 'config_operation_duration_seconds', 'operation', [
          'SlowConfigOperations',
        ]),
        {
          kind: 'timeseries',
          title: 'Failed operations',
          description: 'A second, by kind of error.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (operation, error_type) (rate(config_errors_total[$__rate_interval]))',
              legend: '{{operation}}: {{error_type}}',
            },
          ],
        },
        {
          kind: 'timeseries',
          title: 'Values in force',
          description: 'In all environments.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [{ expr: 'sum by (instance) (config_active_total)', legend: '{{instance}}' }],
          alerts: ['HighConfigurationGrowth'],
        },
      ],
    },
    {
      title: 'Caches',
      panels: [
        {
          kind: 'timeseries',
          title: 'Evictions',
          description: 'A second, by tier.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            { expr: 'sum by (tier) (rate(cache_evictions_total[$__rate_interval]))', legend: '{{tier}}' },
          ],
          alerts: ['HighCacheEvictionRate'],
          emptyBecause: 'A cache that has room gives nothing up.',
        },
        {
          kind: 'timeseries',
          title: 'Entries',
          description: 'By tier.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [{ expr: 'sum by (tier) (cache_size_entries)', legend: '{{tier}}' }],
        },
        percentile('Duration of cache operations', 'cache_operation_duration_seconds', 'tier'),
        {
          kind: 'gauge',
          title: 'Hit ratio',
          description: 'Since the start, by tier.',
          unit: 'percentunit',
          width: 12,
          min: 0,
          max: 1,
          thresholds: [
            [null, 'red'],
            [0.7, 'green'],
          ],
          queries: [{ expr: 'min by (tier) (cache_hit_ratio)', legend: '{{tier}}' }],
          alerts: ['LowCacheHitRate'],
        },
      ],
    },
    {
      title: 'Permissions and audit trail',
      panels: [
        percentile('Duration of permission checks', 'rbac_check_duration_seconds', '', [
          'SlowPermissionChecks',
        ]),
        {
          kind: 'timeseries',
          title: 'Denials',
          description: 'A second, by resource.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (resource, action) (rate(rbac_permission_denials_total[$__rate_interval]))',
              legend: '{{action}} {{resource}}',
            },
          ],
          alerts: ['HighPermissionDenialRate', 'ExcessiveSecretAccess'],
        },
        {
          kind: 'timeseries',
          title: 'Audit events that wait',
          description: 'That are not on disk yet.',
          unit: 'short',
          width: 12,
          min: 0,
          queries: [{ expr: 'sum by (instance) (audit_queue_size)', legend: '{{instance}}' }],
          alerts: ['AuditQueueBackup'],
        },
        percentile(
          'Duration of writing audit events',
          'audit_event_processing_duration_seconds',
          'event_type',
        ),
      ],
    },
    {
      title: 'Storage and ciphers',
      panels: [
        {
          kind: 'timeseries',
          title: 'Storage operations',
          description: 'A second, by operation.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (operation) (rate(storage_operations_total[$__rate_interval]))',
              legend: '{{operation}}',
            },
          ],
        },
        percentile('Duration of storage operations', 'storage_operation_duration_seconds', 'operation', [
          'SlowStorageOperations',
        ]),
        {
          kind: 'timeseries',
          title: 'Cryptographic operations',
          description: 'A second, by operation.',
          unit: 'ops',
          width: 12,
          min: 0,
          queries: [
            {
              expr: 'sum by (operation) (rate(crypto_operations_total[$__rate_interval]))',
              legend: '{{operation}}',
            },
          ],
        },
        percentile('Duration of cryptographic operations', 'crypto_operation_duration_seconds', 'operation', [
          'SlowCryptoOperations',
        ]),
        {
          kind: 'timeseries',
          title: 'Failures of storage and ciphers',
          description: 'A second.',
          unit: 'ops',
          width: 24,
          min: 0,
          queries: [
            {
              expr: 'sum by (operation) (rate(storage_errors_total[$__rate_interval]))',
              legend: 'storage: {{operation}}',
            },
            {
              expr: 'sum by (operation) (rate(crypto_encryption_errors_total[$__rate_interval]))',
              legend: 'cipher: {{operation}}',
            },
          ],
          alerts: ['StorageFailure', 'EncryptionFailures'],
          emptyBecause: 'Nothing has failed.',
        },
      ],
    },
  ],
};
