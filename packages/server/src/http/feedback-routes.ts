/** `POST /v1/feedback`, and what was said of one request. */

import { BellwetherError, feedbackSchema, scoreFields } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { tenantFor } from '../auth/index.ts';
import type { Admission } from '../ingest/admission.ts';
import type { FeedbackIngest } from '../ingest/feedback/feedback-ingest.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readRating } from '../report/ratings.ts';
import { AdmittedBodies } from './admitted-bodies.ts';
import { errorSchema } from './error-body.ts';
import { answerSchema, checkFlags } from './event-routes.ts';
import { ask } from './ledger-question.ts';

const errors = { '4xx': errorSchema, '5xx': errorSchema };
/** How long an answer waits for the ledger to hold all that is acknowledged. */
const SETTLE_MS = 2000;

const scoresSchema = Type.Object(
  Object.fromEntries(scoreFields.map((name) => [name, Type.Union([Type.Number(), Type.Null()])])),
);

const ratingSchema = Type.Object({
  tenant: Type.String(),
  request_id: Type.String(),
  ratings: Type.Integer({ description: 'How often the request was rated.' }),
  request: Type.Union([
    Type.Object({ timestamp: Type.String(), provider: Type.String(), model: Type.String() }),
    Type.Null(),
  ]),
  scores: scoresSchema,
});

export interface FeedbackRouteOptions {
  readonly feedback: FeedbackIngest;
  readonly admission: Admission;
  readonly bodyBytesMax: number;
  readonly ledger: Ledger;
}

interface RatingQuery {
  readonly request_id: string;
  readonly tenant?: string;
}

/** Adds the routes. */
export function feedbackRoutes({ feedback, admission, bodyBytesMax, ledger }: FeedbackRouteOptions) {
  return (server: FastifyInstance): void => {
    const bodies = new AdmittedBodies(admission, bodyBytesMax);
    server.post<{ Querystring: { readonly partial?: string } }>(
      '/v1/feedback',
      {
        schema: {
          summary: 'Rate requests, whether they are stored already or come later',
          description:
            'One object, an array, or NDJSON. Answered when it is on disk. All is stored or nothing is, unless partial=true.',
          consumes: ['application/json', 'application/x-ndjson'],
          body: Type.Union([feedbackSchema, Type.Array(feedbackSchema)]),
          querystring: Type.Object({ partial: Type.Optional(Type.Enum(['true', 'false'])) }),
          response: {
            200: answerSchema,
            ...errors,
          },
        },
        onRequest: bodies.admit,
        // The body is described for readers of the API; ingest checks it, since only it can say what is wrong where.
        validatorCompiler: ({ httpPart }) =>
          httpPart === 'querystring' ? (query: object) => checkFlags(query, ['partial']) : () => true,
      },
      (request) => feedback.accept(bodies.of(request), request.query.partial === 'true'),
    );
    server.get<{ Querystring: RatingQuery }>(
      '/api/v1/feedback',
      {
        schema: {
          summary: 'What was said of a request',
          querystring: Type.Object(
            {
              request_id: Type.String({ minLength: 1, maxLength: 128 }),
              tenant: Type.Optional(Type.String({ maxLength: 256 })),
            },
            { additionalProperties: false },
          ),
          response: { 200: ratingSchema, ...errors },
        },
      },
      async ({ query, principal }) => {
        const tenant = tenantFor(principal, query.tenant) ?? '';
        const found = await ask(ledger, async () => {
          await ledger.settle(SETTLE_MS);
          return readRating(ledger.connection, query.request_id, tenant);
        });
        if (found === null) throw new BellwetherError('not_found', 'Nothing was said of this request.');
        return found;
      },
    );
  };
}
