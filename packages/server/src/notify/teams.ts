/**
 * Microsoft Teams, by the webhook of a workflow, as an Adaptive Card 1.2. A card is
 * refused beyond 28 kB. Texts of others are text runs, which know no markup, so that
 * a label cannot become a link.
 */

import type { Channel } from './channel.ts';
import { alertUrl, cut, iso, type Message, type MessageAlert, titleOf } from './message.ts';
import type { SlackOptions } from './slack.ts';

const LISTED_MAX = 15;
const TITLE_LENGTH_MAX = 300;
const TEXT_LENGTH_MAX = 400;
const CARD_BYTES_MAX = 26_000;

const colours: Readonly<Record<string, string>> = {
  critical: 'attention',
  high: 'attention',
  medium: 'warning',
  low: 'accent',
};

/** Makes the channel. */
export function teamsChannel({ definition, post, readSecret, externalUrl }: SlackOptions): Channel {
  const { id, perMinute, allowPrivate } = definition;
  return {
    id,
    type: 'teams',
    perMinute,
    bounds: { changesMax: 100_000, listedMax: LISTED_MAX, bytesMax: Number.POSITIVE_INFINITY },
    send: async (message, signal) => {
      const body = JSON.stringify(teamsBody(message, externalUrl));
      await post({ url: readSecret(definition.url), body, allowPrivate, signal });
    },
  };
}

/** The body of a message; it lists fewer alerts where they are long. */
export function teamsBody(message: Message, externalUrl: string): object {
  for (let listed = message.alerts.length; ; listed -= 1) {
    const body = bodyWith(message, message.alerts.slice(0, listed), externalUrl);
    if (listed <= 1 || Buffer.byteLength(JSON.stringify(body)) <= CARD_BYTES_MAX) return body;
  }
}

function bodyWith(message: Message, alerts: readonly MessageAlert[], externalUrl: string): object {
  const left = message.firing + message.resolved - alerts.length;
  const [first] = alerts;
  const colour = message.firing === 0 ? 'good' : (colours[first?.severity ?? ''] ?? 'default');
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [
      richText([
        { text: cut(titleOf(message), TITLE_LENGTH_MAX), weight: 'bolder', size: 'large', color: colour },
      ]),
      ...alerts.flatMap((alert) => alertBlocks(alert, externalUrl)),
      ...(left > 0 ? [richText([{ text: `and ${left} more`, isSubtle: true }])] : []),
    ],
    msteams: { width: 'full' },
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

interface Run {
  readonly text: string;
  readonly weight?: string;
  readonly size?: string;
  readonly color?: string;
  readonly isSubtle?: boolean;
  readonly selectAction?: object;
}

function alertBlocks(alert: MessageAlert, externalUrl: string): object[] {
  const url = alertUrl(externalUrl, alert.id);
  const colour = alert.state === 'resolved' ? 'good' : (colours[alert.severity] ?? 'default');
  const labels = Object.entries(alert.labels)
    .filter(([key]) => !['alertname', 'rule', 'severity'].includes(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  const by = alert.acknowledgedBy === null ? '' : `, in the hands of ${cut(alert.acknowledgedBy, 80)}`;
  const texts = [alert.summary, alert.description, labels].filter((text) => text !== '');
  return [
    richText(
      [
        { text: cut(alert.name, TITLE_LENGTH_MAX), weight: 'bolder', color: colour, ...opens(url) },
        { text: ` ${alert.severity}, ${alert.state} ${iso(alert.resolvedAtMs ?? alert.raisedAtMs)}${by}` },
      ],
      true,
    ),
    ...texts.map((text) => richText([{ text: cut(text, TEXT_LENGTH_MAX) }])),
    ...(alert.runbook === '' ? [] : [richText([{ text: 'runbook', ...opens(alert.runbook) }])]),
  ];
}

function opens(url: string | null): { readonly selectAction?: object } {
  return url === null ? {} : { selectAction: { type: 'Action.OpenUrl', url } };
}

function richText(runs: readonly Run[], separator = false): object {
  const inlines = runs.map((run) => ({ type: 'TextRun', ...run }));
  return { type: 'RichTextBlock', inlines, ...(separator ? { separator } : {}) };
}
