/** `/api/v1/erasures`: erases a user, and lists erasures without saying who it was. */

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { OnErasureStep } from '../erasure/user-erasures.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { errorSchema } from './error-body.ts';
import { readJsonBody, requireJson } from './json-body.ts';
import { ask } from './ledger-question.ts';
import { answerLong } from './long-answer.ts';

/** What the routes ask for. */
export interface ErasureWork {
  list(): readonly unknown[];
  erase(user: string, tenant: string | null, onStep: OnErasureStep, actor: string): Promise<unknown>;
}

const TEXT_MAX = 1024;
const eraseSchema = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: TEXT_MAX, description: 'The id as it was sent.' }),
    tenant: Type.Optional(
      Type.String({ maxLength: TEXT_MAX, description: 'In this tenant only; in all if it is absent.' }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function erasureRoutes(erasures: ErasureWork, ledger: Ledger) {
  return (server: FastifyInstance): void => {
    const responses = { '4xx': errorSchema, '5xx': errorSchema };
    server.get(
      '/api/v1/erasures',
      { schema: { summary: 'Erasures: when, and nothing of whom', response: responses } },
      async () => ({ erasures: erasures.list() }),
    );
    server.post(
      '/api/v1/erasures',
      {
        schema: {
          summary: 'Erase a user',
          description: 'Takes a JSON object. Answers NDJSON: progress, and at the end a result or an error.',
          consumes: ['application/json'],
          response: responses,
          body: eraseSchema,
        },
        // Bodies are described for readers of the API, and held against the schema by hand.
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        requireJson(request);
        const { user, tenant } = readJsonBody(request, eraseSchema);
        await ask(ledger, async () => undefined);
        return answerLong(reply, (tell) =>
          erasures.erase(user, tenant ?? null, tell, request.principal.name),
        );
      },
    );
  };
}
