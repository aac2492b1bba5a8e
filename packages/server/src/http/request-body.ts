/**
 * Reads the body of a request as it comes, within the limit of its route and, where the
 * route takes bodies in, within the memory that all of them share. A sender that
 * announces much and sends little holds only what it has sent.
 */

import type { IncomingMessage } from 'node:http';
import { BellwetherError } from '@bellwether/events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Admitted } from '../ingest/admission.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The memory that is held for the body; null where bodies are small. */
    admitted: Admitted | null;
  }
}

/** Has the server read every body as bytes. */
export function addBodies(server: FastifyInstance): void {
  server.decorateRequest('admitted', null);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (request, payload, done) => {
    readBody(request, payload).then((body) => done(null, body), done);
  });
}

/**
 * The whole body.
 *
 * @throws BellwetherError `body_too_large`, or `overloaded` if there is no memory for it.
 */
function readBody(request: FastifyRequest, payload: IncomingMessage): Promise<Buffer> {
  const limit = request.routeOptions.bodyLimit;
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => {
      payload.off('data', take);
      // What is still to come is passed over once it is known what the answer is.
      payload.pause();
      parts.length = 0;
      reject(error);
    };
    const take = (part: Buffer): void => {
      bytes += part.length;
      if (bytes > limit) refuse(new BellwetherError('body_too_large'));
      else if (request.admitted?.arrived(bytes) === false) refuse(new BellwetherError('overloaded'));
      else parts.push(part);
    };
    if (Number(request.headers['content-length'] ?? 0) > limit) {
      refuse(new BellwetherError('body_too_large'));
      return;
    }
    payload.on('data', take);
    payload.once('error', refuse);
    payload.once('end', () =>
      resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, bytes)),
    );
  });
}
