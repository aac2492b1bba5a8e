/**
 * The HTTP server: parsers, errors, the guard, and the routes. A body is read as it
 * came, since ingest parses it itself.
 */

import swagger from '@fastify/swagger';
import { BellwetherError } from '@bellwether/events';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { isOpen } from '../auth/exposure.ts';
import type { Log } from '../log.ts';
import { asCatalogueError, sendError } from './error-body.ts';

export interface HttpServerOptions {
  /** The address the server will listen on; what it answers without a token depends on it. */
  readonly host: string;
  readonly version: string;
  readonly bodyBytesMax: number;
  readonly log: Log;
  /** Called for each request that is refused. */
  readonly onRefused: (code: BellwetherError['code']) => void;
  /** Adds the routes. */
  readonly routes: readonly ((server: FastifyInstance) => void)[];
}

/** Failures of the server's own, which the answer tells of only in general. */
const loggedCodes: ReadonlySet<string> = new Set(['internal', 'ledger_unavailable', 'query_too_heavy']);

/** The methods that routes have. */
const methods = ['GET', 'POST', 'DELETE'] as const;

/** How long a client may take to send its headers and its request. */
const REQUEST_TIMEOUT_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 75_000;

/** Makes the server, which does not listen yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: options.bodyBytesMax,
    // A parameter that nobody knows is a mistake to tell, not one to drop.
    ajv: { customOptions: { removeAdditional: false } },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: CONNECTION_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error, request, reply) => {
    const known = asCatalogueError(error);
    options.onRefused(known.code);
    if (loggedCodes.has(known.code)) {
      options.log.error(
        { code: known.code, problem: describe(known.cause ?? error), route: request.routeOptions.url },
        'request failed',
      );
    }
    return sendError(reply, known);
  });
  server.setNotFoundHandler((request, reply) => {
    guard(request, options.host);
    const allowed = methods.filter(
      (method) => server.findRoute({ method, url: request.url.split('?', 1)[0] ?? '' }) !== null,
    );
    const code = allowed.length === 0 ? 'not_found' : 'method_not_allowed';
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    options.onRefused(code);
    return sendError(reply, new BellwetherError(code));
  });
  server.addHook('onRequest', async (request) => guard(request, options.host));
  server.addHook('onSend', async (_request, reply) => {
    reply.headers({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Bellwether',
        version: options.version,
        description: 'What LLM traffic costs and how well it serves.',
      },
    },
  });
  for (const addRoutes of options.routes) addRoutes(server);
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
  return server;
}

function guard(request: FastifyRequest, host: string): void {
  if (!isOpen(request.routeOptions.url, host)) throw new BellwetherError('unauthorized');
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
