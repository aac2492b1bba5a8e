/**
 * The HTTP server: parsers, errors, the guard, and the routes. A body is read as it
 * came, since ingest parses it itself.
 */

import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import swagger from '@fastify/swagger';
import { BellwetherError } from '@bellwether/events';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Access } from '../auth/index.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/index.ts';
import type { Log } from '../log.ts';
import { addBrowserRules } from './browser-rules.ts';
import { asCatalogueError, sendError } from './error-body.ts';
import { addFiniteNumbers } from './finite-numbers.ts';
import { addGuard, guard } from './guard.ts';
import { type Listener, makeListener, onlyScraped, readTls } from './listeners.ts';
import { addBodies } from './request-body.ts';
import { PassedOver } from './passed-over.ts';
import { addRequestIds, requestIdOf } from './request-id.ts';
import { addRequestLog, type RequestLogOptions } from './request-log.ts';

export interface HttpServerOptions {
  readonly access: Access;
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonicMs' | 'setTimeout'>;
  /** See {@link RequestLogOptions}. */
  readonly within: RequestLogOptions['within'];
  /** Called for each request, whatever became of it. */
  readonly onAnswered: RequestLogOptions['onAnswered'];
  /** Called for each request that is refused. */
  readonly onRefused: (code: BellwetherError['code']) => void;
  /** Adds the routes. */
  readonly routes: readonly ((server: FastifyInstance) => void)[];
}

/** The server. */
export interface HttpServer {
  readonly fastify: FastifyInstance;
  /** Listens on the port and, if there is one, on the second port; gives the address as a client on this machine writes it. */
  listen(): Promise<string>;
  /** Reads the certificate again, for connections from then on. @throws Error if it is not right. */
  prepareTls(this: void): () => void;
  /** Drops every connection, whatever is under way on it. */
  dropConnections(): void;
  /** Answers what is under way and closes. */
  close(): Promise<void>;
}

/** Failures of the server's own, which the answer tells of only in general. */
const loggedCodes: ReadonlySet<string> = new Set(['internal', 'ledger_unavailable', 'query_too_heavy']);

/** The methods that routes have. */
const methods = ['GET', 'POST', 'DELETE'] as const;

/** Makes the server, which does not listen yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, access } = options;
  const { tls } = config;
  const files = { certFile: tls.cert_file, keyFile: tls.key_file, clientCaFile: tls.client_ca_file };
  const secure = tls.cert_file !== '';
  const listeners: Listener[] = [];
  const listening = (answer: RequestListener): Server => {
    const listener = makeListener(files, answer);
    listeners.push(listener);
    return listener.server;
  };
  const server = fastify({
    bodyLimit: config.ingest.body_bytes_max,
    // A parameter that nobody knows is a mistake to tell, not one to drop.
    ajv: { customOptions: { removeAdditional: false } },
    serverFactory: listening,
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  addBodies(server);
  addErrors(server, options);
  addRequestLog(server, options);
  addRequestIds(server);
  addBrowserRules(server, {
    corsOrigins: () => config.access.cors_origins,
    secure,
  });
  addGuard(server, access);
  addFiniteNumbers(server);
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
  const second =
    config.scrape.port === 0
      ? null
      : listening(onlyScraped((request, response) => server.routing(request, response)));
  return {
    fastify: server,
    listen: () => listen(server, second, config),
    prepareTls() {
      if (!secure) return () => undefined;
      // The files are those of the start; what is in them may be new.
      const material = readTls(files);
      return () => {
        for (const listener of listeners) listener.renew(material);
      };
    },
    dropConnections() {
      for (const { server } of listeners) server.closeAllConnections();
    },
    async close() {
      second?.close();
      second?.closeAllConnections();
      await server.close();
    },
  };
}

async function listen(server: FastifyInstance, second: Server | null, config: Config): Promise<string> {
  const { host, port } = config.service;
  const address = await server.listen({ host, port });
  if (second !== null) {
    await once(second.listen(config.scrape.port, config.scrape.host), 'listening').catch(
      async (error: unknown) => {
        await server.close();
        throw error;
      },
    );
  }
  // Fastify does not know of TLS that it has not made itself.
  const secured = config.tls.cert_file === '' ? address : address.replace(/^http:/, 'https:');
  // The address as a client on this machine would write it.
  return secured.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]');
}

/** Tells errors, also where there is no route. */
function addErrors(server: FastifyInstance, { access, log, onRefused, clock }: HttpServerOptions): void {
  const passedOver = new PassedOver(clock);
  const refuse = (reply: FastifyReply, error: BellwetherError): FastifyReply => {
    if (!passedOver.take(reply.request.raw)) reply.header('connection', 'close');
    return sendError(reply, error);
  };
  const note = (error: unknown, request: FastifyRequest): BellwetherError => {
    const known = asCatalogueError(error);
    onRefused(known.code);
    if (loggedCodes.has(known.code)) {
      log.error(
        {
          code: known.code,
          problem: describe(known.cause ?? error),
          route: request.routeOptions.url,
          request_id: request.id,
        },
        'request failed',
      );
    }
    return known;
  };
  server.decorate('noteFailure', note);
  server.setErrorHandler((error, request, reply) => refuse(reply, note(error, request)));
  server.setNotFoundHandler((request, reply) => {
    guard(access, request, reply);
    const allowed = methods.filter(
      (method) => server.findRoute({ method, url: request.url.split('?', 1)[0] ?? '' }) !== null,
    );
    const code = allowed.length === 0 ? 'not_found' : 'method_not_allowed';
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    onRefused(code);
    return refuse(reply, new BellwetherError(code));
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
