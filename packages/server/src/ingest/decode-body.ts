/**
 * Undoes the Content-Encoding of a body, within bounds: a small body that unpacks
 * to a huge one is cut off at the limit, not unpacked.
 */

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { BellwetherError } from '@bellwether/events';

const decoders: Readonly<
  Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  zstd: promisify(zstdDecompress),
  br: promisify(brotliDecompress),
};

/** The encodings that are understood, besides none. */
export const bodyEncodings = Object.keys(decoders);

/**
 * The bytes of a body as they were before encoding.
 *
 * @param encoding the Content-Encoding, or undefined.
 * @throws BellwetherError `unsupported_encoding`, `invalid_encoding` or `body_too_large`.
 */
export async function decodeBody(
  body: Buffer,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Buffer> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === 'identity' || name === '') return body;
  const decode = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
  if (decode === undefined) throw new BellwetherError('unsupported_encoding');
  try {
    return await decode(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new BellwetherError('body_too_large', `The body unpacks to more than ${bytesMax} bytes.`);
    }
    throw new BellwetherError('invalid_encoding', `The body is not valid ${name}.`, {}, { cause: error });
  }
}
