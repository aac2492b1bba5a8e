/** `/api/v1/deployments`: markers of what was brought into service, and when. */

import { randomUUID } from 'node:crypto';
import { BellwetherError, epochMsOf, instantFromEpochMs, parseRfc3339 } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { actorOf } from '../auth/index.ts';
import type { Clock } from '../clock.ts';
import { type Deployment, type DeploymentStore, viewDeployment } from '../deployments/deployment-store.ts';
import { readTimeRange } from '../report/time-range.ts';
import { errorSchema } from './error-body.ts';
import { JSON_BODY_BYTES_MAX, readJsonBody, requireJson } from './json-body.ts';
import { periodParameters } from './period-parameters.ts';

const SHOWN_MAX = 1000;
const SHOWN = 100;
/** A clock elsewhere may be ahead by so much. */
const AHEAD_MS_MAX = 600_000;

const line = (maxLength: number, minLength = 1) =>
  Type.String({ minLength, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });

const bodySchema = Type.Object(
  {
    id: Type.Optional(Type.String({ ...line(128), description: 'The same id is the same marker.' })),
    service: line(128),
    version: line(128),
    environment: Type.Optional(line(64, 0)),
    at: Type.Optional(
      Type.Union([Type.String(), Type.Number()], {
        description: 'RFC 3339 or epoch milliseconds; now if absent.',
      }),
    ),
    annotations: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.String({ maxLength: 1024 }), {
        maxProperties: 32,
      }),
    ),
  },
  { additionalProperties: false },
);

const querySchema = Type.Object(
  {
    ...periodParameters(),
    service: Type.Optional(Type.String()),
    environment: Type.Optional(Type.String()),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: SHOWN_MAX, description: `${SHOWN} if absent.` }),
    ),
  },
  { additionalProperties: false },
);

interface ListQuery {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: number;
  readonly service?: string;
  readonly environment?: string;
  readonly limit?: number;
}

/** What the routes ask. */
export interface DeploymentRouteParts {
  readonly store: DeploymentStore;
  /** Keeps a marker and accounts for it; false if it is there already. */
  readonly add: (deployment: Deployment, actor: string) => Promise<boolean>;
  readonly clock: Clock;
}

/** Adds the routes. */
export function deploymentRoutes({ store, add, clock }: DeploymentRouteParts) {
  return (server: FastifyInstance): void => {
    const responses = { '4xx': errorSchema, '5xx': errorSchema };
    server.post(
      '/api/v1/deployments',
      {
        schema: {
          summary: 'Mark a deployment',
          consumes: ['application/json'],
          body: bodySchema,
          response: responses,
        },
        bodyLimit: JSON_BODY_BYTES_MAX,
        // The body is described for readers of the API, and held against the schema below.
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        requireJson(request);
        const body = readJsonBody(request, bodySchema);
        const nowMs = clock.nowMs();
        const known = body.id === undefined ? null : store.get(body.id);
        // Without a time of its own a marker that is sent again keeps that of the first time.
        const atMs = body.at === undefined ? (known?.atMs ?? nowMs) : readAt(body.at, nowMs);
        const deployment: Deployment = {
          id: body.id ?? randomUUID(),
          service: body.service,
          version: body.version,
          environment: body.environment ?? '',
          atMs,
          annotations: body.annotations ?? {},
          receivedMs: nowMs,
        };
        const isNew = await add(deployment, actorOf(request.principal));
        return reply.code(isNew ? 201 : 200).send({ ...viewDeployment(deployment), duplicate: !isNew });
      },
    );
    server.get<{ Querystring: ListQuery }>(
      '/api/v1/deployments',
      { schema: { summary: 'Deployments, newest first', querystring: querySchema, response: responses } },
      ({ query }) => {
        const { from, to } = readTimeRange(query, clock.nowMs());
        const limit = query.limit ?? SHOWN;
        const found = store.list({
          fromMs: from === null ? 0 : from.epochSeconds * 1000,
          toMs: to === null ? Number.MAX_SAFE_INTEGER : to.epochSeconds * 1000,
          service: query.service ?? null,
          environment: query.environment ?? null,
          limit: limit + 1,
        });
        return { deployments: found.slice(0, limit).map(viewDeployment), truncated: found.length > limit };
      },
    );
    server.get<{ Params: { readonly id: string } }>(
      '/api/v1/deployments/:id',
      { schema: { summary: 'One deployment', response: responses } },
      ({ params }) => {
        const found = store.get(params.id);
        if (found === null)
          throw new BellwetherError('not_found', 'There is no deployment of that id.', { field: 'id' });
        return viewDeployment(found);
      },
    );
  };
}

function readAt(at: string | number, nowMs: number): number {
  const instant = typeof at === 'number' ? instantFromEpochMs(at) : parseRfc3339(at);
  if (instant === null)
    throw new BellwetherError('invalid_parameter', 'at must be RFC 3339 or epoch milliseconds.', {
      field: 'at',
    });
  const atMs = epochMsOf(instant);
  if (atMs > nowMs + AHEAD_MS_MAX)
    throw new BellwetherError('invalid_parameter', 'at is too far ahead of the server clock.', {
      field: 'at',
    });
  return atMs;
}
