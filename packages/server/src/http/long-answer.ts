/**
 * Answers of work that may take long: NDJSON with a line `{"progress": …}` now and
 * then, and at the end `{"result": …}` or `{"error": …}`.
 */

import type { BellwetherError } from '@bellwether/events';
import type { FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts and logs what went wrong with a request; gives what may be told of it. */
    noteFailure(error: unknown, request: FastifyRequest): BellwetherError;
  }
}

/** Tells how far the work is. */
export type Tell = (progress: unknown) => void;

/** Sends what is told as it comes. Whoever leaves does not end the work: it would only be half done. */
export async function answerLong(
  reply: FastifyReply,
  start: (tell: Tell) => Promise<unknown>,
): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  const line = (value: unknown): unknown => reply.raw.write(`${JSON.stringify(value)}\n`);
  try {
    line({ result: await start((progress) => line({ progress })) });
  } catch (error) {
    const { code, message } = reply.server.noteFailure(error, reply.request);
    line({ error: { code, message, request_id: reply.request.id } });
  }
  reply.raw.end();
}
