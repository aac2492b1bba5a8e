/** Bodies of the API's own requests: small JSON objects, held against a schema. */

import { BellwetherError } from '@bellwether/events';
import type { FastifyRequest } from 'fastify';
import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';

/** The largest body of such a request. */
export const JSON_BODY_BYTES_MAX = 65_536;

/**
 * Reads the body of a request.
 *
 * @throws BellwetherError `invalid_json` for what is no JSON, `invalid_parameter` naming the member at fault.
 */
export function readJsonBody<Schema extends TObject>(
  request: FastifyRequest,
  schema: Schema,
): Static<Schema> {
  const body = parse(request.body);
  if (Value.Check(schema, body)) return body;
  const [problem] = Value.Errors(schema, body);
  const field = problem?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  // A field that the schema does not name is held against the schema `false`.
  const reason = problem?.keyword === 'boolean' ? 'is not known here' : problem?.message;
  const detail = `${field === '' ? 'The body' : field} ${reason ?? 'is not what it must be'}.`;
  throw new BellwetherError('invalid_parameter', detail, field === '' ? {} : { field });
}

/**
 * Refuses a body that is not sent as JSON: a page of another site can send a form or
 * plain text, but no JSON without being asked for permission.
 *
 * @throws BellwetherError `unsupported_media_type`.
 */
export function requireJson(request: FastifyRequest): void {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new BellwetherError('unsupported_media_type', 'The Content-Type must be application/json.');
}

function parse(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new BellwetherError('invalid_json', undefined, {}, { cause: error });
  }
}
