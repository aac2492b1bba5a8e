/** `GET /api/v1/backends`: backends compared and ranked, algorithms, and how evenly load fell. */

import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { compareBackends } from '../backends/compare-backends.ts';
import { readCapacities } from '../backends/distribution.ts';
import { measureNames } from '../backends/rank.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { periodOf } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { askSettled } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

/** The period of a question that names none. */
const HOURS_DEFAULT = 24;

const querySchema = Type.Object(
  {
    ...periodParameters('A day back'),
    rank: Type.Optional(
      Type.Union(
        measureNames.map((name) => Type.Literal(name)),
        { description: 'What the backends are ordered by; success if absent.' },
      ),
    ),
    model: Type.Optional(Type.String({ description: 'Only requests of this model.' })),
    capacity: Type.Optional(
      Type.String({ description: 'What backends can take relative to each other, e.g. b1=4,b2=1.' }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the route. */
export function backendRoutes(ledger: Ledger, clock: Clock) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: Static<typeof querySchema> }>(
      '/api/v1/backends',
      {
        schema: {
          summary: 'Backends compared and ranked, balancing algorithms, and how evenly load fell',
          querystring: querySchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async ({ query, principal: { tenant } }, reply) => {
        const { rank = 'success', model = null, capacity = '', ...text } = query;
        const nowMs = clock.nowMs();
        const period = periodOf({ ...readTimeRange(text, nowMs), tenant }, nowMs, HOURS_DEFAULT);
        const capacities = readCapacities(capacity);
        return askSettled(ledger, reply, () =>
          compareBackends(ledger.connection, { period, rankBy: rank, model, capacities }),
        );
      },
    );
  };
}
