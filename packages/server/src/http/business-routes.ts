/** `GET /api/v1/business`: what traffic was worth, who used it, how, and how content they were. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { readBusiness } from '../business/report.ts';
import type { BusinessSettings } from '../business/settings.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { askSettled } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

interface BusinessQuery {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly by?: string;
}

const querySchema = Type.Object(
  {
    ...periodParameters(),
    by: Type.Optional(
      Type.String({ description: `Dimensions, separated by commas: ${dimensionNames.join(', ')}.` }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the route. */
export function businessRoutes(ledger: Ledger, clock: Clock, settings: BusinessSettings) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: BusinessQuery }>(
      '/api/v1/business',
      {
        schema: {
          summary: 'Return on investment, adoption, usage and satisfaction',
          querystring: querySchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      ({ query, principal: { tenant } }, reply) =>
        askSettled(ledger, reply, async () => {
          const range = { ...readTimeRange(query, clock.nowMs()), tenant };
          const by = readDimensions(query.by ?? '');
          return readBusiness(ledger.connection, range, by, settings);
        }),
    );
  };
}
