/** `POST /v1/events`: events in. */

import { BellwetherError, requestEventSchema } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Admission } from '../ingest/admission.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Rejection } from '../ingest/prepare.ts';
import { AdmittedBodies } from './admitted-bodies.ts';
import { errorSchema } from './error-body.ts';

interface EventQuery {
  readonly partial?: string;
  readonly live?: string;
}

/** The answer to a request that stores. */
export const answerSchema = Type.Object({
  accepted: Type.Integer({ description: 'How many are new and now on disk.' }),
  duplicates: Type.Integer({ description: 'How many were stored before.' }),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer(),
      code: Type.String(),
      message: Type.String(),
      field: Type.Optional(Type.String()),
    }),
  ),
});

const querySchema = Type.Object({
  partial: Type.Optional(
    Type.Enum(['true', 'false'], { description: 'Store what is right and report the rest.' }),
  ),
  live: Type.Optional(
    Type.Enum(['true', 'false'], { description: 'false: the live counters take no notice; for history.' }),
  ),
});

const errors = { '4xx': errorSchema, '5xx': errorSchema };

export interface EventRouteOptions {
  readonly ingest: Ingest;
  readonly admission: Admission;
  readonly bodyBytesMax: number;
  /** Called with the events that a partial request left out. */
  readonly onRejected: (rejected: readonly Rejection[]) => void;
}

/** The body, for the description of the API. */
const bodySchema = Type.Union([requestEventSchema, Type.Array(requestEventSchema)]);

/** Adds the routes that take events in. */
export function eventRoutes({ ingest, admission, bodyBytesMax, onRejected }: EventRouteOptions) {
  return (server: FastifyInstance): void => {
    const bodies = new AdmittedBodies(admission, bodyBytesMax);
    server.post<{ Querystring: EventQuery }>(
      '/v1/events',
      {
        schema: {
          summary: 'Store request events, each exactly once',
          description:
            'One event, an array of events, or NDJSON. Answered when the events are on disk. All are stored or none is, unless partial=true.',
          consumes: ['application/json', 'application/x-ndjson'],
          body: bodySchema,
          querystring: querySchema,
          response: { 200: answerSchema, ...errors },
        },
        onRequest: bodies.admit,
        // The body is described for readers of the API; ingest checks it, since only it can say which event is wrong.
        validatorCompiler: ({ httpPart }) =>
          httpPart === 'querystring'
            ? (query: EventQuery) => checkFlags(query, ['partial', 'live'])
            : () => true,
      },
      async (request) => {
        const { partial, live } = request.query;
        const answer = await ingest.accept({
          ...bodies.of(request),
          partial: partial === 'true',
          live: live !== 'false',
        });
        onRejected(answer.rejected);
        return answer;
      },
    );
  };
}

/** Refuses parameters that are not known or neither true nor false, so that none is overlooked. */
export function checkFlags(query: object, known: readonly string[]): boolean {
  for (const [name, value] of Object.entries(query)) {
    if (!known.includes(name))
      throw new BellwetherError('invalid_parameter', 'There is no such parameter.', { field: name });
    if (value !== 'true' && value !== 'false') {
      throw new BellwetherError('invalid_parameter', `${name} must be true or false.`, { field: name });
    }
  }
  return true;
}
