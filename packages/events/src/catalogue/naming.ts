/**
 * The families whose names break Prometheus' advice on naming, and why they keep
 * them. `promtool check metrics` has to find these faults and no others.
 */

/** A fault that the linter finds and the reason to live with it. */
export interface NamingException {
  readonly family: string;
  /** The fault in the linter's words. */
  readonly fault: string;
  readonly reason: string;
}

const TOTAL = 'non-counter metrics should not have "_total" suffix';
const requested = 'Queries and dashboards that were asked for use this name for a gauge.';

const days = 'Days of the calendar are counted, which is no length of time.';
const DAYS = 'use base unit "seconds" instead of "days"';

/** All of them. */
export const namingExceptions: readonly NamingException[] = [
  {
    family: 'load_balancer_response_time_ms',
    fault: 'metric names should not contain abbreviated units',
    reason:
      'Queries that were asked for use this name. load_balancer_request_duration_seconds tells the same in seconds.',
  },
  { family: 'config_active_total', fault: TOTAL, reason: requested },
  { family: 'rbac_active_roles_total', fault: TOTAL, reason: requested },
  { family: 'custom_metrics_disk_full_days', fault: DAYS, reason: days },
  { family: 'custom_metrics_sql_days_pending', fault: DAYS, reason: days },
  { family: 'custom_metrics_sql_days_written_total', fault: DAYS, reason: days },
  {
    family: 'custom_metrics_total',
    fault: TOTAL,
    reason: 'The name was asked for; the number of families can fall when a pack is switched off.',
  },
];
