/** The configuration service itself, its permissions and its audit trail. */

import { inProcessBuckets, ioBuckets } from '../buckets.ts';
import { byApplication, pack } from '../family.ts';

/** Reading and changing configuration. */
export const configPack = pack('platform', byApplication, {
  operations: {
    name: 'config_operations_total',
    type: 'counter',
    help: 'Operations on configuration values (get, set, delete, list, …) by environment.',
    labels: ['operation', 'environment'],
  },
  duration: {
    name: 'config_operation_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long operations on configuration values took.',
    labels: ['operation'],
    buckets: ioBuckets,
  },
  active: {
    name: 'config_active_total',
    type: 'gauge',
    help: 'Configuration values that are in force.',
    labels: ['environment'],
    aggregator: 'last',
  },
  errors: {
    name: 'config_errors_total',
    type: 'counter',
    help: 'Operations on configuration values that failed, by kind of error.',
    labels: ['operation', 'error_type'],
  },
});

/** Who may do what. */
export const rbacPack = pack('platform', byApplication, {
  checks: {
    name: 'rbac_permission_checks_total',
    type: 'counter',
    help: 'Permission checks. The result is allowed or denied.',
    labels: ['resource', 'action', 'result'],
  },
  denials: {
    name: 'rbac_permission_denials_total',
    type: 'counter',
    help: 'Permission checks that were denied.',
    labels: ['resource', 'action'],
  },
  duration: {
    name: 'rbac_check_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long permission checks took.',
    labels: [],
    buckets: inProcessBuckets,
  },
  roles: {
    name: 'rbac_active_roles_total',
    type: 'gauge',
    help: 'Roles that are assigned to someone.',
    labels: [],
    aggregator: 'last',
  },
});

/** What was done, by whom. */
export const auditPack = pack('platform', byApplication, {
  events: {
    name: 'audit_events_total',
    type: 'counter',
    help: 'Audit events, by what was done.',
    labels: ['event_type'],
  },
  byUser: {
    name: 'audit_events_by_user_total',
    type: 'counter',
    help: 'Audit events, by who did it.',
    labels: ['user'],
    seriesMax: 2000,
  },
  duration: {
    name: 'audit_event_processing_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time from an audit event to its being on disk.',
    labels: ['event_type'],
    buckets: ioBuckets,
  },
  queue: {
    name: 'audit_queue_size',
    type: 'gauge',
    help: 'Audit events that are not on disk yet.',
    labels: [],
    aggregator: 'sum',
  },
});
