/**
 * Content-Encoding of a scrape: which one the client prefers, and the compression
 * itself, off the main thread.
 */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { parseAccept } from './accept.ts';

/** The codings that a scrape can be answered in. */
export type ContentCoding = 'zstd' | 'gzip' | 'identity';

/** Node has zstd from 22.15 on; naming it in the import would fail before. */
const zstdCompress = 'zstdCompress' in zlib ? zlib.zstdCompress : undefined;
/** What is offered, the cheapest first: on a tie in quality, the first wins. */
const OFFERED: readonly ContentCoding[] = [...(zstdCompress ? ['zstd' as const] : []), 'gzip', 'identity'];
/** Below this size compression costs more than it saves. */
const COMPRESS_BYTES_MIN = 1024;

const gzipAsync = promisify(zlib.gzip);
const zstdAsync = zstdCompress ? promisify(zstdCompress) : undefined;

/**
 * The coding of the highest quality among those offered. Without the header the
 * answer is plain; plain is also the last resort when nothing offered is acceptable.
 */
export function negotiateEncoding(acceptEncoding: string | undefined): ContentCoding {
  const entries = parseAccept(acceptEncoding ?? 'identity');
  const wildcard = entries.find((entry) => entry.value === '*');
  let best: ContentCoding = 'identity';
  let bestQuality = 0;
  for (const coding of OFFERED) {
    const entry = entries.find(({ value }) => value === coding || (coding === 'gzip' && value === 'x-gzip'));
    // Plain is acceptable unless it is excluded, but less so than anything that is named.
    const quality = (entry ?? wildcard)?.quality ?? (coding === 'identity' ? Number.MIN_VALUE : 0);
    if (quality > bestQuality) {
      best = coding;
      bestQuality = quality;
    }
  }
  return best;
}

/** A body in a coding; small bodies stay as they are. */
export async function encodeBody(
  body: Uint8Array,
  coding: ContentCoding,
): Promise<{ readonly body: Uint8Array; readonly coding: ContentCoding }> {
  if (coding === 'identity' || body.length < COMPRESS_BYTES_MIN) return { body, coding: 'identity' };
  if (coding === 'zstd' && zstdAsync !== undefined) return { body: await zstdAsync(body), coding };
  return { body: await gzipAsync(body), coding: 'gzip' };
}
