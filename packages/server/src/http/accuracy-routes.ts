/** `GET /api/v1/accuracy`: the live counters against the ledger, family by family. */

import type { FastifyInstance } from 'fastify';
import type { Ledger } from '../ledger/ledger.ts';
import type { Accuracy } from '../verify/accuracy.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';

/** Adds the route. */
export function accuracyRoutes(ledger: Ledger, validate: () => Promise<Accuracy>) {
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/accuracy',
      {
        schema: {
          summary: 'Hold the live counters against the ledger, family by family',
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      () => ask(ledger, validate),
    );
  };
}
