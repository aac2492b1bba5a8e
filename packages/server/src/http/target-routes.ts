/** `GET /api/v1/targets`: what the server scrapes, and how the last scrape of each went. */

import type { FastifyInstance } from 'fastify';
import type { Collector } from '../collect/collector.ts';
import { errorSchema } from './error-body.ts';

/** Adds the route. */
export function targetRoutes(collector: Pick<Collector, 'views'>) {
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/targets',
      {
        schema: {
          summary: 'What the server scrapes, and how the last scrape of each target went',
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      () => ({ jobs: collector.views }),
    );
  };
}
