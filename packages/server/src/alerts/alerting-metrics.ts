/** What the metrics of the server say of its alerts and notifications. */

import { alertingPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import { severities } from '../config/index.ts';
import type { Notifications } from '../notify/notifications.ts';
import type { Alert } from './alert.ts';
import type { Alerts } from './alerts.ts';

const states = ['pending', 'raised', 'acknowledged'] as const;

/** Declares the families; what it returns brings them up to date. */
export function alertingMetrics(
  registry: Registry,
  alerts: () => Pick<Alerts, 'rules' | 'open' | 'counts' | 'status'>,
  notifications: Pick<Notifications, 'status' | 'refused'>,
): () => void {
  const families = defineMetrics(alertingPack, { registry });
  const shown = new Map<string, number>();
  /** Counters go up by what is new since the last time. */
  const raise = (key: string, count: number, inc: (by: number) => void): void => {
    const before = shown.get(key) ?? 0;
    if (count > before) inc(count - before);
    shown.set(key, count);
  };
  return () => {
    const { rules, counts, status } = alerts();
    families.rules.set(rules.filter(({ enabled }) => enabled).length);
    showOpen(families.open, alerts().open());
    for (const severity of severities) {
      raise(`raised ${severity}`, counts.raised.get(severity) ?? 0, (by) =>
        families.raised.inc({ severity }, by),
      );
      raise(`resolved ${severity}`, counts.resolved.get(severity) ?? 0, (by) =>
        families.resolved.inc({ severity }, by),
      );
    }
    raise('alerts', counts.refused, (by) => families.refused.inc({ kind: 'alert' }, by));
    raise('news', notifications.refused, (by) => families.refused.inc({ kind: 'notification' }, by));
    families.evaluation.set(status.durationMs / 1000);
    raise('failures', status.failures, (by) => families.failures.inc(by));
    for (const { channel, sent, failures, putAside, news, waiting } of notifications.status()) {
      raise(`sent ${channel}`, sent, (by) => families.sent.inc({ channel }, by));
      raise(`failed ${channel}`, failures, (by) => families.sendFailures.inc({ channel }, by));
      families.dead.set({ channel }, putAside);
      families.waiting.set({ channel }, news + waiting);
    }
  };
}

function showOpen(
  gauge: { set(labels: { severity: string; state: string }, value: number): void },
  alerts: readonly Alert[],
): void {
  const counts = new Map<string, number>();
  const keyOf = (severity: string, state: string): string => `${severity} ${state}`;
  for (const { severity, state } of alerts) {
    const key = keyOf(severity, state);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const severity of severities) {
    for (const state of states) gauge.set({ severity, state }, counts.get(keyOf(severity, state)) ?? 0);
  }
}
