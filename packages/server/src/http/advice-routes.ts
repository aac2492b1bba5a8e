/** `GET /api/v1/advice` (and `/api/v1/recommendations`): what could be done better, and what that gains. */

import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { ADVICE_HOURS } from '../advice/advice.ts';
import type { AdviceReport } from '../advice/read-advice.ts';
import type { WhatIf } from '../advice/what-if.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Period, periodOf } from '../report/periods.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { askSettled } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

const rangeFields = {
  ...periodParameters('30 days back'),
};
const querySchema = Type.Object(rangeFields, { additionalProperties: false });
const whatIfSchema = Type.Object(
  {
    ...rangeFields,
    suppose: Type.String({
      description:
        'move task TASK [of APPLICATION] [from MODEL] to MODEL; raise traffic 2x; lower traffic 20 %.',
    }),
  },
  { additionalProperties: false },
);

/** What the routes ask. */
export interface AdviceReaders {
  /** Gives the advice of a period. */
  readonly advice: (period: Period) => Promise<AdviceReport>;
  /** Says what would be, by the requests of a period. */
  readonly whatIf: (period: Period, suppose: string) => Promise<WhatIf>;
}

/** Adds the routes. */
export function adviceRoutes(ledger: Ledger, clock: Clock, readers: AdviceReaders) {
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
        async (request, reply) => {
          const nowMs = clock.nowMs();
          const { tenant } = request.principal;
          const period = periodOf({ ...readTimeRange(request.query, nowMs), tenant }, nowMs, ADVICE_HOURS);
          return askSettled(ledger, reply, () => readers.advice(period));
        },
      );
    server.get<{ Querystring: Static<typeof whatIfSchema> }>(
      '/api/v1/what-if',
      {
        schema: {
          summary: 'What cost, latency, errors, quality and budgets would be if',
          querystring: whatIfSchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const { suppose, ...text } = request.query;
        const nowMs = clock.nowMs();
        const { tenant } = request.principal;
        const period = periodOf({ ...readTimeRange(text, nowMs), tenant }, nowMs, ADVICE_HOURS);
        return askSettled(ledger, reply, () => readers.whatIf(period, suppose));
      },
    );
  };
}
