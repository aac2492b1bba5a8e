/**
 * Where alerts are told, as it is declared: channels, and routes that choose among
 * them. Every secret may be in a file of its own instead, which is read whenever
 * something is sent.
 */

import { isAbsolute } from 'node:path';
import { MATCHERS_MAX, type Matcher, parseMatcher } from '../matching/matcher.ts';
import type { WeeklyWindow } from '../matching/time-window.ts';
import { readWeekly, weeklyProperties } from './alert-items.ts';
import { webAddress } from './alert-rule-items.ts';
import { ItemReader, readItems } from './item-reader.ts';
import { isHost } from './units.ts';

/** A secret, or the file that holds it. */
export type Secret = { readonly value: string } | { readonly file: string };

interface ChannelBase {
  readonly id: string;
  /** Messages a minute, beyond which they wait. */
  readonly perMinute: number;
  /** Whether the address may be one of a private network or of this machine. */
  readonly allowPrivate: boolean;
}

/** A channel, complete. */
export type ChannelDefinition = ChannelBase &
  (
    | { readonly type: 'slack' | 'teams'; readonly url: Secret }
    | { readonly type: 'webhook'; readonly url: Secret; readonly secret: Secret | null }
    | { readonly type: 'pagerduty'; readonly url: string; readonly routingKey: Secret }
    | { readonly type: 'alertmanager'; readonly urls: readonly string[] }
    | {
        readonly type: 'email';
        readonly host: string;
        readonly port: number;
        /** `tls` from the first byte, `starttls` before anything is said, or neither. */
        readonly encryption: 'starttls' | 'tls' | 'none';
        readonly from: string;
        readonly to: readonly string[];
        readonly user: string;
        readonly password: Secret | null;
        /** The name that the server's certificate must be for; the host if empty. */
        readonly serverName: string;
        /** File of the authority that signed the certificate; the system's if empty. */
        readonly caFile: string;
      }
  );

/** A kind of channel. */
export type ChannelType = ChannelDefinition['type'];

/** A route, complete. */
export interface RouteDefinition {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  /** When the route holds; `null` for always. */
  readonly active: WeeklyWindow | null;
  readonly channels: readonly string[];
  /** Alerts that agree in these labels are told together. */
  readonly groupBy: readonly string[];
  /** How long the first alert of a group waits for others. */
  readonly groupWaitMs: number;
  /** The pause between two messages of a group. */
  readonly groupIntervalMs: number;
  /** After so long without news, what is still wrong is told again. */
  readonly repeatIntervalMs: number;
  /** Without acknowledgement for so long, an alert is told to `escalateTo`; 0 for never. */
  readonly escalateAfterMs: number;
  readonly escalateTo: readonly string[];
  /** Whether the routes after this one are looked at too. */
  readonly goesOn: boolean;
}

const CHANNELS_MAX = 64;
const ROUTES_MAX = 256;
const RECIPIENTS_MAX = 50;
const PEERS_MAX = 16;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';
const channelTypes = ['slack', 'teams', 'webhook', 'pagerduty', 'alertmanager', 'email'] as const;

/** What each service takes without complaint. */
const perMinuteDefault: Readonly<Record<ChannelType, number>> = {
  slack: 30,
  teams: 30,
  webhook: 600,
  pagerduty: 120,
  alertmanager: 600,
  email: 20,
};

/** Reads the list; a text is what is wrong with it. */
export function readChannels(raw: unknown): readonly ChannelDefinition[] | string {
  return readItems(raw, CHANNELS_MAX, (item) => {
    const type = item.choice('type', channelTypes);
    const perMinute = item.positive('per_minute') ?? perMinuteDefault[type];
    const base = { id: item.id('id'), perMinute, allowPrivate: item.flag('allow_private', false) };
    return item.done(readChannel(item, type, base));
  });
}

function readChannel(item: ItemReader, type: ChannelType, base: ChannelBase): ChannelDefinition {
  switch (type) {
    case 'slack':
    case 'teams':
      return { ...base, type, url: readAddress(item) };
    case 'webhook':
      return { ...base, type, url: readAddress(item), secret: optionalSecret(item, 'secret', signingSecret) };
    case 'pagerduty':
      return {
        ...base,
        type,
        url: item.parsed('url', webAddress, PAGERDUTY_URL),
        routingKey: readSecret(item, 'routing_key', plain),
      };
    case 'alertmanager': {
      const urls = item.parsedAll('urls', PEERS_MAX, webAddress).map((url) => url.replace(/\/+$/, ''));
      if (urls.length === 0) item.fail('urls', 'must name an Alertmanager');
      return { ...base, type, urls };
    }
    case 'email':
      return readEmail(item, base);
  }
  const never: never = type;
  return never;
}

function readEmail(item: ItemReader, base: ChannelBase): ChannelDefinition {
  const encryption = item.choice('encryption', ['starttls', 'tls', 'none'], 'starttls');
  const host = item.text('host');
  if (!isHost(host)) item.fail('host', 'must be an IP address or a host name');
  const port = item.positive('port') ?? (encryption === 'tls' ? 465 : 587);
  if (!Number.isInteger(port) || port > 65_535) item.fail('port', 'must be a port');
  const password = optionalSecret(item, 'password', plain);
  const user = item.has('user') ? item.text('user') : '';
  if ((password === null) !== (user === '')) item.fail('user', 'and a password go together');
  // A password that travels in the clear is everybody's.
  if (password !== null && encryption === 'none') item.fail('encryption', 'must not be none with a password');
  const to = item.parsedAll('to', RECIPIENTS_MAX, mailbox);
  if (to.length === 0) item.fail('to', 'must name a recipient');
  return {
    ...base,
    type: 'email',
    host,
    port,
    encryption,
    from: item.parsed('from', mailbox),
    to,
    user,
    password,
    serverName: item.has('server_name') ? item.text('server_name') : '',
    caFile: item.has('ca_file') ? item.parsed('ca_file', absolute) : '',
  };
}

