/** `/api/v1/trends`, `/api/v1/forecasts` and `/api/v1/regressions`: where measures are heading, and what a change did. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import {
  answerForecasts,
  answerRegressions,
  answerTrends,
  type ForecastParameters,
  type OutlookParameters,
  type RegressionParameters,
} from '../analysis/outlook-questions.ts';
import type { Markers } from '../analysis/regressions.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CountingSeriesSource } from '../series/series.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;

/** What the routes ask. */
export interface OutlookDesk {
  readonly source: CountingSeriesSource;
  readonly markers: Markers;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

const where = Type.Optional(
  Type.Union([Type.String(), Type.Array(Type.String())], {
    description: 'A filter, e.g. provider=openai or model!=gpt-4o; may be repeated.',
  }),
);
const outlookFields = {
  measure: Type.Optional(Type.String({ description: 'cost_usd if absent; /api/v1/measures lists them.' })),
  by: Type.Optional(Type.String({ description: 'Dimensions, separated by commas.' })),
  where,
  ...periodParameters('28 days back'),
  step: Type.Optional(Type.String({ description: 'Whole minutes, e.g. 5m, 1h, 1d.' })),
  series_max: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
};
const closed = { additionalProperties: false };
const trendsQuery = Type.Object(outlookFields, closed);
const forecastsQuery = Type.Object(
  {
    ...outlookFields,
    horizon: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'Steps ahead; 30 if absent.' }),
    ),
    limit: Type.Optional(Type.Number({ description: 'When is this value reached?' })),
  },
  closed,
);
const regressionsQuery = Type.Object(
  {
    marker: Type.Optional(Type.String({ description: 'The id of a deployment.' })),
    at: Type.Optional(Type.String({ description: 'A date or RFC 3339, instead of a marker.' })),
    hours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 672, description: 'Of each side; 24 if absent.' }),
    ),
    measures: Type.Optional(Type.String({ description: 'Separated by commas.' })),
    where,
    mix: Type.Optional(
      Type.String({ description: 'Dimensions whose mix is held equal; task_type,model if absent.' }),
    ),
  },
  closed,
);

/** Adds the routes. */
export function outlookRoutes({ source, markers, clock, ledger }: OutlookDesk) {
  return (server: FastifyInstance): void => {
    const response = { '4xx': errorSchema, '5xx': errorSchema };
    const settled = <R>(question: () => Promise<R>): Promise<R> =>
      ask(ledger, async () => {
        await ledger.settle(SETTLE_MS);
        return question();
      });
    server.get<{ Querystring: OutlookParameters }>(
      '/api/v1/trends',
      { schema: { summary: 'Where a measure is heading', querystring: trendsQuery, response } },
      (request) => settled(() => answerTrends(source, request.query, clock.nowMs())),
    );
    server.get<{ Querystring: ForecastParameters }>(
      '/api/v1/forecasts',
      { schema: { summary: 'What a measure will be', querystring: forecastsQuery, response } },
      (request) => settled(() => answerForecasts(source, request.query, clock.nowMs())),
    );
    server.get<{ Querystring: RegressionParameters }>(
      '/api/v1/regressions',
      {
        schema: {
          summary: 'What a deployment made better or worse',
          querystring: regressionsQuery,
          response,
        },
      },
      (request) => settled(() => answerRegressions(source, markers, request.query, clock.nowMs())),
    );
  };
}
