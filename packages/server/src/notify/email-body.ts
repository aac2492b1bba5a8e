/** The two forms of a mail: text, and HTML without anything that is loaded from elsewhere. */

import { escapeHtml } from '../html-text.ts';
import { alertUrl, iso, type Message, type MessageAlert, titleOf } from './message.ts';

const colours: Readonly<Record<string, string>> = {
  critical: '#b3261e',
  high: '#c2570c',
  medium: '#8a6d00',
  low: '#1f5fbf',
};
const RESOLVED_COLOUR = '#1e7b34';

/** The text. */
export function emailText(message: Message, externalUrl: string): string {
  const blocks = message.alerts.map((alert) =>
    factsOf(alert, externalUrl)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  );
  const more = message.omitted > 0 ? [`and ${message.omitted} more`] : [];
  return `${[titleOf(message), ...blocks, ...more].join('\n\n')}\n`;
}

/** The HTML. */
export function emailHtml(message: Message, externalUrl: string): string {
  const blocks = message.alerts.map((alert) => {
    const colour =
      alert.state === 'resolved' ? RESOLVED_COLOUR : (colours[alert.severity] ?? RESOLVED_COLOUR);
    const rows = factsOf(alert, externalUrl).map(
      ([name, value]) =>
        `<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">${escapeHtml(name)}</th><td>${valueHtml(name, value)}</td></tr>`,
    );
    return `<table style="border-left:4px solid ${colour};padding-left:12px;margin:16px 0">${rows.join('')}</table>`;
  });
  const more = message.omitted > 0 ? `<p>and ${message.omitted} more</p>` : '';
  return `<!doctype html><html><body style="font-family:sans-serif"><h2>${escapeHtml(titleOf(message))}</h2>${blocks.join('')}${more}</body></html>`;
}

function factsOf(alert: MessageAlert, externalUrl: string): [string, string][] {
  const url = alertUrl(externalUrl, alert.id);
  const labels = Object.entries(alert.labels)
    .filter(([name]) => !['alertname', 'rule', 'severity'].includes(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  const facts: [string, string | null][] = [
    ['Alert', alert.name],
    ['Severity', alert.severity],
    ['State', alert.state],
    ['Raised', iso(alert.raisedAtMs)],
    ['Resolved', alert.resolvedAtMs === null ? null : iso(alert.resolvedAtMs)],
    ['Summary', alert.summary],
    ['Description', alert.description],
    ['Labels', labels],
    ['In the hands of', alert.acknowledgedBy],
    ['Runbook', alert.runbook],
    ['Link', url],
  ];
  return facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]]));
}

/** Only addresses of ours are links: what a label says never is. */
function valueHtml(name: string, value: string): string {
  const text = escapeHtml(value);
  return name === 'Runbook' || name === 'Link' ? `<a href="${text}">${text}</a>` : text;
}
