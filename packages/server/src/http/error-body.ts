/**
 * How an error is told over HTTP: `{"error": {code, message, …}}` with the status
 * of the catalogue, and `Retry-After` where trying again can help.
 */

import { BellwetherError, type ErrorCode, errorCatalogue } from '@bellwether/events';
import type { FastifyError, FastifyReply } from 'fastify';
import { Type } from 'typebox';

/** Seconds after which a sender may try again. */
export const RETRY_AFTER_SECONDS = 1;

/** The JSON Schema of an error's body. */
export const errorSchema = Type.Object({
  error: Type.Object({
    code: Type.Enum(Object.keys(errorCatalogue)),
    message: Type.String(),
    index: Type.Optional(Type.Integer({ description: 'Zero-based position of the event in the body.' })),
    line: Type.Optional(Type.Integer({ description: 'One-based line of an NDJSON body.' })),
    field: Type.Optional(Type.String({ description: 'The field or parameter at fault.' })),
    request_id: Type.Optional(
      Type.String({ description: 'What the log calls this request; also in the header x-request-id.' }),
    ),
  }),
});

/** The codes that Fastify gives to what it refuses itself, and ours for them. */
const codesOfFastify: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_VALIDATION: 'invalid_parameter',
  FST_ERR_BAD_URL: 'not_found',
};

/** Makes any error one of the catalogue. */
export function asCatalogueError(error: unknown): BellwetherError {
  if (error instanceof BellwetherError) return error;
  const { code, message } = error as { code?: string; message?: string };
  const known = code === undefined ? undefined : codesOfFastify[code];
  if (known === undefined) return new BellwetherError('internal', undefined, {}, { cause: error });
  if (known !== 'invalid_parameter') return new BellwetherError(known, undefined, {}, { cause: error });
  const field = parameterAtFault(error);
  return new BellwetherError(known, message, field === undefined ? {} : { field }, { cause: error });
}

/** The parameter that a schema refuses, as Ajv tells it. */
function parameterAtFault(error: unknown): string | undefined {
  const [first] = (error as FastifyError).validation ?? [];
  const unknown = first?.params.additionalProperty;
  return typeof unknown === 'string' ? unknown : first?.instancePath.slice(1) || undefined;
}

/** Sends an error. */
export function sendError(reply: FastifyReply, error: BellwetherError): FastifyReply {
  if (error.retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS);
  // Basic is for scrapers and is not offered: a browser would ask for it, and send it with every request from then on.
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  return reply.code(error.status).send({
    error: { code: error.code, message: error.message, ...error.place, request_id: reply.request.id },
  });
}
