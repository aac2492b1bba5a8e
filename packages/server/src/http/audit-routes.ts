/** `GET /api/v1/audit`: who did what, page by page. */

import { BellwetherError, parseRfc3339 } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { auditActions, type AuditReader, LIST_LIMIT_MAX } from '../audit/index.ts';
import { errorSchema } from './error-body.ts';

interface AuditQuery {
  readonly from?: string;
  readonly to?: string;
  readonly action?: string;
  readonly actor?: string;
  readonly target?: string;
  readonly after?: number;
  readonly limit?: number;
}

const querySchema = Type.Object(
  {
    from: Type.Optional(Type.String({ description: 'RFC 3339; included.' })),
    to: Type.Optional(Type.String({ description: 'RFC 3339; excluded.' })),
    action: Type.Optional(Type.Enum(Object.keys(auditActions))),
    actor: Type.Optional(Type.String({ maxLength: 256, description: 'Who did it, exactly.' })),
    target: Type.Optional(Type.String({ maxLength: 1024, description: 'What it was done to, exactly.' })),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The `next` of the page before.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LIST_LIMIT_MAX, description: '100 if absent.' }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the route. */
export function auditRoutes(audit: Pick<AuditReader, 'list'>) {
  return (server: FastifyInstance): void => {
    server.get<{ Querystring: AuditQuery }>(
      '/api/v1/audit',
      {
        schema: {
          summary: 'The audit log, oldest entries first',
          querystring: querySchema,
          response: { '4xx': errorSchema, '5xx': errorSchema },
        },
      },
      async ({ query }) => {
        const { limit = 100, ...filters } = query;
        for (const field of ['from', 'to'] as const) {
          const time = filters[field];
          if (time !== undefined && parseRfc3339(time) === null)
            throw new BellwetherError('invalid_parameter', `${field} must be an RFC 3339 time.`, { field });
        }
        const entries = await audit.list({ ...filters, limit });
        const last = entries.at(-1);
        return { entries, next: entries.length === limit && last !== undefined ? last.sequence : null };
      },
    );
  };
}
