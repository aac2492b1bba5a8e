/** `GET /metrics` and `GET /metrics/business`: the exposition. */

import type { FastifyInstance } from 'fastify';

/** What renders the exposition. */
export interface MetricsSource {
  /** All families, or those of the business packs. */
  render(part: 'all' | 'business'): Promise<{ readonly body: string; readonly contentType: string }>;
}

/** Adds the routes that Prometheus scrapes. */
export function metricsRoutes(source: MetricsSource) {
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
