/** `GET /api/v1/advice` (and `/api/v1/recommendations`): what could be done better, and what that gains. */

import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { ADVICE_HOURS } from '../advice/advice.ts';
import type { AdviceReport } from '../advice/read-advice.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Period, periodOf } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';

/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;

const querySchema = Type.Object(
  {
    from: Type.Optional(Type.String({ description: 'Date or RFC 3339, included; 30 days back if absent.' })),
    to: Type.Optional(Type.String({ description: 'Date or RFC 3339, excluded; now if absent.' })),
    hours: Type.Optional(Type.Number({ description: 'The last so many hours, instead of from.' })),
  },
  { additionalProperties: false },
);

/** Adds the routes. @param read gives the advice of a period. */
export function adviceRoutes(ledger: Ledger, clock: Clock, read: (period: Period) => Promise<AdviceReport>) {
  return (server: FastifyInstance): void => {
    for (const path of ['/api/v1/advice', '/api/v1/recommendations'])
      server.get<{ Querystring: Static<typeof querySchema> }>(
        path,
        {
          schema: {
            summary: 'What could be done better, what that gains, and the rows that it rests on',
            querystring: querySchema,
            response: { '4xx': errorSchema, '5xx': errorSchema },
          },
        },
        async (request) => {
          const nowMs = clock.nowMs();
          const { tenant } = request.principal;
          const period = periodOf({ ...readTimeRange(request.query, nowMs), tenant }, nowMs, ADVICE_HOURS);
          return ask(ledger, async () => {
            await ledger.settle(SETTLE_MS);
            return read(period);
          });
        },
      );
  };
}
