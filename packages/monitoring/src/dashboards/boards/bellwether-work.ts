/** The panels on what Bellwether does beside taking events. */

import type { PanelSection } from '../board.ts';

/** Alerts and notifications. */
export const alertingSection: PanelSection = {
  title: 'Alerts and notifications',
  panels: [
    {
      kind: 'timeseries',
      title: 'Open alerts',
      description: 'Alerts that are not over, by severity.',
      unit: 'short',
      width: 8,
      min: 0,
      queries: [{ expr: 'sum by (severity) (custom_metrics_alerts_open)', legend: '{{severity}}' }],
      emptyBecause: 'There is no alert.',
    },
    {
      kind: 'timeseries',
      title: 'Messages',
      description: 'Delivered and failed attempts, a minute, by channel.',
      unit: 'short',
      width: 8,
      min: 0,
      queries: [
        {
          expr: '60 * sum by (channel) (rate(custom_metrics_notifications_sent_total[$__rate_interval]))',
          legend: '{{channel}}: delivered',
        },
        {
          expr: '60 * sum by (channel) (rate(custom_metrics_notification_failures_total[$__rate_interval]))',
          legend: '{{channel}}: failed',
        },
      ],
      emptyBecause: 'No channel is configured, or nothing was to be said.',
    },
    {
      kind: 'timeseries',
      title: 'Messages that wait, or were given up',
      description: 'By channel.',
      unit: 'short',
      width: 8,
      min: 0,
      queries: [
        { expr: 'max by (channel) (custom_metrics_notifications_waiting)', legend: '{{channel}}: waiting' },
        { expr: 'max by (channel) (custom_metrics_notifications_dead)', legend: '{{channel}}: given up' },
      ],
      alerts: ['BellwetherNotificationsDead', 'BellwetherNotificationsWaiting'],
      emptyBecause: 'No channel is configured.',
    },
    {
      kind: 'timeseries',
      title: 'Evaluating the rules',
      description: 'How long the last evaluation of all alert rules took.',
      unit: 's',
      width: 12,
      min: 0,
      queries: [
        {
          expr: 'max by (instance) (custom_metrics_alert_evaluation_duration_seconds)',
          legend: '{{instance}}',
        },
      ],
      alerts: ['BellwetherRulesNotEvaluated'],
    },
    {
      kind: 'stat',
      title: 'Configuration',
      description: '1 if the configuration of the file is in effect, 0 if the one before it is.',
      unit: 'none',
      width: 12,
      height: 8,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      queries: [{ expr: 'min(custom_metrics_config_last_reload_successful)', legend: 'in effect' }],
      alerts: ['BellwetherConfigurationRefused'],
    },
  ],
};

/** Collectors, samples and the SQL server. */
export const collectingSection: PanelSection = {
  title: 'Collectors and exports',
  panels: [
    {
      kind: 'timeseries',
      title: 'Targets',
      description: 'What the server scrapes, by job and state.',
      unit: 'short',
      width: 8,
      min: 0,
      queries: [
        {
          expr: 'sum by (collector, state) (custom_metrics_collection_targets)',
          legend: '{{collector}}: {{state}}',
        },
      ],
      alerts: ['BellwetherTargetsDown'],
      emptyBecause: 'There is no collector until one is configured.',
    },
    {
      kind: 'timeseries',
      title: 'Samples a second',
      description: 'Scraped and pushed metrics, by what became of them.',
      unit: 'ops',
      width: 8,
      min: 0,
      queries: [
        {
          expr: 'sum by (outcome) (rate(custom_metrics_samples_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
      emptyBecause: 'Nobody pushes metrics, and none are scraped.',
    },
    {
      kind: 'timeseries',
      title: 'Days that wait for the SQL server',
      description: 'Days of business figures that are not written yet.',
      unit: 'short',
      width: 8,
      min: 0,
      queries: [{ expr: 'max by (instance) (custom_metrics_sql_days_pending)', legend: '{{instance}}' }],
      alerts: ['BellwetherSqlFailing'],
      emptyBecause: 'There is no SQL server until one is configured.',
    },
  ],
};
