/** Reads the body of an answer, decompressed, and never more of it than permitted. */

import type { IncomingMessage } from 'node:http';
import { type Readable, type Transform, pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { OutgoingError } from './outgoing-error.ts';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * Reads an answer to its end.
 *
 * @throws OutgoingError `too_large` at the first byte too many, `invalid_response` for an encoding that does not decode.
 */
export async function readBody(
  message: IncomingMessage,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const stream = decoded(message);
  const stop = (): void => {
    stream.destroy(signal.reason as Error);
  };
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax)
        throw new OutgoingError('too_large', `the answer is larger than ${bytesMax} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
    if (!message.complete) message.destroy();
  }
}

function decoded(message: IncomingMessage): Readable {
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return message;
  const make = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  // Several encodings on top of one another are only ever an attempt to get a small body past a limit.
  if (make === undefined) throw new OutgoingError('invalid_response', 'the answer has an unknown encoding');
  const decoder = make();
  // What goes wrong on the way ends the decoder too, where whoever reads it hears of it.
  pipeline(message, decoder, () => undefined);
  return decoder;
}
