/** A small HTTP server: routes, JSON bodies with a bound, errors with a status, and a record of each request. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PlatformRecorders } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';

/** An error that the caller is told of. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A request as a route sees it. */
export interface RouteRequest {
  readonly headers: IncomingMessage['headers'];
  /** The parts of the path that the route names, e.g. `key` of `/config/:key`. */
  readonly params: Readonly<Record<string, string>>;
  /** Reads the body as JSON. Throws an HttpError if it is none, or too large. */
  json(): Promise<unknown>;
}

/** What a route answers: text or bytes as they are, anything else as JSON. */
export interface RouteAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A route: a method, a path in which parts may be named, and what answers. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly handle: (request: RouteRequest) => Promise<RouteAnswer> | RouteAnswer;
}

const BODY_BYTES_MAX = 100_000;

/** A listening server. */
export interface WebServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server for some routes. */
export async function serve(
  port: number,
  routes: readonly Route[],
  metrics: Pick<PlatformRecorders, 'http'>,
  clock: Clock,
): Promise<WebServer> {
  const server = createServer((request, response) => {
    const startMs = clock.monotonicMs();
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const match = findRoute(routes, request.method ?? '', pathname);
    response.once('close', () => {
      const seconds = (clock.monotonicMs() - startMs) / 1000;
      // The route's path, since there would be a series for each request otherwise.
      const path = match?.route.path ?? 'unknown';
      metrics.http.recordRequest(request.method ?? '', path, response.statusCode, seconds);
    });
    void answer(request, response, match);
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

function findRoute(routes: readonly Route[], method: string, pathname: string): Match | undefined {
  const parts = pathname.split('/');
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== parts.length) continue;
    const fits = wanted.every((part, index) => part.startsWith(':') || part === parts[index]);
    if (!fits) continue;
    const named = wanted.flatMap((part, index) =>
      part.startsWith(':') ? [[part.slice(1), decodeURIComponent(parts[index] ?? '')]] : [],
    );
    return { route, params: Object.fromEntries(named) as Record<string, string> };
  }
  return undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  match: Match | undefined,
): Promise<void> {
  try {
    if (match === undefined) throw new HttpError(404, 'There is nothing here.');
    const { headers } = request;
    const given = await match.route.handle({ headers, params: match.params, json: () => readJson(request) });
    const raw = typeof given.body === 'string' || given.body instanceof Uint8Array;
    response.writeHead(given.status ?? 200, {
      'content-type': raw ? 'text/plain; charset=utf-8' : 'application/json',
      ...given.headers,
    });
    response.end(raw ? given.body : JSON.stringify(given.body));
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 500;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new HttpError(413, `A body has at most ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'The body is not JSON.');
  }
}
