/** What the server tells of its alerts and of their notifications. */

import { byServer, pack } from './family.ts';

/** Rules, alerts, and what was told of them; as of the last evaluation. */
export const alertingPack = pack('framework', byServer, {
  rules: {
    name: 'custom_metrics_alert_rules',
    type: 'gauge',
    help: 'Alert rules that are evaluated.',
    labels: [],
  },
  open: {
    name: 'custom_metrics_alerts_open',
    type: 'gauge',
    help: 'Alerts that are not over, by severity and state: pending, raised or acknowledged.',
    labels: ['severity', 'state'],
  },
  raised: {
    name: 'custom_metrics_alerts_raised_total',
    type: 'counter',
    help: 'Alerts that were raised.',
    labels: ['severity'],
  },
  resolved: {
    name: 'custom_metrics_alerts_resolved_total',
    type: 'counter',
    help: 'Alerts that were resolved, by themselves or by hand.',
    labels: ['severity'],
  },
  refused: {
    name: 'custom_metrics_alerts_refused_total',
    type: 'counter',
    help: 'What was not kept since there was too much: alerts beyond the bound, or notifications.',
    labels: ['kind'],
  },
  evaluation: {
    name: 'custom_metrics_alert_evaluation_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the last evaluation of all rules took.',
    labels: [],
  },
  failures: {
    name: 'custom_metrics_alert_evaluation_failures_total',
    type: 'counter',
    help: 'Questions of rules that could not be answered.',
    labels: [],
  },
  sent: {
    name: 'custom_metrics_notifications_sent_total',
    type: 'counter',
    help: 'Messages that a channel took.',
    labels: ['channel'],
  },
  sendFailures: {
    name: 'custom_metrics_notification_failures_total',
    type: 'counter',
    help: 'Attempts to deliver a message that failed.',
    labels: ['channel'],
  },
  dead: {
    name: 'custom_metrics_notifications_dead',
    type: 'gauge',
    help: 'Messages that could not be delivered and were put aside.',
    labels: ['channel'],
  },
  waiting: {
    name: 'custom_metrics_notifications_waiting',
    type: 'gauge',
    help: 'Messages and news that wait to be delivered.',
    labels: ['channel'],
  },
});
