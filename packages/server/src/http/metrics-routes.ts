/** `GET /metrics` and `GET /metrics/business`: the exposition. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { ServerMetrics } from '../live/server-metrics.ts';

interface MetricsQuery {
  readonly 'name[]'?: string | string[];
}

const schema = {
  produces: ['text/plain', 'application/openmetrics-text', 'application/vnd.google.protobuf'],
  querystring: Type.Object({
    'name[]': Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], {
        description: 'Only these families; may be repeated.',
      }),
    ),
  }),
};

/** Adds the routes that Prometheus scrapes. */
export function metricsRoutes(metrics: ServerMetrics) {
  const answer =
    (part: 'all' | 'business') =>
    async (
      request: FastifyRequest<{ Querystring: MetricsQuery }>,
      reply: FastifyReply,
    ): Promise<FastifyReply> => {
      const { headers, body } = await metrics.scrape(part, {
        accept: request.headers.accept,
        acceptEncoding: [request.headers['accept-encoding'] ?? ''].flat().join(','),
        names: [request.query['name[]'] ?? []].flat(),
      });
      return reply.headers(headers).send(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    };
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: MetricsQuery }>(
      '/metrics',
      { schema: { ...schema, summary: 'All metrics, as Prometheus scrapes them' } },
      answer('all'),
    );
    server.get<{ Querystring: MetricsQuery }>(
      '/metrics/business',
      { schema: { ...schema, summary: 'Business, cost and user metrics only' } },
      answer('business'),
    );
  };
}
