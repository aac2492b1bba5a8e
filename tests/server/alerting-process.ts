/**
 * Alerts and notifications in a process that a test kills: rules over a signal that
 * changes all the time, two webhooks, and a data directory. With `calm` nothing is
 * wrong any more, and the process ends when all is told.
 *
 * Arguments: data directory, address of the receiver, `wild` or `calm`.
 */

import { createHash } from 'node:crypto';
import { alertsStatePart } from '../../packages/server/src/alerts/alert-store.ts';
import { Alerts } from '../../packages/server/src/alerts/alerts.ts';
import { Forecasts } from '../../packages/server/src/alerts/forecasts.ts';
import { SignalSources } from '../../packages/server/src/alerts/signals.ts';
import { systemClock as clock } from '../../packages/server/src/clock.ts';
import { readAlertRules } from '../../packages/server/src/config/index.ts';
import { readChannels, readRoutes } from '../../packages/server/src/config/notification-items.ts';
import { silentLog as log } from '../../packages/server/src/log.ts';
import { Notifications } from '../../packages/server/src/notify/notifications.ts';
import { openChannels } from '../../packages/server/src/notify/open-channels.ts';
import { notifyStatePart } from '../../packages/server/src/notify/outbox-store.ts';
import { createOutgoing } from '../../packages/server/src/outgoing/index.ts';
import { openStateDatabase } from '../../packages/server/src/state/state-database.ts';

const [, , dataDir = '', receiver = '', mood = ''] = process.argv;
const SERIES = 12;
const INTERVAL_MS = 15;
/** How long a series exists: too short for its alert to flap. */
const LIFE_MS = 300;
/** How long it is wrong, or well. */
const WAVE_MS = 100;

function required<Items>(items: Items | string): Items {
  if (typeof items === 'string') throw new Error(items);
  return items;
}

const rules = required(readAlertRules([{ id: 'wave', signal: 'wave', above: 0 }]));
const declared = required(
  readChannels(
    ['a', 'b'].map((id) => ({
      id,
      type: 'webhook',
      url: `${receiver}/${id}`,
      allow_private: true,
      per_minute: 1_000_000,
    })),
  ),
);
const routes = required(
  readRoutes([{ id: 'all', channels: ['a', 'b'], group_by: ['series'], group_wait: 0, group_interval: 0 }]),
);

function isWrong(n: number, nowMs: number): boolean {
  const hash = createHash('sha256')
    .update(`${n} ${Math.floor(nowMs / WAVE_MS)}`)
    .digest();
  return (hash[0] ?? 0) % 2 === 0;
}

const state = openStateDatabase({ dataDir, clock, parts: [alertsStatePart, notifyStatePart] });
const outgoing = createOutgoing({ allowPrivate: [], clock });
const monitoring = { metrics_server_endpoint: '' };
const notifications: Notifications = new Notifications({
  state,
  clock,
  log,
  random: Math.random,
  channels: openChannels({ notifications: { channels: declared, external_url: '' }, monitoring } as never, {
    outgoing,
    clock,
    onSecret: () => undefined,
  }),
  routes,
  retryMs: 3_600_000,
  standing: (channel) => alerts.standing(channel),
  groupCounts: (channel, groupKey) => alerts.groupCounts(channel, groupKey),
  redact: (text) => text,
  retentionNowMs: () => clock.nowMs(),
});
const alerts: Alerts = new Alerts({
  state,
  clock,
  log,
  rules,
  inhibitions: [],
  maintenance: [],
  series: { query: () => Promise.resolve([]) },
  forecasts: new Forecasts({}),
  signals: new SignalSources([
    {
      name: 'wave',
      description: 'It comes and goes.',
      read: (nowMs) =>
        Array.from({ length: mood === 'wild' ? SERIES : 0 }, (_none, n) => ({
          labels: { series: `s${n}-${Math.floor(nowMs / LIFE_MS)}` },
          value: isWrong(n, nowMs) ? 1 : 0,
        })),
    },
  ]),
  routes: notifications.routes,
  sink: notifications,
  intervalMs: INTERVAL_MS,
  historyMs: 86_400_000,
  retentionNowMs: () => clock.nowMs(),
  onEvaluated: () => {
    if (mood !== 'calm') return;
    const isTold = notifications.status().every(({ news, waiting }) => news + waiting === 0);
    if (isTold && alerts.open().length === 0) process.exit(0);
  },
});
notifications.start();
alerts.start();
// The timers of alerts let a process end.
setInterval(() => undefined, 1000);
