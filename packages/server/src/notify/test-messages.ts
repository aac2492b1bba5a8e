/** Alerts and messages for tests. */

import type { AlertSnapshot, Change, ChangeKind } from './change.ts';
import { type Message, makeMessage } from './message.ts';

export const START_MS = Date.UTC(2026, 10, 21, 8);

/** An alert, which differs from others in what is given. */
export function alertOf(n: number, more: Partial<AlertSnapshot> = {}): AlertSnapshot {
  return {
    id: `a-${n}`,
    fingerprint: `f-${n}`,
    name: 'HighErrors',
    severity: 'high',
    state: 'raised',
    labels: { alertname: 'HighErrors', rule: 'errors', severity: 'high', provider: `p${n}` },
    summary: `p${n} fails`,
    description: 'Many requests fail.',
    runbook: '',
    value: 0.5,
    threshold: 0.1,
    raisedAtMs: START_MS,
    resolvedAtMs: null,
    acknowledgedBy: null,
    incident: null,
    ...more,
  };
}

/** News of an alert for a channel. */
export function changeOf(kind: ChangeKind, alert: AlertSnapshot, channel = 'chat', groupKey = 'g'): Change {
  const destination = { channel, route: 'all', groupKey, groupLabels: { alertname: 'HighErrors' } };
  return { destination, kind, atMs: START_MS, alert };
}

/** A message about alerts that were raised. */
export function messageOf(alerts: readonly AlertSnapshot[], listedMax = 50, open = alerts.length): Message {
  const [first, ...rest] = alerts.map((alert) =>
    changeOf(alert.state === 'resolved' ? 'resolved' : 'raised', alert),
  );
  if (first === undefined) throw new Error('a message is about something');
  return makeMessage('m-1', [first, ...rest], listedMax, { open, acknowledged: 0 }, START_MS);
}
