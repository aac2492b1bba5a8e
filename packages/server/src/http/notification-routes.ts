/** `/api/v1/notifications`: how the channels do, what was told, and what could not be. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { actorOf } from '../auth/index.ts';
import type { ChannelStatus, Notifications } from '../notify/notifications.ts';
import { type MessageState, messageStates, type StoredMessage } from '../notify/outbox-store.ts';
import { type Account, writing } from './alert-routes.ts';
import { errorSchema } from './error-body.ts';
import { readJsonBody } from './json-body.ts';

/** A channel, or one peer of it. Times are RFC 3339. */
export interface ChannelView {
  readonly channel: string;
  readonly type: string;
  /** Since the start of the server. */
  readonly sent: number;
  readonly failures: number;
  /** News and messages that wait. */
  readonly waiting: number;
  /** Messages that are put aside. */
  readonly dead: number;
  readonly last_sent_at: string | null;
  readonly problem: string | null;
  readonly failing_seconds: number;
}

/** A message. */
export interface MessageView {
  readonly id: string;
  readonly channel: string;
  readonly state: MessageState;
  readonly title: string;
  readonly created_at: string;
  readonly settled_at: string | null;
  readonly failed_attempts: number;
  readonly error: string | null;
}

/** The answer of the list. */
export interface NotificationsView {
  readonly channels: readonly ChannelView[];
  readonly messages: readonly MessageView[];
}

const LIMIT_MAX = 1000;
const LIMIT = 100;
const NAME_LENGTH_MAX = 128;

const responses = { '4xx': errorSchema, '5xx': errorSchema };
const listQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...messageStates])),
    channel: Type.Optional(Type.String({ maxLength: NAME_LENGTH_MAX })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMIT_MAX })),
  },
  { additionalProperties: false },
);
const actor = Type.Optional(
  Type.String({
    maxLength: NAME_LENGTH_MAX,
    description: 'Who; `api` if absent. With a token it is whoever has the token.',
  }),
);
const retrySchema = Type.Object({ by: actor }, { additionalProperties: false });
const testSchema = Type.Object(
  { channel: Type.String({ maxLength: NAME_LENGTH_MAX }), by: actor },
  { additionalProperties: false },
);

export interface NotificationRoutesOptions {
  readonly notifications: Notifications;
  readonly account: Account;
}

/** Adds the routes. */
export function notificationRoutes(options: NotificationRoutesOptions): (server: FastifyInstance) => void {
  const { notifications, account } = options;
  return (server) => {
    server.get<{
      Querystring: { readonly state?: MessageState; readonly channel?: string; readonly limit?: number };
    }>(
      '/api/v1/notifications',
      {
        schema: {
          summary: 'Channels, and what was told, newest first',
          querystring: listQuery,
          response: responses,
        },
      },
      ({ query: { state = null, channel = null, limit = LIMIT } }): NotificationsView => ({
        channels: notifications.status().map(viewChannel),
        messages: notifications.list({ state, channel, limit }).map(viewMessage),
      }),
    );
    server.post<{ Params: { readonly id: string } }>(
      '/api/v1/notifications/:id/retry',
      writing('Send a message that was put aside again', retrySchema),
      async (request) => {
        const { by: said } = readJsonBody(request, retrySchema);
        const by = actorOf(request.principal, said);
        const message = notifications.retry(request.params.id);
        await account('notification.retried', message.id, by, {
          channel: message.channel,
          title: message.title,
        });
        return viewMessage(message);
      },
    );
    server.post(
      '/api/v1/notifications/test',
      writing('Send a test message to a channel and say whether it arrived', testSchema),
      async (request) => {
        const { channel, by: said } = readJsonBody(request, testSchema);
        const by = actorOf(request.principal, said);
        const problem = await notifications.test(channel);
        await account('notification.tested', channel, by, { outcome: problem ?? 'delivered' });
        return { channel, delivered: problem === null, problem };
      },
    );
  };
}

function viewChannel(status: ChannelStatus): ChannelView {
  return {
    channel: status.channel,
    type: status.type,
    sent: status.sent,
    failures: status.failures,
    waiting: status.news + status.waiting,
    dead: status.putAside,
    last_sent_at: isoOrNull(status.lastSentMs),
    problem: status.problem,
    failing_seconds: Math.round(status.failingMs / 1000),
  };
}

function viewMessage(message: StoredMessage): MessageView {
  return {
    id: message.id,
    channel: message.channel,
    state: message.state,
    title: message.title,
    created_at: new Date(message.createdMs).toISOString(),
    settled_at: isoOrNull(message.settledMs),
    failed_attempts: message.attempts,
    error: message.error === '' ? null : message.error,
  };
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
