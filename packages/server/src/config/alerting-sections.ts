/** The sections of the configuration about alerts, and about whom they are told. */

import {
  alertRuleList,
  channelList,
  choice,
  duration,
  endpoint,
  flag,
  inhibitionList,
  integer,
  maintenanceList,
  paths,
  routeList,
  section,
} from './leaf.ts';

const alertPresets = ['none', 'development', 'production', 'enterprise'] as const;

/** What is alerted on. */
export const alerts = section('What is alerted on; see [alerts](../concepts/alerts.md).', {
  enabled: flag(true, { description: 'Evaluate rules and keep alerts.' }),
  preset: choice('production', alertPresets, {
    live: true,
    description:
      'The ready-made rules that hold beside your own. A rule of yours with the id of one of them takes its place.',
  }),
  evaluation_interval: duration(15, 'seconds', {
    minimum: 1,
    maximum: 3600,
    description: 'How often rules are evaluated.',
  }),
  history_days: duration(183, 'days', {
    minimum: 1,
    maximum: 36_500,
    description: 'How long alerts that are over are kept, with their history.',
  }),
  rule_files: paths({
    live: true,
    maxItems: 64,
    description: 'Files with more rules, as a list under `rules`; `*` in a file name stands for any text.',
  }),
  rules: alertRuleList({ live: true, description: 'The rules; in a variable, as JSON.' }),
  inhibitions: inhibitionList({
    live: true,
    description: 'Which alerts are not told while which others are raised.',
  }),
  maintenance: maintenanceList({ live: true, description: 'When which alerts are not told.' }),
});

/** Where alerts are told. */
export const notifications = section(
  'Where alerts are told; see [notifications](../operate/notifications.md).',
  {
    channels: channelList({ description: 'The channels; in a variable, as JSON.' }),
    routes: routeList({
      description: 'Which alerts go to which channels; without any, all of them to every channel.',
    }),
    external_url: endpoint({
      description: 'Where people reach this server, for the links in messages. Empty: messages have none.',
    }),
    retry_hours: integer(24, {
      minimum: 1,
      maximum: 720,
      unit: 'hours',
      description: 'How long a message that cannot be delivered is tried again before it is put aside.',
    }),
  },
);
