/** What Bellwether does beside taking events: alerts, configuration, backups, collecting, exporting. */

import type { AlertGroup } from '../alert.ts';

/** Alerts on what would otherwise stop without anybody's noticing. */
export const bellwetherWorkAlerts: AlertGroup = {
  name: 'bellwether-work',
  title: "Bellwether's work in the background",
  alerts: [
    {
      name: 'BellwetherNotificationsDead',
      severity: 'critical',
      expr: 'max by (instance, channel) (custom_metrics_notifications_dead) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '1m',
      summary: 'Messages to {{ $labels.channel }} could not be delivered',
      description:
        '{{ $value | humanize }} messages to {{ $labels.channel }} were put aside after all attempts to deliver them.',
      runbook: {
        meaning: 'A channel refuses messages for good, or was away for longer than they are tried.',
        impact: 'Somebody was not told of an alert, or of its end.',
        diagnosis: [
          ['Do attempts still fail?', 'increase(custom_metrics_notification_failures_total[1h])'],
          ['`bellwether notify list` lists them with the reason of each.'],
        ],
        mitigation: [
          'Read what they say, and tell who should know.',
          'Mend the channel; `bellwether notify test CHANNEL` proves it.',
          'Then `bellwether notify retry` has them sent again.',
        ],
      },
    },
    {
      name: 'BellwetherNotificationsWaiting',
      severity: 'warning',
      expr: 'min by (instance, channel) (min_over_time(custom_metrics_notifications_waiting[10m])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: 'Messages to {{ $labels.channel }} wait',
      description:
        'For a quarter of an hour there was always a message to {{ $labels.channel }} that waited.',
      runbook: {
        meaning: 'The channel does not answer, answers slowly, or asks to be spared.',
        impact: 'News of alerts comes late there. Other channels are not held up.',
        diagnosis: [
          [
            'How do attempts end?',
            'sum by (channel) (rate(custom_metrics_notification_failures_total[15m]))',
          ],
          ['How many get through?', 'sum by (channel) (rate(custom_metrics_notifications_sent_total[15m]))'],
        ],
        mitigation: ['Mend the channel, or send what is urgent by another: the routes say who hears what.'],
      },
    },
    {
      name: 'BellwetherRulesNotEvaluated',
      severity: 'warning',
      expr: 'sum by (instance) (increase(custom_metrics_alert_evaluation_failures_total[15m])) > $threshold',
      threshold: 3,
      unit: 'number',
      for: '5m',
      summary: 'Alert rules of {{ $labels.instance }} cannot be evaluated',
      description: '{{ $value | humanize }} questions of alert rules failed within a quarter of an hour.',
      runbook: {
        meaning: 'The ledger or Prometheus does not answer what rules ask.',
        impact: 'Rules without an answer neither raise nor resolve.',
        diagnosis: [
          ['Does the ledger answer?', 'custom_metrics_integration_health{check="ledger"}'],
          ['How long does an evaluation take?', 'custom_metrics_alert_evaluation_duration_seconds'],
          ['The log names the rules.'],
        ],
        mitigation: ['Mend what does not answer.', 'A rule that asks too much: narrow it by matchers.'],
      },
    },
    {
      name: 'BellwetherConfigurationRefused',
      severity: 'warning',
      expr: 'min by (instance) (custom_metrics_config_last_reload_successful) == 0',
      for: '5m',
      summary: 'The configuration of {{ $labels.instance }} is not the one in its file',
      description: 'The last load of the configuration was refused; the one before it is still in effect.',
      runbook: {
        meaning: 'The file has a fault.',
        impact: 'What was changed is without effect, and a restart would fail.',
        diagnosis: [
          ['Since when?', 'time() - custom_metrics_config_last_reload_success_timestamp_seconds'],
          ['`bellwether check config --config FILE` names the line.'],
        ],
        mitigation: ['Correct the file, then `bellwether reload`.'],
      },
    },
    {
      name: 'BellwetherBackupFailing',
      severity: 'warning',
      expr: 'sum by (instance) (increase(custom_metrics_backups_total{result="failed"}[1d])) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '5m',
      summary: 'Backups of {{ $labels.instance }} fail',
      description: '{{ $value | humanize }} backups failed within a day.',
      runbook: {
        meaning: 'The directory for backups is full, away, or not to be written to.',
        impact: 'After a loss of the disk everything since the newest backup is gone.',
        diagnosis: [
          ['How old is the newest?', 'time() - custom_metrics_backup_newest_timestamp_seconds'],
          ['`bellwether backup DIRECTORY` says what fails.'],
        ],
        mitigation: ['Make room, or correct `backup.directory`.'],
      },
    },
    {
      name: 'BellwetherDataDamaged',
      severity: 'critical',
      expr: 'max by (instance, store) (custom_metrics_damaged) > $threshold',
      threshold: 0,
      unit: 'number',
      for: '1m',
      summary: '{{ $labels.store }} of {{ $labels.instance }} is damaged',
      description: '{{ $value | humanize }} pieces of {{ $labels.store }} are damaged and were set aside.',
      runbook: {
        meaning: 'Files were changed or cut off by something other than the server: usually the disk.',
        impact: 'Figures of the days concerned may lack requests until they are restored.',
        diagnosis: [
          ['Which stores?', 'custom_metrics_damaged > 0'],
          ['`bellwether verify` names the days, `GET /health` the files.'],
        ],
        mitigation: [
          'Look after the disk first.',
          'Then as the page on damaged data has it: bring the days back from a backup, the archive, or the senders.',
        ],
      },
    },
    {
      name: 'BellwetherTargetsDown',
      severity: 'warning',
      expr: 'sum by (instance, collector) (custom_metrics_collection_targets{state="down"}) / sum by (instance, collector) (custom_metrics_collection_targets) > $threshold',
      threshold: 0.5,
      unit: 'ratio',
      for: '5m',
      summary: '{{ $value | humanizePercentage }} of the targets of {{ $labels.collector }} are down',
      description:
        'More than $threshold of what {{ $labels.instance }} scrapes for {{ $labels.collector }} has not answered for five minutes.',
      runbook: {
        meaning: 'Targets are away, or the address or the credentials are wrong.',
        impact: 'Their samples are missing, and alerts on them cannot fire.',
        diagnosis: [
          ['Which jobs?', 'sum by (collector, state) (custom_metrics_collection_targets)'],
          ['`bellwether targets` has the reason of each.'],
        ],
        mitigation: ['Bring the targets back, or correct the job under `collectors`.'],
      },
    },
    {
      name: 'BellwetherSqlFailing',
      severity: 'warning',
      expr: 'sum by (instance) (increase(custom_metrics_sql_failures_total[1h])) > $threshold',
      threshold: 3,
      unit: 'number',
      for: '15m',
      summary: 'Business figures cannot be written to the SQL server',
      description: '{{ $value | humanize }} runs could not write business figures within an hour.',
      runbook: {
        meaning: 'PostgreSQL does not answer or refuses what is written.',
        impact: 'Reports of BI tools lag. Nothing is lost: days wait until they are written.',
        diagnosis: [
          ['How many days wait?', 'custom_metrics_sql_days_pending'],
          ['How long ago did it have everything?', 'time() - custom_metrics_sql_complete_timestamp_seconds'],
        ],
        mitigation: ['Bring the server back, or give the user the rights that the page on PostgreSQL names.'],
      },
    },
  ],
};
