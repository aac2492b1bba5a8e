/**
 * PagerDuty, by Events API v2. A group of alerts is one incident there: it is
 * triggered, acknowledged and resolved under one key. Limits: 1024 characters of
 * summary, 255 of key, 512 KB. https://developer.pagerduty.com/docs/events-api-v2/
 */

import { createHash } from 'node:crypto';
import type { ChannelDefinition } from '../config/index.ts';
import type { Channel, ReadSecret } from './channel.ts';
import { alertUrl, cut, iso, type Message, titleOf } from './message.ts';
import type { PostJson } from './post.ts';

const SUMMARY_LENGTH_MAX = 1024;
const LISTED_MAX = 50;

/** Their severities by ours. */
const severities: Readonly<Record<string, string>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
};

export interface PagerDutyOptions {
  readonly definition: Extract<ChannelDefinition, { type: 'pagerduty' }>;
  readonly post: PostJson;
  readonly readSecret: ReadSecret;
  readonly externalUrl: string;
}

/** Makes the channel. */
export function pagerDutyChannel({ definition, post, readSecret, externalUrl }: PagerDutyOptions): Channel {
  const { id, type, perMinute, allowPrivate, url } = definition;
  return {
    id,
    type,
    perMinute,
    bounds: { changesMax: 100_000, listedMax: LISTED_MAX, bytesMax: Number.POSITIVE_INFINITY },
    send: async (message, signal) => {
      const key = readSecret(definition.routingKey);
      for (const event of pagerDutyEvents(message, externalUrl)) {
        const body = JSON.stringify({ routing_key: key, ...event });
        await post({ url, body, allowPrivate, signal });
      }
    },
  };
}

/** The events of a message. What was raised and is over already is triggered first, so that it is in their history. */
export function pagerDutyEvents(message: Message, externalUrl: string): object[] {
  const dedup = { dedup_key: dedupKey(message) };
  const isOver = message.groupOpen === 0;
  const isInHand = !isOver && message.groupAcknowledged >= message.groupOpen;
  return [
    ...(message.isRaising
      ? [{ ...dedup, event_action: 'trigger', ...triggerParts(message, externalUrl) }]
      : []),
    ...(isOver || message.isTest ? [{ ...dedup, event_action: 'resolve' }] : []),
    ...(isInHand && !message.isTest ? [{ ...dedup, event_action: 'acknowledge' }] : []),
  ];
}

/** The same for everything about a group of alerts, whatever its labels. */
function dedupKey({ groupKey }: Message): string {
  return `bellwether-${createHash('sha256').update(groupKey).digest('hex').slice(0, 40)}`;
}

function triggerParts(message: Message, externalUrl: string): object {
  const [first] = message.alerts;
  const url = first === undefined ? null : alertUrl(externalUrl, first.id);
  const links = message.alerts
    .filter(({ runbook }) => runbook !== '')
    .map(({ runbook, name }) => ({ href: runbook, text: `Runbook of ${cut(name, 100)}` }));
  return {
    client: 'Bellwether',
    ...(externalUrl === '' ? {} : { client_url: url ?? externalUrl }),
    ...(links.length === 0 ? {} : { links: links.slice(0, 10) }),
    payload: {
      summary: cut(titleOf(message), SUMMARY_LENGTH_MAX),
      source: first?.labels['backend_id'] ?? first?.labels['provider'] ?? 'bellwether',
      severity: severities[first?.severity ?? 'low'] ?? 'info',
      timestamp: iso(first?.raisedAtMs ?? message.createdMs),
      class: first?.name ?? 'alert',
      group: cut(message.groupKey, 255),
      custom_details: {
        firing: message.firing,
        resolved: message.resolved,
        omitted: message.omitted,
        alerts: message.alerts.map((alert) => ({
          id: alert.id,
          name: alert.name,
          severity: alert.severity,
          state: alert.state,
          summary: cut(alert.summary, 500),
          description: cut(alert.description, 1000),
          labels: alert.labels,
          value: alert.value,
          threshold: alert.threshold,
          raised_at: iso(alert.raisedAtMs),
        })),
      },
    },
  };
}
