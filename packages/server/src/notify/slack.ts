/**
 * Slack, by an incoming webhook, in blocks. Limits: a header has 150 characters, the
 * text of a section 3000, a message 50 blocks. https://api.slack.com/reference/block-kit/blocks
 */

import type { ChannelDefinition } from '../config/index.ts';
import type { Channel, ReadSecret } from './channel.ts';
import { alertUrl, cut, type Message, type MessageAlert, titleOf } from './message.ts';
import type { PostJson } from './post.ts';

const HEADER_LENGTH_MAX = 150;
const SECTION_LENGTH_MAX = 3000;
/** Of the parts of a section, escaped; together below its limit. */
const LABELS_LENGTH_MAX = 500;
const TEXT_LENGTH_MAX = 800;
/** With the header and the closing line far below 50 blocks, so that a message stays readable. */
const LISTED_MAX = 20;

const signs: Readonly<Record<string, string>> = {
  critical: ':red_circle:',
  high: ':large_orange_circle:',
  medium: ':large_yellow_circle:',
  low: ':large_blue_circle:',
};

export interface SlackOptions {
  readonly definition: Extract<ChannelDefinition, { type: 'slack' | 'teams' }>;
  readonly post: PostJson;
  readonly readSecret: ReadSecret;
  readonly externalUrl: string;
}

/** Makes the channel. */
export function slackChannel({ definition, post, readSecret, externalUrl }: SlackOptions): Channel {
  const { id, perMinute, allowPrivate } = definition;
  return {
    id,
    type: 'slack',
    perMinute,
    bounds: { changesMax: 100_000, listedMax: LISTED_MAX, bytesMax: Number.POSITIVE_INFINITY },
    send: async (message, signal) => {
      const body = JSON.stringify(slackBody(message, externalUrl));
      await post({ url: readSecret(definition.url), body, allowPrivate, signal });
    },
  };
}

/** The body of a message. */
export function slackBody(message: Message, externalUrl: string): object {
  const title = titleOf(message);
  const more = message.omitted > 0 ? [context(`and ${message.omitted} more`)] : [];
  return {
    // For notifications and readers that show no blocks.
    text: escaped(title, SECTION_LENGTH_MAX),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(title, HEADER_LENGTH_MAX), emoji: false } },
      ...message.alerts.map((alert) => ({
        type: 'section',
        text: marked(cut(alertText(alert, externalUrl), SECTION_LENGTH_MAX)),
      })),
      ...more,
    ],
  };
}

function alertText(alert: MessageAlert, externalUrl: string): string {
  const sign = alert.state === 'resolved' ? ':large_green_circle:' : (signs[alert.severity] ?? '');
  const url = alertUrl(externalUrl, alert.id);
  const name = escaped(alert.name, HEADER_LENGTH_MAX);
  const labels = Object.entries(alert.labels)
    .filter(([key]) => !['alertname', 'rule', 'severity'].includes(key))
    .map(([key, value]) => `${key}=${value}`);
  const since = dateText(alert.resolvedAtMs ?? alert.raisedAtMs);
  const lines = [
    `${sign} *${url === null ? name : `<${url}|${name}>`}* ${alert.severity}, ${alert.state} ${since}`,
    escaped(alert.summary, TEXT_LENGTH_MAX),
    escaped(alert.description, TEXT_LENGTH_MAX),
    labels.length === 0 ? '' : `\`${escaped(labels.join(' '), LABELS_LENGTH_MAX).replaceAll('`', "'")}\``,
    alert.acknowledgedBy === null
      ? ''
      : `in the hands of ${escaped(alert.acknowledgedBy, HEADER_LENGTH_MAX)}`,
    alert.runbook === '' ? '' : `<${escapeSlack(alert.runbook.replaceAll('|', '%7C'))}|runbook>`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function context(text: string): object {
  return { type: 'context', elements: [marked(text)] };
}

/** A text with markup; `verbatim`, or Slack would make links of the addresses and names that others wrote as they are. */
function marked(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** Slack shows it in the reader's time zone, and the text where it cannot. */
function dateText(atMs: number): string {
  const text = new Date(atMs).toISOString().slice(0, 19);
  return `<!date^${Math.floor(atMs / 1000)}^{date_short_pretty} {time}|${text}Z>`;
}

/** A text escaped and cut, and never cut within an escape. */
function escaped(text: string, lengthMax: number): string {
  const whole = escapeSlack(text);
  return whole.length <= lengthMax
    ? whole
    : `${cut(whole, lengthMax)
        .slice(0, -1)
        .replace(/&[a-z]{0,3}$/, '')}…`;
}

/** The three characters that markup for links, mentions and the like begins and ends with. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
