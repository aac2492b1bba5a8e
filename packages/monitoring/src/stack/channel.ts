/**
 * The channels over which Alertmanager notifies people. Secrets are named by the
 * file that holds them wherever Alertmanager can read them from one, so that a
 * generated configuration can be shown to anybody.
 */

import type { AlertSeverity } from '../rules/alert.ts';

interface ChannelBase {
  readonly name: string;
  /** The severities that go to it. */
  readonly severities: readonly AlertSeverity[];
}

/** A channel. */
export type Channel =
  | (ChannelBase & { readonly kind: 'slack'; readonly urlFile: string; readonly channel: string })
  | (ChannelBase & { readonly kind: 'teams'; readonly urlFile: string; readonly adapterUrl?: string })
  | (ChannelBase & { readonly kind: 'pagerduty'; readonly routingKeyFile: string })
  | (ChannelBase & {
      readonly kind: 'email';
      readonly to: string;
      readonly from: string;
      readonly smarthost: string;
      readonly username?: string;
      readonly passwordFile?: string;
    })
  | (ChannelBase & { readonly kind: 'webhook'; readonly url: string });

/** A version of Alertmanager, e.g. `0.25`. */
export interface AlertmanagerVersion {
  readonly major: number;
  readonly minor: number;
}

/** Reads a version. @throws RangeError if it is none. */
export function alertmanagerVersion(text: string): AlertmanagerVersion {
  const [, major, minor] = /^v?(\d+)\.(\d+)(?:\.\d+)?$/.exec(text) ?? [];
  if (major === undefined || minor === undefined)
    throw new RangeError(`${text} is no version of Alertmanager, e.g. 0.25.`);
  return { major: Number(major), minor: Number(minor) };
}

/** Whether a version is at least another one. */
export function isAtLeast({ major, minor }: AlertmanagerVersion, wanted: string): boolean {
  const other = alertmanagerVersion(wanted);
  return major > other.major || (major === other.major && minor >= other.minor);
}

const TITLE =
  '{{ .CommonAnnotations.summary }}{{ if not .CommonAnnotations.summary }}{{ .GroupLabels.alertname }}{{ end }}';
const TEXT =
  '{{ range .Alerts }}{{ .Annotations.description }} <{{ .Annotations.runbook_url }}|Runbook>\n{{ end }}';

/**
 * The receiver of a channel.
 *
 * @throws RangeError for a Teams channel without an adapter where the version cannot speak to Teams itself.
 */
export function receiverOf(channel: Channel, version: AlertmanagerVersion): Record<string, unknown> {
  const { name } = channel;
  switch (channel.kind) {
    case 'slack':
      return {
        name,
        slack_configs: [
          {
            api_url_file: channel.urlFile,
            channel: channel.channel,
            send_resolved: true,
            title: TITLE,
            text: TEXT,
          },
        ],
      };
    case 'teams':
      return { name, ...teamsConfig(channel, version) };
    case 'pagerduty':
      return {
        name,
        pagerduty_configs: [
          {
            routing_key_file: channel.routingKeyFile,
            send_resolved: true,
            description: TITLE,
            severity:
              '{{ if eq .CommonLabels.severity "critical" }}critical{{ else if eq .CommonLabels.severity "warning" }}warning{{ else }}info{{ end }}',
          },
        ],
      };
    case 'email':
      return { name, email_configs: [emailConfig(channel)] };
    case 'webhook':
      break;
  }
  return { name, webhook_configs: [{ url: channel.url, send_resolved: true }] };
}

function teamsConfig(
  { name, urlFile, adapterUrl }: Extract<Channel, { kind: 'teams' }>,
  version: AlertmanagerVersion,
): Record<string, unknown> {
  if (isAtLeast(version, '0.28'))
    return { msteamsv2_configs: [{ webhook_url_file: urlFile, send_resolved: true, title: TITLE }] };
  // Before 0.28 Alertmanager cannot write the cards of Teams' workflows: something in between has to.
  if (adapterUrl === undefined)
    throw new RangeError(
      `${name}: Alertmanager ${version.major}.${version.minor} cannot write to Teams. Name an adapter by adapterUrl, or use 0.28 or newer.`,
    );
  return { webhook_configs: [{ url: adapterUrl, send_resolved: true }] };
}

function emailConfig(channel: Extract<Channel, { kind: 'email' }>): Record<string, unknown> {
  const { to, from, smarthost, username, passwordFile } = channel;
  return {
    to,
    from,
    smarthost,
    ...(username === undefined ? {} : { auth_username: username }),
    ...(passwordFile === undefined ? {} : { auth_password_file: passwordFile }),
    send_resolved: true,
    headers: { Subject: `[{{ .Status }}] ${TITLE}` },
  };
}
