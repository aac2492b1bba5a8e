/**
 * Undoes the Content-Encoding of a body, within bounds: a small body that unpacks
 * to a huge one is cut off at the limit, not unpacked.
 */

import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { BellwetherError } from '@bellwether/events';
import type { Admitted } from './admission.ts';

/** Bytes that a decoder hands over at once. */
const CHUNK_BYTES = 64 * 1024;

const decoders: Readonly<Record<string, (options: { chunkSize: number }) => Transform>> = {
  gzip: createGunzip,
  zstd: createZstdDecompress,
  br: createBrotliDecompress,
};

/** The encodings that are understood, besides none. */
export const bodyEncodings = Object.keys(decoders);

/** What the unpacked body may take. */
export interface DecodeBounds {
  readonly bytesMax: number;
  /** Asked for memory while the body grows; false if there is none left. */
  readonly hold: (bytes: number) => boolean;
}

/** The body of a request as it came. */
export interface PackedBody {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The memory that is held for the body. */
  readonly admitted: Admitted;
  /** The only tenant for which its sender may write; null for all. */
  readonly tenant: string | null;
}

/**
 * Undoes the encoding of a request's body, in the memory that it was admitted with.
 *
 * @throws BellwetherError as {@link decodeBody} does.
 */
export async function unpackBody(request: PackedBody, bytesMax: number): Promise<Buffer> {
  const body = await decodeBody(request.body, request.contentEncoding, {
    bytesMax,
    hold: (bytes) => request.admitted.grow(bytes),
  });
  if (!request.admitted.resize(body.length)) throw new BellwetherError('overloaded');
  return body;
}

/**
 * The bytes of a body as they were before encoding.
 *
 * @param encoding the Content-Encoding, or undefined.
 * @throws BellwetherError `unsupported_encoding`, `invalid_encoding`, `body_too_large` or `overloaded`.
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  bounds: DecodeBounds,
): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  const open = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (open === undefined) throw new BellwetherError('unsupported_encoding');
  try {
    return await unpack(body, open({ chunkSize: CHUNK_BYTES }), bounds);
  } catch (error) {
    if (error instanceof BellwetherError) throw error;
    throw new BellwetherError('invalid_encoding', `The body is not valid ${name}.`, {}, { cause: error });
  }
}

/** Bodies that unpack at the same time grow together, so each asks for its memory as it goes. */
async function unpack(body: Buffer, decoder: Transform, { bytesMax, hold }: DecodeBounds): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  decoder.end(body);
  for await (const part of decoder as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax)
      throw new BellwetherError('body_too_large', `The body unpacks to more than ${bytesMax} bytes.`);
    if (!hold(bytes)) throw new BellwetherError('overloaded');
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}
