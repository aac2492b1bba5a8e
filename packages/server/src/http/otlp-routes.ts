/** `POST /v1/traces` and `POST /v1/metrics`: OTLP over HTTP. */

import type { BellwetherError } from '@bellwether/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../ingest/admission.ts';
import type { PackedBody } from '../ingest/decode-body.ts';
import {
  errorBody,
  mediaTypeOf,
  type OtlpEncoding,
  otlpEncodingOf,
  type PartialSuccess,
  successBody,
} from '../ingest/otlp/answers.ts';
import { AdmittedBodies } from './admitted-bodies.ts';
import { asCatalogueError, RETRY_AFTER_SECONDS } from './error-body.ts';

/** What takes the requests of a signal in. */
interface OtlpIngest {
  accept(request: PackedBody): Promise<PartialSuccess>;
}

export interface OtlpRouteOptions {
  readonly traces: OtlpIngest;
  readonly metrics: OtlpIngest;
  readonly admission: Admission;
  readonly bodyBytesMax: number;
  /** Called for each request that is refused. */
  readonly onRefused: (code: BellwetherError['code']) => void;
  /** Called with what was a fault of the server's own. */
  readonly onFault: (error: unknown) => void;
}

/** Adds the routes. */
export function otlpRoutes(options: OtlpRouteOptions) {
  const { admission, bodyBytesMax, onRefused, onFault } = options;
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = asCatalogueError(error);
    onRefused(known.code);
    if (known.code === 'internal') onFault(known.cause ?? error);
    const encoding = encodingFor(request);
    // 429 and 503 are what senders repeat; a full disk is a matter of time, as they are.
    const status = known.retryable && known.status === 507 ? 503 : known.status === 422 ? 400 : known.status;
    if (known.retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply.code(status).type(mediaTypeOf[encoding]).send(errorBody(encoding, known));
  };
  return (server: FastifyInstance): void => {
    const bodies = new AdmittedBodies(admission, bodyBytesMax);
    for (const signal of ['traces', 'metrics'] as const) {
      server.post(
        `/v1/${signal}`,
        {
          schema: {
            summary: summaries[signal],
            description: 'OTLP/HTTP in protobuf or JSON. Answered when what was taken is on disk.',
            consumes: Object.values(mediaTypeOf),
          },
          onRequest: bodies.admit,
          errorHandler: (...refused) => void fail(...refused),
        },
        async (request, reply) => {
          const answer = await options[signal].accept(bodies.of(request));
          const encoding = encodingFor(request);
          return reply.type(mediaTypeOf[encoding]).send(successBody(encoding, signal, answer));
        },
      );
    }
  };
}

const summaries = {
  traces: 'Store the calls of models among OpenTelemetry spans as events',
  metrics: 'Store OpenTelemetry metrics as samples',
} as const;

/** The encoding of the answer: that of the request, or JSON where it has none that is known. */
function encodingFor(request: FastifyRequest): OtlpEncoding {
  try {
    return otlpEncodingOf(request.headers['content-type']);
  } catch {
    return 'json';
  }
}