/** Reads the list; a text is what is wrong with it. */
export function readRoutes(raw: unknown): readonly RouteDefinition[] | string {
  return readItems(raw, ROUTES_MAX, (item) => {
    const escalateTo = item.texts('escalate_to', CHANNELS_MAX) ?? [];
    const escalateAfterMs = item.durationMs('escalate_after', { default: 0, min: 0, max: 7 * DAY_MS });
    if ((escalateTo.length === 0) !== (escalateAfterMs === 0))
      item.fail('escalate_after', 'and escalate_to go together');
    const wait = (key: string, fallback: number, min: number): number =>
      item.durationMs(key, { default: fallback, min, max: 7 * DAY_MS });
    return item.done({
      id: item.id('id'),
      matchers: item.parsedAll('matchers', MATCHERS_MAX, parseMatcher),
      active: readWeekly(item),
      channels: item.texts('channels', CHANNELS_MAX) ?? item.fail('channels', 'must name a channel'),
      groupBy: item.texts('group_by', MATCHERS_MAX) ?? ['alertname'],
      groupWaitMs: wait('group_wait', 10 * SECOND_MS, 0),
      groupIntervalMs: wait('group_interval', 60 * SECOND_MS, 0),
      repeatIntervalMs: wait('repeat_interval', 4 * 60 * MINUTE_MS, MINUTE_MS),
      escalateAfterMs,
      escalateTo,
      goesOn: item.flag('continue', false),
    });
  });
}

/** The texts in channels that must never be shown. */
export function channelSecrets(channels: readonly ChannelDefinition[]): string[] {
  return channels
    .flatMap((channel): string[] => {
      const values = Object.values(channel).flatMap((value) =>
        typeof value === 'object' && value !== null && 'value' in value ? [String(value.value)] : [],
      );
      // Of an address, what follows the host is what gives access.
      return values.flatMap((value) => {
        const url = URL.parse(value);
        return url === null || !url.protocol.startsWith('http')
          ? [value]
          : [value, `${url.pathname}${url.search}`];
      });
    })
    .filter((secret) => secret.length > 1);
}

function readAddress(item: ItemReader): Secret {
  return readSecret(item, 'url', webAddress);
}

function optionalSecret(item: ItemReader, key: string, parse: (text: string) => string): Secret | null {
  return item.has(key) || item.has(`${key}_file`) ? readSecret(item, key, parse) : null;
}

function readSecret(item: ItemReader, key: string, parse: (text: string) => string): Secret {
  const fileKey = `${key}_file`;
  if (item.has(key) === item.has(fileKey)) item.fail(key, `or ${fileKey}, one of the two, must be given`);
  return item.has(fileKey)
    ? { file: item.parsed(fileKey, absolute, undefined, 4096) }
    : { value: item.parsed(key, parse, undefined, 2048) };
}

function plain(text: string): string {
  return text;
}

function absolute(path: string): string {
  if (!isAbsolute(path)) throw new TypeError('must be an absolute path');
  return path;
}

/** Standard Webhooks 1.0: `whsec_` and 24 to 64 bytes in base64. */
function signingSecret(text: string): string {
  const bytes = Buffer.from(text.replace(/^whsec_/, ''), 'base64').length;
  if (!/^whsec_[A-Za-z0-9+/]+=*$/.test(text) || bytes < 24 || bytes > 64)
    throw new TypeError('must be whsec_ and 24 to 64 bytes in base64');
  return text;
}

/** An address as SMTP takes it, with no name around it. */
function mailbox(text: string): string {
  if (!/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(text))
    throw new TypeError('must be an e-mail address');
  return text;
}

const text = { type: 'string', minLength: 1, maxLength: 2048 } as const;
const texts = { anyOf: [text, { type: 'array', items: text, minItems: 1 }] } as const;
const duration = { anyOf: [{ type: 'number', minimum: 0 }, { type: 'string' }] } as const;
const id = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,62}$' } as const;

/** JSON Schema of the list. */
export const channelsJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: CHANNELS_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'type'],
    properties: {
      id,
      type: { type: 'string', enum: [...channelTypes] },
      per_minute: { type: 'number', exclusiveMinimum: 0 },
      allow_private: { type: 'boolean' },
      ...Object.fromEntries(
        ['url', 'url_file', 'secret', 'secret_file', 'routing_key', 'routing_key_file'].map((key) => [
          key,
          text,
        ]),
      ),
      ...Object.fromEntries(
        ['host', 'from', 'user', 'password', 'password_file', 'server_name', 'ca_file'].map((key) => [
          key,
          text,
        ]),
      ),
      urls: texts,
      to: texts,
      port: { type: 'integer', minimum: 1, maximum: 65_535 },
      encryption: { type: 'string', enum: ['starttls', 'tls', 'none'] },
    },
  },
};

/** JSON Schema of the list. */
export const routesJsonSchema: Readonly<Record<string, unknown>> = {
  type: 'array',
  maxItems: ROUTES_MAX,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'channels'],
    properties: {
      id,
      matchers: texts,
      ...weeklyProperties,
      channels: texts,
      group_by: texts,
      group_wait: duration,
      group_interval: duration,
      repeat_interval: duration,
      escalate_after: duration,
      escalate_to: texts,
      continue: { type: 'boolean' },
    },
  },
};
