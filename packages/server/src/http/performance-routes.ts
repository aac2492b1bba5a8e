/** `GET /api/v1/overview` and `/api/v1/performance`: how much traffic there is, how it is served and what it costs. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { readOverview } from '../report/overview.ts';
import { readPerformance } from '../report/performance.ts';
import { type Period, periodOf } from '../report/periods.ts';
import { readTimeRange, type TimeRangeText } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { askSettled } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

/** The period of a question that names none. */
const HOURS_DEFAULT = 24;

const periodSchema = {
  ...periodParameters('A day back'),
};

const overviewQuery = Type.Object(periodSchema, { additionalProperties: false });

const performanceQuery = Type.Object(
  {
    ...periodSchema,
    by: Type.Optional(
      Type.String({ description: `Dimensions, separated by commas: ${dimensionNames.join(', ')}.` }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function performanceRoutes(ledger: Ledger, clock: Clock) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: Static<typeof overviewQuery> }>(
      '/api/v1/overview',
      {
        schema: {
          summary: 'Figures of a period beside those of the period before, and where most of them come from',
          querystring: overviewQuery,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const period = readPeriod(request.query, request, clock);
        return askSettled(ledger, reply, () => readOverview(ledger.connection, period));
      },
    );
    server.get<{ Querystring: Static<typeof performanceQuery> }>(
      '/api/v1/performance',
      {
        schema: {
          summary: 'Requests, errors, latency, throughput and cost, group by group',
          querystring: performanceQuery,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const { by = 'provider,model', ...text } = request.query;
        const period = readPeriod(text, request, clock);
        const dimensions = readDimensions(by);
        return askSettled(ledger, reply, () => readPerformance(ledger.connection, period, dimensions));
      },
    );
  };
}

function readPeriod(
  text: TimeRangeText,
  { principal: { tenant } }: Pick<FastifyRequest, 'principal'>,
  clock: Clock,
): Period {
  const nowMs = clock.nowMs();
  return periodOf({ ...readTimeRange(text, nowMs), tenant }, nowMs, HOURS_DEFAULT);
}
