/** `GET /api/v1/…`: answers from the ledger. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { withSelfHosted } from '../allocations/cost-line.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Verification } from '../verify/verify.ts';
import { readCosts } from '../report/costs.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { explainCosts } from '../report/explain/explain.ts';
import { readCompared } from '../report/explain/ranges.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { ask, askSettled } from './ledger-question.ts';
import { periodParameters } from './period-parameters.ts';

const rangeSchema = {
  ...periodParameters(),
};

const figures = {
  requests: Type.Integer(),
  errors: Type.Integer(),
  input_tokens: Type.Integer(),
  output_tokens: Type.Integer(),
  cost_usd: Type.String({ description: 'Exact decimal dollars.' }),
  unpriced_requests: Type.Integer(),
};

const costSchema = Type.Object({
  from: Type.Union([Type.String(), Type.Null()]),
  to: Type.Union([Type.String(), Type.Null()]),
  by: Type.Array(Type.String()),
  rows: Type.Array(Type.Object({ key: Type.Record(Type.String(), Type.String()), ...figures })),
  total: Type.Object(figures),
  truncated: Type.Boolean(),
  self_hosted: Type.Optional(
    Type.Object(
      { allocated_usd: Type.String(), idle_usd: Type.String() },
      { description: 'What the machines of self-hosted models cost beside that.' },
    ),
  ),
  coarse_requests: Type.Optional(
    Type.Integer({
      description: 'Requests of which only charges by the day are left, without this dimension.',
    }),
  ),
});

interface CostQuery {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly by?: string;
}

interface ComparedQuery extends CostQuery {
  readonly against_from?: string;
  readonly against_to?: string;
}

const comparedSchema = Type.Object(
  {
    ...rangeSchema,
    against_from: Type.Optional(
      Type.String({ description: 'Beginning of the period to compare with; the one just before if absent.' }),
    ),
    against_to: Type.Optional(Type.String({ description: 'Its end, excluded.' })),
    by: Type.Optional(Type.String({ description: 'Dimensions, separated by commas; model if absent.' })),
  },
  { additionalProperties: false },
);

/** Adds the routes that answer from the ledger. */
export function reportRoutes(ledger: Ledger, clock: Clock, verify: () => Promise<Verification>) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: CostQuery }>(
      '/api/v1/costs',
      {
        schema: {
          summary: 'What requests cost',
          querystring: Type.Object(
            {
              ...rangeSchema,
              by: Type.Optional(
                Type.String({
                  description: `Dimensions, separated by commas: ${dimensionNames.join(', ')}.`,
                }),
              ),
            },
            { additionalProperties: false },
          ),
          response: { 200: costSchema, '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const { by = 'provider', ...text } = request.query;
        const { tenant } = request.principal;
        const range = { ...readTimeRange(text, clock.nowMs()), tenant };
        const dimensions = readDimensions(by);
        return askSettled(ledger, reply, async () => {
          const report = await readCosts(ledger.connection, range, dimensions);
          // Machines are of all tenants.
          return tenant === null ? withSelfHosted(ledger.connection, range, report) : report;
        });
      },
    );
    server.get<{ Querystring: ComparedQuery }>(
      '/api/v1/costs/explain',
      {
        schema: {
          summary: 'Why a period cost more or less than another',
          querystring: comparedSchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async (request, reply) => {
        const { by = 'model', ...text } = request.query;
        const ranges = readCompared(text, clock.nowMs(), request.principal.tenant);
        const dimensions = readDimensions(by);
        return askSettled(ledger, reply, () => explainCosts(ledger.connection, ranges, dimensions));
      },
    );
    server.get(
      '/api/v1/verify',
      { schema: { summary: 'Hold the ledger against the journal and the live counters' } },
      () => ask(ledger, verify),
    );
  };
}
