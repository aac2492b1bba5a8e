/** What looks like misuse, or like protection that does not work. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on security. */
export const securityAlerts: AlertGroup = {
  name: 'bellwether-security',
  title: 'Security',
  alerts: [
    {
      name: 'EncryptionFailures',
      severity: 'critical',
      expr: 'sum by (job, operation) (increase(crypto_encryption_errors_total[5m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '1m',
      summary: 'Cryptographic operations ({{ $labels.operation }}) of {{ $labels.job }} fail',
      description:
        'Operations of the kind {{ $labels.operation }} failed within the last five minutes, e.g. since their authentication did not hold.',
      runbook: {
        meaning:
          'A value could not be encrypted or decrypted. If decryption fails, a value was changed outside the service, or its key is gone.',
        impact: 'The value cannot be read. A changed value may be an attack on the storage.',
        diagnosis: [
          ['Which operations?', 'sum by (operation) (increase(crypto_encryption_errors_total[15m]))'],
          ['Was a key rotated?', 'increase(crypto_key_rotations_total[1d])'],
          ['The audit trail tells which values were read and who asked.'],
        ],
        mitigation: [
          'Do not overwrite what cannot be read: keep a copy first.',
          'After a rotation that went wrong, bring the former key back.',
          'If a value was changed outside, restore it from a backup and find out who had access.',
        ],
      },
    },
    {
      name: 'UnusualAccessPattern',
      severity: 'warning',
      expr: `(
    sum by (job) (rate(rbac_permission_checks_total[10m]))
  > $threshold * sum by (job) (rate(rbac_permission_checks_total[1d] offset 10m))
)
and sum by (job) (rate(rbac_permission_checks_total[10m])) > 1`,
      threshold: 3,
      unit: 'number',
      for: '10m',
      summary: '{{ $labels.job }} checks {{ $value | humanize }} permissions a second, far more than usual',
      description:
        'For ten minutes there have been more than $threshold times as many permission checks as on average over the day before, and at least one a second.',
      runbook: {
        meaning: 'Access is much more frequent than usual.',
        impact: 'It may be a new job or a loop in a client; it may be somebody who reads everything.',
        diagnosis: [
          [
            'What is accessed?',
            'topk(10, sum by (resource, action) (rate(rbac_permission_checks_total[10m])))',
          ],
          ['By whom?', 'topk(10, sum by (user) (rate(audit_events_by_user_total[10m])))'],
          [
            'How much of it is denied?',
            'sum by (job) (rate(rbac_permission_denials_total[10m])) / sum by (job) (rate(rbac_permission_checks_total[10m]))',
          ],
        ],
        mitigation: [
          'Ask the owner of the user.',
          'If nobody knows of it, revoke the token and keep the audit trail.',
        ],
      },
    },
    {
      name: 'ExcessiveSecretAccess',
      severity: 'warning',
      expr: 'sum by (job, resource) (increase(rbac_permission_checks_total{resource=~".*(secret|key|credential|vault).*"}[10m])) > $threshold',
      threshold: 100,
      unit: 'number',
      for: '5m',
      summary: '{{ $labels.resource }} was asked for {{ $value | humanize }} times in ten minutes',
      description: 'More than $threshold accesses to {{ $labels.resource }} within ten minutes.',
      runbook: {
        meaning: 'Secrets are read far more often than a start of the applications explains.',
        impact: 'Somebody may be collecting secrets; or a client does not keep what it has read.',
        diagnosis: [
          [
            'Which actions?',
            'sum by (resource, action, result) (increase(rbac_permission_checks_total{resource=~".*(secret|key|credential|vault).*"}[10m]))',
          ],
          ['By whom?', 'topk(10, sum by (user) (increase(audit_events_by_user_total[10m])))'],
        ],
        mitigation: [
          'Revoke the token of whoever cannot explain it.',
          'Rotate the secrets that were read.',
          'Let clients keep a secret for a few minutes.',
        ],
      },
    },
    {
      name: 'AuditTrailSilent',
      severity: 'warning',
      expr: `sum by (job) (rate(config_operations_total{operation=~"set|delete"}[15m])) > $threshold
unless on (job) sum by (job) (rate(audit_events_total[15m])) > 0`,
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: '{{ $labels.job }} changes values and writes no audit events',
      description: 'Values were changed within a quarter of an hour, and nothing came to the audit trail.',
      runbook: {
        meaning:
          'Changes are made that the audit trail does not show: it is switched off, or cannot be written.',
        impact: 'Who changed what cannot be told afterwards.',
        diagnosis: [
          ['Does the queue fill?', 'audit_queue_size'],
          [
            'Which changes are made?',
            'sum by (operation, environment) (rate(config_operations_total{operation=~"set|delete"}[15m]))',
          ],
        ],
        mitigation: ['Bring the audit trail back.', 'Until then, stop changes.'],
      },
    },
  ],
};
