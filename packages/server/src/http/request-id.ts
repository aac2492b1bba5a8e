/**
 * The id that a request is known by in logs and answers: the caller's own, from
 * `x-request-id` or `traceparent`, sanitised; else a new one.
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { sanitiseCorrelationId } from '@bellwether/events';
import type { FastifyInstance } from 'fastify';

/** The header that carries it, both ways. */
export const REQUEST_ID = 'x-request-id';

/** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags. */
const traceparent = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** The id of a request. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[REQUEST_ID];
  const own = typeof given === 'string' ? sanitiseCorrelationId(given) : '';
  return own === '' ? (traceIdOf(headers) ?? randomUUID()) : own;
}

/** The id of the trace that a request is part of: 32 hexadecimal digits; null if it names none. */
export function traceIdOf(headers: IncomingMessage['headers']): string | null {
  const trace = headers['traceparent'];
  return (typeof trace === 'string' ? traceparent.exec(trace)?.[1] : undefined) ?? null;
}

/** Tells the caller the id with every answer. */
export function addRequestIds(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.raw.setHeader(REQUEST_ID, request.id);
  });
}
