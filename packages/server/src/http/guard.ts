/** Lets a request in, or not, before anything of it is read; and who sent it, for the routes. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Principal } from '../auth/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. */
    principal: Principal;
  }
}

/** Adds the guard to every route. */
export function addGuard(server: FastifyInstance, access: Access): void {
  server.decorateRequest('principal');
  server.addHook('onRequest', async (request, reply) => guard(access, request, reply));
}

/** @throws BellwetherError if the request is not to be answered. */
export function guard(access: Access, request: FastifyRequest, reply: FastifyReply): void {
  const { method, ip, headers } = request;
  const judgement = access.judge({ method, pattern: request.routeOptions.url, address: ip, headers });
  if ('refusal' in judgement) {
    const { retryAfterSeconds } = judgement;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
    throw judgement.refusal;
  }
  request.principal = judgement.principal;
}
