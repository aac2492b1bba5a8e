/** One HTTP request and its answer, without redirects. */

import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { type Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { type Judge, judgeLiteral } from './guarded-lookup.ts';
import { type OutgoingRequest, type OutgoingResponse, RESPONSE_BYTES_MAX } from './messages.ts';
import { asOutgoingError, OutgoingError } from './outgoing-error.ts';
import { readBody } from './read-body.ts';

/** How connections are made, and which are permitted. */
export interface Way {
  readonly judge: Judge;
  readonly lookup: LookupFunction;
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

const URL_LENGTH_MAX = 8192;

/** Headers that follow from the request itself, and would contradict it. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'proxy-authorization',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Sends the request.
 *
 * @throws OutgoingError
 */
export async function requestOnce(
  request: OutgoingRequest,
  way: Way,
  signal: AbortSignal,
): Promise<OutgoingResponse> {
  const url = readUrl(request.url);
  const host = hostOf(url);
  judgeLiteral(host, way.judge);
  try {
    signal.throwIfAborted();
    const message = await send(request, url, way, signal);
    const body = await readBody(message, request.responseBytesMax ?? RESPONSE_BYTES_MAX, signal);
    return { status: message.statusCode ?? 0, headers: plainHeaders(message.headers), body };
  } catch (error) {
    throw asOutgoingError(error, `${host}:${portOf(url)}`, signal);
  }
}

/** Reads a URL. @throws OutgoingError `invalid_request` without repeating what it holds. */
export function readUrl(text: string): URL {
  const url = text.length > URL_LENGTH_MAX ? null : URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '')
    throw new OutgoingError('invalid_request', 'the address is not an http or https URL');
  return url;
}

/** The host without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}

function send(request: OutgoingRequest, url: URL, way: Way, signal: AbortSignal): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:';
  const { ca, cert, key, serverName, insecure } = request.tls ?? {};
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  return new Promise((resolve, reject) => {
    let message: ClientRequest;
    try {
      message = (secure ? requestHttps : requestHttp)({
        protocol: url.protocol,
        host: hostOf(url),
        port: portOf(url),
        path: `${url.pathname}${url.search}`,
        method: request.method ?? 'GET',
        headers: headersOf(request, url, body),
        lookup: way.lookup,
        agent: secure ? way.https : way.http,
        signal,
        ...(secure
          ? {
              ca,
              cert,
              key,
              rejectUnauthorized: insecure !== true,
              ...(serverName === undefined ? {} : { servername: serverName }),
            }
          : {}),
      });
    } catch (error) {
      // What Node refuses is a method, header or port that cannot be sent; its message may hold the value.
      reject(new OutgoingError('invalid_request', 'the request cannot be sent as it is', { cause: error }));
      return;
    }
    message.once('response', resolve);
    message.once('error', reject);
    message.end(body);
  });
}

function headersOf(request: OutgoingRequest, url: URL, body: Buffer | undefined): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'gzip', 'user-agent': 'bellwether' };
  if (url.username !== '' || url.password !== '') {
    const credentials = `${decoded(url.username)}:${decoded(url.password)}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lower = name.toLowerCase();
    if (ownHeaders.has(lower))
      throw new OutgoingError('invalid_request', `the header ${lower} cannot be chosen`);
    headers[lower] = value;
  }
  if (body !== undefined) headers['content-length'] = String(body.length);
  return headers;
}

/** A part of a URL; one that is not well encoded is meant as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}
