/** `/api/v1/reratings`: what another price would change, and changing it. */

import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { RerateRequest } from '../rerate/request.ts';
import type { Reratings } from '../rerate/reratings.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { JSON_BODY_BYTES_MAX, readJsonBody } from './json-body.ts';
import { ask } from './ledger-question.ts';

/** How long the first look waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 10_000;

const bodySchema = Type.Object(
  {
    from: Type.Optional(Type.String({ description: 'Date or RFC 3339; included.' })),
    to: Type.Optional(Type.String({ description: 'Date or RFC 3339; excluded.' })),
    provider: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    unpriced: Type.Optional(Type.Boolean({ description: 'Only events that have no price.' })),
    plan: Type.Optional(
      Type.String({
        description: 'Applies the changes that an earlier answer has named so; without it nothing changes.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function rerateRoutes(reratings: Reratings, ledger: Ledger, clock: Clock) {
  return (server: FastifyInstance): void => {
    const responses = { '4xx': errorSchema, '5xx': errorSchema };
    server.get(
      '/api/v1/reratings',
      { schema: { summary: 'Re-ratings so far', response: responses } },
      () => ({
        reratings: reratings.list(),
      }),
    );
    server.post(
      '/api/v1/reratings',
      {
        schema: {
          summary: 'Price events again',
          description:
            'Without a plan the answer is what would change; with the plan of that answer, it is applied.',
          consumes: ['application/json'],
          body: bodySchema,
          response: responses,
        },
        bodyLimit: JSON_BODY_BYTES_MAX,
        validatorCompiler: () => () => true,
      },
      async (request) => {
        const { name } = request.principal;
        const body = readJsonBody(request, bodySchema);
        const wanted = readRequest(body, clock.nowMs());
        return ask(ledger, async () => {
          await ledger.settle(SETTLE_MS);
          const { plan } = body;
          return plan === undefined ? reratings.preview(wanted) : reratings.apply(wanted, plan, name);
        });
      },
    );
    server.post<{ Params: { id: string } }>(
      '/api/v1/reratings/:id/undo',
      {
        schema: { summary: 'Give events their former charges', response: responses },
        bodyLimit: JSON_BODY_BYTES_MAX,
      },
      async ({ params, principal }) => ask(ledger, () => reratings.undo(params.id, principal.name)),
    );
  };
}

function readRequest(body: Static<typeof bodySchema>, nowMs: number): RerateRequest {
  const { from, to, provider = null, model = null, unpriced = false } = body;
  return { range: readTimeRange({ from, to }, nowMs), provider, model, unpriced };
}
