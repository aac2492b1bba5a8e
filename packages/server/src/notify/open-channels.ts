/** Makes channels of their declarations, and of the Alertmanager that `monitoring` names. */

import type { Clock } from '../clock.ts';
import { type ChannelDefinition, type Config, readSmallFile, type Secret } from '../config/index.ts';
import type { Outgoing } from '../outgoing/index.ts';
import { alertmanagerChannel } from './alertmanager.ts';
import { type Channel, DeliveryError, type ReadSecret } from './channel.ts';
import { emailChannel } from './email.ts';
import { pagerDutyChannel } from './pagerduty.ts';
import { type PostJson, postJson } from './post.ts';
import type { Place } from './routing.ts';
import { slackChannel } from './slack.ts';
import { teamsChannel } from './teams.ts';
import { webhookChannel } from './webhook.ts';

export interface ChannelContext {
  readonly outgoing: Outgoing;
  readonly clock: Clock;
  /** Hears of each secret that is read, so that it is kept out of every text. */
  readonly onSecret: (secret: string) => void;
}

/** A channel as routes know it, with what delivers to it. */
export interface OpenChannel extends Place {
  readonly channels: readonly Channel[];
}

/** The id of the channel that `monitoring.metrics_server_endpoint` makes. */
export const MONITORING_CHANNEL = 'alertmanager';
const SECRET_BYTES_MAX = 16_384;
const PER_MINUTE = 600;

/** Makes the channels of a configuration. */
export function openChannels(
  { notifications, monitoring }: Pick<Config, 'notifications' | 'monitoring'>,
  context: ChannelContext,
): readonly OpenChannel[] {
  const declared = notifications.channels;
  const endpoint = monitoring.metrics_server_endpoint.replace(/\/+$/, '');
  const isImplied = endpoint !== '' && declared.every(({ id }) => id !== MONITORING_CHANNEL);
  // It is a dependency of the server, which may be where the server is.
  const implied: ChannelDefinition = {
    id: MONITORING_CHANNEL,
    type: 'alertmanager',
    urls: [endpoint],
    perMinute: PER_MINUTE,
    allowPrivate: true,
  };
  const post = postJson(context.outgoing, context.clock);
  return [...declared, ...(isImplied ? [implied] : [])].map((definition) => {
    const channels = channelsOf(definition, notifications.external_url, post, context);
    return {
      channel: definition.id,
      peers: channels.map(({ id }) => id),
      channels,
      groupsItself: definition.type === 'alertmanager',
      isForAll: definition === implied,
    };
  });
}

function channelsOf(
  definition: ChannelDefinition,
  externalUrl: string,
  post: PostJson,
  context: ChannelContext,
): readonly Channel[] {
  const readSecret = secretReader(context.onSecret);
  const { clock } = context;
  switch (definition.type) {
    case 'slack':
      return [slackChannel({ definition, post, readSecret, externalUrl })];
    case 'teams':
      return [teamsChannel({ definition, post, readSecret, externalUrl })];
    case 'webhook':
      return [webhookChannel({ definition, post, readSecret, clock, externalUrl })];
    case 'pagerduty':
      return [pagerDutyChannel({ definition, post, readSecret, externalUrl })];
    case 'alertmanager': {
      const { id, urls, perMinute, allowPrivate } = definition;
      return urls.map((url, peer) =>
        alertmanagerChannel({
          id: urls.length === 1 ? id : `${id}/${peer + 1}`,
          url,
          perMinute,
          allowPrivate,
          post,
          clock,
          externalUrl,
        }),
      );
    }
    case 'email':
      return [emailChannel({ definition, outgoing: context.outgoing, readSecret, externalUrl })];
  }
  const never: never = definition;
  return never;
}

/** Files are read whenever something is sent, so that a secret can be changed without a restart. */
function secretReader(onSecret: (secret: string) => void): ReadSecret {
  return (secret: Secret) => {
    if ('value' in secret) return secret.value;
    const text = readSmallFile(secret.file, SECRET_BYTES_MAX);
    if (typeof text !== 'string')
      throw new DeliveryError(`the file of its secret ${text.reason}`, { permanent: false });
    const value = text.trim();
    onSecret(value);
    return value;
  };
}
