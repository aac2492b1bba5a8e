/**
 * Alertmanager, by its API v2. It must be told what is wrong again and again, since
 * it takes an alert that it hears nothing of for resolved; what is over is told for
 * five minutes more. Each peer of a cluster is told by itself, as its makers ask.
 */

import type { Clock } from '../clock.ts';
import type { AlertSnapshot } from './change.ts';
import type { Channel } from './channel.ts';
import { alertUrl, iso } from './message.ts';
import type { PostJson } from './post.ts';

/** How often what is wrong is told again, as Prometheus does. */
export const RESEND_MS = 60_000;
/** How long what is over is told. */
export const RESOLVED_KEPT_MS = 300_000;
/** Alerts in one request. */
const BATCH_MAX = 256;
/** For how long an alert holds without being told again: four times may fail. */
const HOLDS_MS = 5 * RESEND_MS;

export interface AlertmanagerOptions {
  readonly id: string;
  /** Of one peer, without a slash at the end. */
  readonly url: string;
  readonly perMinute: number;
  readonly allowPrivate: boolean;
  readonly post: PostJson;
  readonly clock: Clock;
  readonly externalUrl: string;
}

/** Makes the channel of one peer. */
export function alertmanagerChannel(options: AlertmanagerOptions): Channel {
  const { id, url, perMinute, allowPrivate, post, clock, externalUrl } = options;
  const tell = async (alerts: readonly AlertSnapshot[], signal: AbortSignal): Promise<void> => {
    for (let at = 0; at < alerts.length; at += BATCH_MAX) {
      const nowMs = clock.nowMs();
      const batch = alerts.slice(at, at + BATCH_MAX).map((alert) => postableAlert(alert, nowMs, externalUrl));
      await post({ url: `${url}/api/v2/alerts`, body: JSON.stringify(batch), allowPrivate, signal });
    }
  };
  return {
    id,
    type: 'alertmanager',
    perMinute,
    bounds: { changesMax: BATCH_MAX, listedMax: BATCH_MAX, bytesMax: Number.POSITIVE_INFINITY },
    send: (message, signal) => tell(message.alerts, signal),
    resend: { everyMs: RESEND_MS, resolvedMs: RESOLVED_KEPT_MS, believe: tell },
  };
}

/** An alert as Alertmanager takes it. Its labels are its identity there, so nothing that changes is among them. */
export function postableAlert(alert: AlertSnapshot, nowMs: number, externalUrl: string): object {
  const { labels, name, severity, summary, description, runbook, raisedAtMs, resolvedAtMs } = alert;
  const texts = { summary, description, runbook_url: runbook };
  const annotations = Object.entries(texts).filter(([, text]) => text !== '');
  const url = alertUrl(externalUrl, alert.id);
  // Empty labels are none there, and a request with one is refused.
  const present = Object.entries(labels).filter(([, value]) => value !== '');
  return {
    labels: { ...Object.fromEntries(present), alertname: name, severity },
    annotations: Object.fromEntries(annotations),
    startsAt: iso(Math.min(raisedAtMs, nowMs)),
    endsAt: iso(resolvedAtMs === null ? nowMs + HOLDS_MS : Math.max(resolvedAtMs, raisedAtMs + 1)),
    ...(url === null ? {} : { generatorURL: url }),
  };
}
