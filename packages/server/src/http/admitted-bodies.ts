/** Lets the body of a request in only while there is memory for it, and hands it on with what it holds. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../ingest/admission.ts';
import type { PackedBody } from '../ingest/decode-body.ts';

/** One for all: under a flood, noting for each where it was made would cost more than the rest of the answer. */
const overloaded = new BellwetherError('overloaded');

export class AdmittedBodies {
  readonly #admission: Admission;
  readonly #bodyBytesMax: number;

  constructor(admission: Admission, bodyBytesMax: number) {
    this.#admission = admission;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /**
   * The `onRequest` hook of routes that take bodies in: holds memory, more of it as the body comes, which the end of
   * the answer gives back.
   */
  readonly admit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // Without a length the body may be as long as any.
    const bytes = Number(request.headers['content-length'] ?? this.#bodyBytesMax);
    const isEncoded = request.headers['content-encoding'] !== undefined;
    const place = this.#admission.admit(Math.min(bytes, this.#bodyBytesMax), isEncoded);
    if (place === null) throw overloaded;
    request.admitted = place;
    reply.raw.once('close', () => place.release());
  };

  /** The body of a request that was admitted. */
  of(request: FastifyRequest): PackedBody {
    const { admitted } = request;
    if (admitted === null) throw new BellwetherError('internal');
    return {
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      contentType: request.headers['content-type'],
      contentEncoding: request.headers['content-encoding'],
      admitted,
      tenant: request.principal.tenant,
    };
  }
}
