/**
 * Answers of work that may take long: NDJSON with a line `{"progress": …}` now and
 * then, and at the end `{"result": …}` or `{"error": …}`.
 */

import { BellwetherError } from '@bellwether/events';
import type { FastifyReply } from 'fastify';

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
    const known = error instanceof BellwetherError ? error : new BellwetherError('internal', String(error));
    line({ error: { code: known.code, message: known.message } });
  }
  reply.raw.end();
}
