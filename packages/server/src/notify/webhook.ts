/**
 * A generic webhook, signed by Standard Webhooks 1.0: the id, the time and the body
 * under HMAC-SHA256. https://github.com/standard-webhooks/standard-webhooks
 */

import { createHmac } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ChannelDefinition } from '../config/index.ts';
import type { Channel, ReadSecret } from './channel.ts';
import { alertUrl, iso, type Message, type MessageAlert } from './message.ts';
import type { PostJson } from './post.ts';

export interface WebhookOptions {
  readonly definition: Extract<ChannelDefinition, { type: 'webhook' }>;
  readonly post: PostJson;
  readonly readSecret: ReadSecret;
  readonly clock: Clock;
  readonly externalUrl: string;
}

/** Makes the channel. */
export function webhookChannel({
  definition,
  post,
  readSecret,
  clock,
  externalUrl,
}: WebhookOptions): Channel {
  const { id, type, perMinute, allowPrivate } = definition;
  return {
    id,
    type,
    perMinute,
    // The specification advises bodies below 20 kB.
    bounds: {
      changesMax: 100,
      listedMax: 100,
      bytesMax: 18_000,
      bytesOf: ({ alert, kind }) =>
        Buffer.byteLength(JSON.stringify(webhookAlert({ ...alert, news: [kind] }, externalUrl))) + 1,
    },
    send: async (message, signal) => {
      const body = JSON.stringify(webhookBody(message, externalUrl));
      const timestampS = Math.floor(clock.nowMs() / 1000);
      const headers: Record<string, string> = {
        'webhook-id': message.id,
        'webhook-timestamp': String(timestampS),
      };
      if (definition.secret !== null) {
        const signature = sign(readSecret(definition.secret), message.id, timestampS, body);
        headers['webhook-signature'] = signature;
      }
      await post({ url: readSecret(definition.url), headers, body, allowPrivate, signal });
    },
  };
}

/** The signature of a delivery, `v1,` and base64. @param secret `whsec_` and the key in base64. */
export function sign(secret: string, id: string, timestampS: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`;
}

function webhookBody(message: Message, externalUrl: string): object {
  return {
    type: message.isTest ? 'alerts.test' : message.firing > 0 ? 'alerts.firing' : 'alerts.resolved',
    timestamp: iso(message.createdMs),
    data: {
      channel: message.channel,
      route: message.route,
      group_key: message.groupKey,
      group_labels: message.groupLabels,
      firing: message.firing,
      resolved: message.resolved,
      alerts: message.alerts.map((alert) => webhookAlert(alert, externalUrl)),
    },
  };
}

function webhookAlert(alert: MessageAlert, externalUrl: string): object {
  return {
    id: alert.id,
    fingerprint: alert.fingerprint,
    name: alert.name,
    severity: alert.severity,
    state: alert.state,
    news: alert.news,
    labels: alert.labels,
    summary: alert.summary,
    description: alert.description,
    runbook: alert.runbook,
    value: alert.value,
    threshold: alert.threshold,
    raised_at: iso(alert.raisedAtMs),
    resolved_at: alert.resolvedAtMs === null ? null : iso(alert.resolvedAtMs),
    acknowledged_by: alert.acknowledgedBy,
    incident: alert.incident,
    url: alertUrl(externalUrl, alert.id),
  };
}
