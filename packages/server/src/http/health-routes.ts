/** `GET /health`, `/livez`, `/readyz`: how the server is. */

import type { FastifyInstance, FastifyReply } from 'fastify';
import { mayActAs } from '../auth/index.ts';
import type { Health } from '../health/index.ts';

type Answer = ReturnType<Health['live']>;

/** Adds the health routes. */
export function healthRoutes(health: Health) {
  const send = (reply: FastifyReply, { statusCode, contentType, body }: Answer): FastifyReply =>
    reply.code(statusCode).type(contentType).send(body);
  return (server: FastifyInstance): void => {
    server.get(
      '/health',
      { schema: { summary: 'Every check and what they say together' } },
      (request, reply) => send(reply, health.health(request.headers.accept)),
    );
    server.get('/livez', { schema: { summary: 'Whether the process answers' } }, (_request, reply) =>
      send(reply, health.live()),
    );
    server.get<{ Querystring: { verbose?: string } }>(
      '/readyz',
      { schema: { summary: 'Whether requests should be sent here' } },
      (request, reply) => {
        const mayList = mayActAs(request.principal, 'read');
        return send(reply, health.ready(mayList && request.query.verbose !== undefined));
      },
    );
  };
}
