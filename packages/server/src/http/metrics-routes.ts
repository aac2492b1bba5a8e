/** `GET /metrics` and `GET /metrics/business`: the exposition. */

import type { FastifyInstance } from 'fastify';
import type { ServerMetrics } from '../live/server-metrics.ts';

/** Adds the routes that Prometheus scrapes. */
export function metricsRoutes(source: ServerMetrics) {
  return (server: FastifyInstance): void => {
    const schema = { produces: ['text/plain'] };
    server.get(
      '/metrics',
      { schema: { ...schema, summary: 'All metrics, as Prometheus scrapes them' } },
      async (_request, reply) => {
        const { body, contentType } = await source.render('all');
        return reply.type(contentType).send(body);
      },
    );
    server.get(
      '/metrics/business',
      { schema: { ...schema, summary: 'Business, cost and user metrics only' } },
      async (_request, reply) => {
        const { body, contentType } = await source.render('business');
        return reply.type(contentType).send(body);
      },
    );
  };
}
