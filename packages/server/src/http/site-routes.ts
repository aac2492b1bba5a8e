/** `GET /api/v1/federation/buckets` and `/cells`: what a hub asks of this server as one of its sites. */

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { widthOfKind } from '../federation/cells.ts';
import { readBuckets, readManifest, type SiteIdentity } from '../federation/offer.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { errorSchema } from './error-body.ts';
import { ask } from './ledger-question.ts';

const response = { '4xx': errorSchema, '5xx': errorSchema };
const closed = { additionalProperties: false } as const;
const compress = promisify(gzip);

const bucketsQuery = Type.Object(
  {
    since: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'The beginning of a UTC day in epoch seconds; 0: everything.',
      }),
    ),
  },
  closed,
);
const cellsQuery = Type.Object(
  {
    kind: Type.Union([Type.Literal('hours'), Type.Literal('days')], {
      description: 'Figures of hours, or sketches of the users of days.',
    }),
    from: Type.Integer({ minimum: 0, description: 'Epoch seconds, included.' }),
    to: Type.Integer({ minimum: 0, description: 'Epoch seconds, excluded.' }),
  },
  closed,
);

/** Adds the routes. */
export function siteRoutes(ledger: Ledger, identify: () => Promise<SiteIdentity>) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: Static<typeof bucketsQuery> }>(
      '/api/v1/federation/buckets',
      {
        schema: {
          summary: 'Which hours and days this site has, with a fingerprint of each: for a hub',
          querystring: bucketsQuery,
          response,
        },
      },
      (request, reply) =>
        ask(ledger, async () => {
          // The number first: what comes meanwhile is in the figures, and not the other way round.
          const identity = await identify();
          const manifest = await readManifest(ledger.connection, identity, request.query.since ?? 0);
          return sent(request, reply, manifest);
        }),
    );
    server.get<{ Querystring: Static<typeof cellsQuery> }>(
      '/api/v1/federation/cells',
      {
        schema: {
          summary: 'Figures of hours, or sketches of the users of days: for a hub',
          querystring: cellsQuery,
          response,
        },
      },
      (request, reply) =>
        ask(ledger, async () => {
          const { kind, from, to } = request.query;
          const buckets = await readBuckets(ledger.connection, widthOfKind[kind], from, to);
          return sent(request, reply, { buckets });
        }),
    );
  };
}

/** Large answers between sites go compressed, since sketches shrink to a fraction. */
async function sent(request: FastifyRequest, reply: FastifyReply, answer: object): Promise<Buffer | string> {
  const text = JSON.stringify(answer);
  void reply.type('application/json');
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return text;
  void reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding');
  return compress(text);
}
