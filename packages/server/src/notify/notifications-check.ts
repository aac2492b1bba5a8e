/** Whether alerts reach people: a channel that takes nothing, or messages that were put aside. */

import type { ChannelStatus } from './notifications.ts';

/** How it is, as a health check tells it. */
export interface NotificationsHealth {
  readonly status: 'healthy' | 'degraded';
  readonly message: string;
}

/** A channel may fail for so long before it is told; a short trouble is no news. */
const FAILING_MS = 120_000;

/** Judges the channels. */
export function notificationsHealth(channels: readonly ChannelStatus[]): NotificationsHealth {
  const failing = channels.filter(({ failingMs }) => failingMs >= FAILING_MS).map(({ channel }) => channel);
  if (failing.length > 0)
    return { status: 'degraded', message: `Nothing can be delivered to ${failing.join(', ')}.` };
  const aside = channels.filter(({ putAsideLately }) => putAsideLately > 0);
  if (aside.length > 0) {
    const counts = aside.map(({ channel, putAsideLately }) => `${putAsideLately} to ${channel}`);
    return { status: 'degraded', message: `In a day so many messages were put aside: ${counts.join(', ')}.` };
  }
  const waiting = channels.reduce((sum, { news, waiting: messages }) => sum + news + messages, 0);
  return { status: 'healthy', message: waiting === 0 ? 'All is told.' : `${waiting} wait to be told.` };
}
