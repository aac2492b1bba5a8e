/**
 * What OTLP senders are answered: in the encoding of their request, with what was not
 * stored and why, or with a `google.rpc.Status`.
 *
 * Source: OTLP specification, "OTLP/HTTP Response"; google/rpc/status.proto, code.proto.
 */

import { BellwetherError, type ErrorCode } from '@bellwether/events';

/** How a request and its answer are written. */
export type OtlpEncoding = 'protobuf' | 'json';

/** Media types by encoding. */
export const mediaTypeOf = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

const encodingOfMediaType: Readonly<Record<string, OtlpEncoding>> = {
  'application/x-protobuf': 'protobuf',
  'application/protobuf': 'protobuf',
  'application/json': 'json',
};

/**
 * The encoding that a Content-Type names.
 *
 * @throws BellwetherError `unsupported_media_type`.
 */
export function otlpEncodingOf(contentType: string | undefined): OtlpEncoding {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const encoding = Object.hasOwn(encodingOfMediaType, mediaType) ? encodingOfMediaType[mediaType] : undefined;
  if (encoding === undefined)
    throw new BellwetherError(
      'unsupported_media_type',
      'The Content-Type is none of application/x-protobuf and application/json.',
    );
  return encoding;
}

/** What of a request was not stored. */
export interface PartialSuccess {
  readonly rejected: number;
  /** Why; empty if nothing was rejected. */
  readonly message: string;
}

/** What a request is of, and the name of its count of rejections. */
const rejectedField = { traces: 'rejectedSpans', metrics: 'rejectedDataPoints' } as const;

/** The body of an answer to a request that was stored, in whole or in part. */
export function successBody(
  encoding: OtlpEncoding,
  signal: 'traces' | 'metrics',
  { rejected, message }: PartialSuccess,
): Buffer {
  const isWhole = rejected === 0 && message === '';
  if (encoding === 'json') {
    // 64-bit integers are texts in this encoding.
    const partialSuccess = { [rejectedField[signal]]: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(isWhole ? {} : { partialSuccess }));
  }
  if (isWhole) return Buffer.alloc(0);
  return bytesField(1, Buffer.concat([integerField(1, rejected), bytesField(2, Buffer.from(message))]));
}

/** The codes of google.rpc by our own; what is not here is told by its status. */
const codeOfError: Partial<Record<ErrorCode, number>> = {
  unauthorized: 16,
  forbidden: 7,
  not_found: 5,
  identity_conflict: 6,
  unsupported_media_type: 12,
  unsupported_encoding: 12,
  overloaded: 8,
  storage_full: 8,
  internal: 13,
};

/** The body of an error. */
export function errorBody(encoding: OtlpEncoding, error: BellwetherError): Buffer {
  const code = codeOfError[error.code] ?? (error.status >= 500 ? 14 : 3);
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message: error.message }));
  return Buffer.concat([integerField(1, code), bytesField(2, Buffer.from(error.message))]);
}

function integerField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.concat([varint(field * 8), varint(value)]);
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
