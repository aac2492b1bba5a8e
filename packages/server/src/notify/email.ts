/**
 * E-mail by SMTP, encrypted from the first byte or by STARTTLS before anything is
 * said. The connection is made by the server's one way out, which judges where it
 * leads. Messages about one group are one thread in a mailbox.
 */

import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import { type ChannelDefinition, readSmallFile } from '../config/index.ts';
import type { Outgoing } from '../outgoing/index.ts';
import { type Channel, DeliveryError, type ReadSecret } from './channel.ts';
import { emailHtml, emailText } from './email-body.ts';
import { cut, type Message, titleOf } from './message.ts';
import { deliveryError } from './post.ts';

type Definition = Extract<ChannelDefinition, { type: 'email' }>;

export interface EmailOptions {
  readonly definition: Definition;
  readonly outgoing: Outgoing;
  readonly readSecret: ReadSecret;
  readonly externalUrl: string;
}

const CONNECT_MS_MAX = 15_000;
/** For each answer of the mail server. */
const ANSWER_MS_MAX = 30_000;
const WHOLE_MS_MAX = 60_000;
const SUBJECT_LENGTH_MAX = 200;
const LISTED_MAX = 100;
const CERTIFICATE_BYTES_MAX = 262_144;

/** Makes the channel. */
export function emailChannel({ definition, outgoing, readSecret, externalUrl }: EmailOptions): Channel {
  const { id, type, perMinute } = definition;
  return {
    id,
    type,
    perMinute,
    bounds: { changesMax: 100_000, listedMax: LISTED_MAX, bytesMax: Number.POSITIVE_INFINITY },
    send: async (message, signal) => {
      const socket = await connect(definition, outgoing, signal).catch((error: unknown) => {
        throw deliveryError(error);
      });
      try {
        await deliver(definition, socket, message, { readSecret, externalUrl, signal });
      } finally {
        socket.destroy();
      }
    },
  };
}

/** The authority to trust, and the name to expect. */
function tlsOf({ caFile, serverName }: Definition): { readonly ca?: string; readonly serverName?: string } {
  const name = serverName === '' ? {} : { serverName };
  if (caFile === '') return name;
  const ca = readSmallFile(caFile, CERTIFICATE_BYTES_MAX);
  if (typeof ca !== 'string')
    throw new DeliveryError(`the file of the authority ${ca.reason}`, { permanent: false });
  return { ...name, ca };
}

function connect(definition: Definition, outgoing: Outgoing, signal: AbortSignal): Promise<Socket> {
  const { host, port, encryption, allowPrivate } = definition;
  return outgoing.connect({
    host,
    port,
    timeoutMs: CONNECT_MS_MAX,
    // The declaration of the channel says so in as many words, which is the operator's consent.
    ownDependency: allowPrivate,
    ...(encryption === 'tls' ? { tls: tlsOf(definition) } : {}),
    signal,
  });
}

async function deliver(
  definition: Definition,
  socket: Socket,
  message: Message,
  { readSecret, externalUrl, signal }: { readSecret: ReadSecret; externalUrl: string; signal: AbortSignal },
): Promise<void> {
  const { host, port, encryption, from, to, user, password } = definition;
  const { ca, serverName } = tlsOf(definition);
  const transport = createTransport({
    host,
    port,
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    tls: { servername: serverName ?? host, ...(ca === undefined ? {} : { ca }) },
    greetingTimeout: ANSWER_MS_MAX,
    socketTimeout: ANSWER_MS_MAX,
    dnsTimeout: CONNECT_MS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(password === null ? {} : { auth: { user, pass: readSecret(password) } }),
    getSocket: (_options, callback) => callback(null, { connection: socket, secured: encryption === 'tls' }),
  });
  const thread = `<${createHash('sha256').update(message.groupKey).digest('hex').slice(0, 32)}@bellwether>`;
  try {
    const { rejected } = await transport.sendMail({
      from: { name: 'Bellwether', address: from },
      to: [...to],
      subject: cut(titleOf(message), SUBJECT_LENGTH_MAX),
      // The same when it is sent again, so that a mailbox can drop the second.
      messageId: `<${message.id}@bellwether>`,
      references: thread,
      inReplyTo: thread,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      text: emailText(message, externalUrl),
      html: emailHtml(message, externalUrl),
      signal: AbortSignal.any([signal, AbortSignal.timeout(WHOLE_MS_MAX)]),
    });
    if (rejected.length > 0)
      throw new DeliveryError(`the mail server refused ${rejected.length} of ${to.length} recipients`, {
        permanent: true,
      });
  } catch (error) {
    throw smtpError(error);
  } finally {
    transport.close();
  }
}

/** A refusal with 5xx is for good; anything else may pass, wrong credentials too, which an operator puts right. */
function smtpError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (!(error instanceof Error)) return new DeliveryError(String(error), { permanent: false });
  const { responseCode, code } = error as { readonly responseCode?: number; readonly code?: string };
  const permanent = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
  const reason = error.message.replaceAll(/[\p{C}\s]+/gu, ' ');
  return new DeliveryError(`the mail server: ${cut(reason, 200)}`, { permanent }, { cause: error });
}
