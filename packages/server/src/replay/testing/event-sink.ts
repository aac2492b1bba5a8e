/**
 * A small HTTP server that takes events as `POST /v1/events` does, for tests of
 * what sends them: it checks every body, keeps events by id, and misbehaves on
 * request. The tests of the real server send to the real one.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { BellwetherError, parseEvent } from '@bellwether/events';

/** How to misbehave towards one request. */
export type Misbehaviour =
  /** Answer this instead of taking the events. */
  | { readonly status: number; readonly retryAfter?: string; readonly body?: string }
  /** Cut the connection before taking the events, or after. */
  | 'cut before'
  | 'cut after'
  /** Take the events and never answer. */
  | 'hang';

/** What the sink has seen and taken. */
export interface EventSink {
  readonly url: string;
  /** The events taken, by id, as JSON. */
  readonly stored: ReadonlyMap<string, string>;
  readonly requests: readonly SeenRequest[];
  /** Most requests that were open at one time. */
  readonly openMax: number;
  /** Connections that were made. */
  readonly connections: number;
  close(): Promise<void>;
}

/** One request as it came. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly events: number;
  readonly bytes: number;
}

/** How the sink is set up. */
export interface SinkOptions {
  /** Asked for each request, from 0; `undefined` is to behave. */
  readonly misbehave?: (request: number) => Misbehaviour | undefined;
  /** Events of one request at most; more are answered with 413. */
  readonly eventsMax?: number;
  readonly nowMs?: number;
  /** How long each request takes. */
  readonly takesMs?: number;
}

/** Starts a sink on a free port of the loopback address. */
export async function startEventSink(options: SinkOptions = {}): Promise<EventSink> {
  const stored = new Map<string, string>();
  const requests: SeenRequest[] = [];
  let open = 0;
  let openMax = 0;
  let connections = 0;
  const server = createServer((request, response) => {
    open += 1;
    openMax = Math.max(openMax, open);
    response.on('close', () => {
      open -= 1;
    });
    void answer(request, response, { options, stored, requests });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored,
    requests,
    get openMax() {
      return openMax;
    },
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Keeping {
  readonly options: SinkOptions;
  readonly stored: Map<string, string>;
  readonly requests: SeenRequest[];
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { options, stored, requests }: Keeping,
): Promise<void> {
  const misbehaviour = options.misbehave?.(requests.length);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  const { url: path = '', headers } = request;
  requests.push({ path, headers, events: lines.length, bytes: body.length });
  if (misbehaviour === 'cut before') {
    request.socket.destroy();
    return;
  }
  if (typeof misbehaviour === 'object') {
    const { status, retryAfter, body: says = '' } = misbehaviour;
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end(says);
    return;
  }
  if (options.takesMs !== undefined) await setTimeout(options.takesMs);
  const { status, says } = take(lines, stored, options, new URL(path, 'http://sink').searchParams);
  if (misbehaviour === 'cut after') request.socket.destroy();
  else if (misbehaviour !== 'hang')
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(says));
}

function take(
  lines: readonly string[],
  stored: Map<string, string>,
  { eventsMax = Infinity, nowMs = Number.MAX_SAFE_INTEGER }: SinkOptions,
  query: URLSearchParams,
): { status: number; says: unknown } {
  if (lines.length > eventsMax) return refuse(413, 'too_many_events', `More than ${eventsMax} events.`);
  const rejected: { index: number; code: string; message: string }[] = [];
  const fresh = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    try {
      const { id } = parseEvent(JSON.parse(line), { nowMs, futureToleranceMs: 0 });
      if ((stored.get(id) ?? line) !== line)
        throw new BellwetherError('identity_conflict', `The event ${id} is stored with another payload.`);
      if (!stored.has(id)) fresh.set(id, line);
    } catch (error) {
      if (!(error instanceof BellwetherError)) throw error;
      if (query.get('partial') !== 'true') return refuse(error.status, error.code, error.message, index);
      rejected.push({ index, code: error.code, message: error.message });
    }
  }
  for (const [id, line] of fresh) stored.set(id, line);
  const accepted = fresh.size;
  return { status: 200, says: { accepted, duplicates: lines.length - accepted - rejected.length, rejected } };
}

function refuse(
  status: number,
  code: string,
  message: string,
  index?: number,
): { status: number; says: unknown } {
  return { status, says: { error: { code, message, index } } };
}
