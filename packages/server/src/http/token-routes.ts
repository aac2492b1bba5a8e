/** `/api/v1/tokens`: the tokens of the server, by whoever may administer it. */

import { BellwetherError, parseRfc3339, epochMsOf } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { type KeptTokens, roles, type StoredToken, type TokenRequest } from '../auth/index.ts';
import type { Clock } from '../clock.ts';
import { errorSchema } from './error-body.ts';
import { JSON_BODY_BYTES_MAX, readJsonBody, requireJson } from './json-body.ts';

/** Records what was done to the tokens. */
export type TokenAudit = (
  actor: string,
  action: 'token.created' | 'token.revoked',
  token: StoredToken,
) => Promise<void>;

/** A text on one line, which nothing hides in. */
const line = Type.String({ minLength: 1, maxLength: 128, pattern: '^[^\\p{Cc}]+$' });

const bodySchema = Type.Object(
  {
    name: line,
    roles: Type.Array(Type.Enum([...roles]), { minItems: 1, maxItems: roles.length }),
    tenant: Type.Optional(Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\p{Cc}]+$' })),
    expires_at: Type.Optional(
      Type.String({ description: 'RFC 3339. Without it the token does not expire.' }),
    ),
    rate_limit: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1_000_000, description: 'Requests per second; 0 is any number.' }),
    ),
  },
  { additionalProperties: false },
);

/** Adds the routes. */
export function tokenRoutes(tokens: KeptTokens, clock: Clock, audit: TokenAudit) {
  const responses = { '4xx': errorSchema, '5xx': errorSchema };
  return (server: FastifyInstance): void => {
    server.get(
      '/api/v1/tokens',
      { schema: { summary: 'The tokens, without what is secret of them', response: responses } },
      () => ({ tokens: tokens.list().map((token) => viewToken(token, clock.nowMs())) }),
    );
    server.post(
      '/api/v1/tokens',
      {
        schema: {
          summary: 'Make a token; the answer is the only place that ever has it',
          consumes: ['application/json'],
          body: bodySchema,
          response: responses,
        },
        bodyLimit: JSON_BODY_BYTES_MAX,
        validatorCompiler: () => () => true,
      },
      async (request) => {
        requireJson(request);
        const { token, text } = tokens.create(readRequest(readJsonBody(request, bodySchema), clock.nowMs()));
        await audit(request.principal.name, 'token.created', token);
        return { ...viewToken(token, clock.nowMs()), token: text };
      },
    );
    server.post<{ Params: { id: string } }>(
      '/api/v1/tokens/:id/revoke',
      {
        schema: { summary: 'Revoke a token, by its id or its name', response: responses },
        bodyLimit: JSON_BODY_BYTES_MAX,
      },
      async (request) => {
        const token = tokens.revoke(request.params.id);
        await audit(request.principal.name, 'token.revoked', token);
        return viewToken(token, clock.nowMs());
      },
    );
  };
}

/** A token as it may be shown. */
export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly tenant: string | null;
  readonly rate_limit: number | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly state: 'in force' | 'expired' | 'revoked';
}

/** Shows a token without its hash. */
export function viewToken(token: StoredToken, nowMs: number): TokenView {
  const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  const { id, name, tenant, expiresMs, revokedMs } = token;
  const expired = expiresMs !== null && expiresMs <= nowMs;
  return {
    id,
    name,
    roles: token.roles,
    tenant,
    rate_limit: token.rateMax,
    created_at: new Date(token.createdMs).toISOString(),
    expires_at: time(expiresMs),
    revoked_at: time(revokedMs),
    state: revokedMs !== null ? 'revoked' : expired ? 'expired' : 'in force',
  };
}

function readRequest(body: Static<typeof bodySchema>, nowMs: number): TokenRequest {
  const { name, tenant = null, expires_at, rate_limit = null } = body;
  return {
    name,
    roles: [...new Set(body.roles)],
    tenant,
    rateMax: rate_limit,
    expiresMs: expires_at === undefined ? null : readExpiry(expires_at, nowMs),
  };
}

/** @throws BellwetherError `invalid_parameter` for what is no time, or past. */
export function readExpiry(text: string, nowMs: number): number {
  const instant = parseRfc3339(text);
  if (instant === null || epochMsOf(instant) <= nowMs)
    throw new BellwetherError('invalid_parameter', 'expires_at must be an RFC 3339 time that is not past.', {
      field: 'expires_at',
    });
  return epochMsOf(instant);
}
