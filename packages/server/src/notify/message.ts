/** A message: what one channel is told at once about one group of alerts. It is on disk before it is sent. */

import type { Labels } from '../matching/matcher.ts';
import type { AlertSnapshot, Change, ChangeKind } from './change.ts';
import { MessageDraft } from './message-draft.ts';

/** An alert in a message, as it was when the last of its news came. */
export interface MessageAlert extends AlertSnapshot {
  /** What happened to it since the group was last told, in order. */
  readonly news: readonly ChangeKind[];
}

/** A message. */
export interface Message {
  /** The same whenever this message is sent again, so that a receiver can tell. */
  readonly id: string;
  readonly channel: string;
  readonly route: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  /** Epoch milliseconds. */
  readonly createdMs: number;
  /** The alerts that are listed, the worst first; others are in the counts only. */
  readonly alerts: readonly MessageAlert[];
  /** Alerts that there is news of and that are not listed. */
  readonly omitted: number;
  /** Of all that there is news of: how many are wrong still, and how many are over. */
  readonly firing: number;
  readonly resolved: number;
  /** Whether any of the news is that an alert was raised, escalated, or is still wrong. */
  readonly isRaising: boolean;
  readonly isEscalation: boolean;
  /** Of the whole group: alerts that are open, and how many of them somebody has in hand. */
  readonly groupOpen: number;
  readonly groupAcknowledged: number;
  /** Whether it is a test by hand. */
  readonly isTest: boolean;
}

/** How many changes and alerts a channel takes in a message. */
export interface MessageBounds {
  /** Changes that one message is about. */
  readonly changesMax: number;
  /** Alerts that it lists. A channel for machines lists all of them. */
  readonly listedMax: number;
  /** Bytes of the alerts as the channel sends them, for one for machines; `Infinity` if it does not matter. */
  readonly bytesMax: number;
  /** The bytes that the alert of a change takes there; left out, those of the change as it is stored. */
  readonly bytesOf?: (change: Change) => number;
}

/** Makes a message of changes, in the order in which they came. */
export function makeMessage(
  id: string,
  changes: readonly [Change, ...Change[]],
  listedMax: number,
  group: { readonly open: number; readonly acknowledged: number },
  nowMs: number,
): Message {
  const draft = new MessageDraft();
  for (const [seq, change] of changes.entries()) draft.add(change, seq);
  const find = (seq: number): Change => changes[seq] ?? changes[0];
  const message = draft.finish({ id, listedMax, group, nowMs, find });
  if (message === null) throw new Error('A message is made of one change at the least.');
  return message;
}

/** A message that says that messages arrive. */
export function testMessage(id: string, channel: string, nowMs: number): Message {
  const alert: MessageAlert = {
    id: `test-${id}`,
    fingerprint: '0'.repeat(32),
    name: 'BellwetherTest',
    severity: 'low',
    state: 'raised',
    labels: { alertname: 'BellwetherTest', severity: 'low' },
    summary: `A test of the channel ${channel}`,
    description: 'Somebody asked for this message. Nothing is wrong.',
    runbook: '',
    value: null,
    threshold: 0,
    raisedAtMs: nowMs,
    resolvedAtMs: null,
    acknowledgedBy: null,
    incident: null,
    news: ['raised'],
  };
  const destination = { channel, route: 'test', groupKey: `test-${id}`, groupLabels: {} };
  const change: Change = { destination, kind: 'raised', atMs: nowMs, alert };
  return { ...makeMessage(id, [change], 1, { open: 1, acknowledged: 0 }, nowMs), isTest: true };
}

/** One line that says what a message is about. */
export function titleOf(message: Message): string {
  return title(message).replaceAll(/[\p{Cc}\s]+/gu, ' ');
}

function title(message: Message): string {
  const [first] = message.alerts;
  const all = message.firing + message.resolved;
  const state = message.firing === 0 ? 'Resolved' : message.isEscalation ? 'Escalated' : null;
  if (first !== undefined && all === 1)
    return `${state ?? capital(first.severity)}: ${first.summary || first.name}`;
  const names = new Set(message.alerts.map(({ name }) => name));
  const name = names.size === 1 && message.omitted === 0 ? ` ${[...names].join('')}` : '';
  const parts = [
    ...(message.firing > 0 ? [`${message.firing} firing`] : []),
    ...(message.resolved > 0 ? [`${message.resolved} resolved`] : []),
  ];
  const labels = Object.entries(message.groupLabels)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => (key === 'alertname' ? value : `${key}=${value}`));
  const about = labels.length > 0 ? ` ${labels.join(' ')}` : name;
  return `${state === null ? '' : `${state}: `}${all} alerts${about} (${parts.join(', ')})`;
}

/** A text cut to a length; what was cut shows. */
export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  // Half of a character outside the basic plane is none.
  return `${text.slice(0, lengthMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Where people find an alert, or `null` without `notifications.external_url`. */
export function alertUrl(externalUrl: string, id: string): string | null {
  return externalUrl === ''
    ? null
    : `${externalUrl.replace(/\/+$/, '')}/api/v1/alerts/${encodeURIComponent(id)}`;
}

/** The instant in RFC 3339. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
