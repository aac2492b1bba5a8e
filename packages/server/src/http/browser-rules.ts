/**
 * What browsers are told of the answers: nothing is run, framed, guessed or cached;
 * and which pages of other sites may read them (none, unless the operator lists them).
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LEDGER_BEHIND_HEADER } from './ledger-question.ts';

/** For answers that are no pages. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";
/** For pages: scripts, styles and data of this server only, and nothing inline. */
const PAGES =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const headers = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': NOTHING,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** What pages of other sites may send. */
const allowed = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, content-encoding, traceparent, x-request-id',
  'access-control-max-age': '600',
};
const EXPOSED = `x-request-id, retry-after, x-bellwether-export-id, x-bellwether-export-events, ${LEDGER_BEHIND_HEADER}`;

export interface BrowserRules {
  readonly corsOrigins: () => readonly string[];
  /** Whether the server speaks TLS, and browsers may be told to ask no other way. */
  readonly secure: boolean;
}

/** Adds the rules to every answer. Before the guard, so that refusals have them too. */
export function addBrowserRules(server: FastifyInstance, { corsOrigins, secure }: BrowserRules): void {
  const always = {
    ...headers,
    ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  server.addHook('onRequest', async (request, reply) => {
    // On the response itself, where answers find them that are streamed past Fastify.
    for (const [name, value] of Object.entries(always)) reply.raw.setHeader(name, value);
    const origin = allowedOrigin(request, corsOrigins());
    if (origin === null) return;
    reply.raw.setHeader('access-control-allow-origin', origin);
    reply.raw.setHeader('access-control-expose-headers', EXPOSED);
    reply.raw.setHeader('vary', 'origin');
    if (request.method === 'OPTIONS') await reply.code(204).headers(allowed).send();
  });
  server.addHook('onSend', async (_request, reply) => {
    const type = String(reply.getHeader('content-type') ?? '');
    // A page may have stricter or other rules of its own; what stands here from before is that of answers that are no pages.
    if (type.startsWith('text/html') && reply.getHeader('content-security-policy') === NOTHING)
      reply.header('content-security-policy', PAGES);
  });
}

/** The origin of a page that may read the answer. */
function allowedOrigin(request: FastifyRequest, origins: readonly string[]): string | null {
  const { origin } = request.headers;
  return origin !== undefined && origins.includes(origin) ? origin : null;
}
