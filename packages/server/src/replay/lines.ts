/**
 * The lines of a file, plain or gzipped (told by its first bytes, not its name),
 * read as a stream so that memory does not grow with the file.
 */

import { isUtf8 } from 'node:buffer';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { badRow, ReplayError } from './trace.ts';

/** The longest line; no format has rows near this, so a longer one is another kind of file. */
export const LINE_BYTES_MAX = 1_048_576;

const CHUNK_BYTES = 262_144;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/** Consecutive lines of a file. */
export interface LineBlock {
  /** The number of the first of them; the file's first line is 1. */
  readonly firstRow: number;
  /** The lines without their ends. */
  readonly lines: readonly string[];
}

/**
 * Reads a file's lines in blocks. Lines end with LF or CRLF; what follows the
 * last end is a line too, unless it is empty.
 *
 * @param hash is updated with the uncompressed content.
 * @throws ReplayError if the file cannot be read or decompressed, or holds what is not UTF-8 text.
 */
export async function* readLines(path: string, hash?: Hash): AsyncGenerator<LineBlock, void, undefined> {
  let row = 1;
  let rest = Buffer.alloc(0);
  for await (const chunk of readContent(path)) {
    hash?.update(chunk);
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const block = blockOf(Buffer.concat([rest, chunk.subarray(0, end - 1)]), row);
      yield block;
      row += block.lines.length;
      rest = Buffer.from(chunk.subarray(end));
    } else {
      rest = Buffer.concat([rest, chunk]);
    }
    if (rest.length > LINE_BYTES_MAX) throw badRow(row, `is longer than ${LINE_BYTES_MAX} bytes.`);
  }
  if (rest.length > 0) yield blockOf(rest, row);
}

function blockOf(bytes: Buffer, firstRow: number): LineBlock {
  if (!isUtf8(bytes)) throw badRow(rowThatIsNotUtf8(bytes, firstRow), 'is not UTF-8 text.');
  const text = bytes.toString('utf8');
  const lines = text.split('\n');
  if (text.includes('\r')) {
    for (const [index, line] of lines.entries()) if (line.endsWith('\r')) lines[index] = line.slice(0, -1);
  }
  const [first] = lines;
  if (firstRow === 1 && first?.startsWith(BYTE_ORDER_MARK)) lines[0] = first.slice(1);
  return { firstRow, lines };
}

function rowThatIsNotUtf8(bytes: Buffer, firstRow: number): number {
  let row = firstRow;
  for (let start = 0; start < bytes.length; row += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (!isUtf8(bytes.subarray(start, end === -1 ? bytes.length : end))) return row;
    start = end + 1;
  }
  return row;
}

/** The uncompressed bytes of a file. */
async function* readContent(path: string): AsyncGenerator<Buffer, void, undefined> {
  let source: Readable | undefined;
  try {
    const isGzip = await startsAsGzip(path);
    source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    if (isGzip) source = gunzip(source);
    for await (const chunk of source) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    source?.destroy();
  }
}

async function startsAsGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const magic = Buffer.alloc(2);
    await file.read(magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function gunzip(source: Readable): Readable {
  // The callback only keeps the error from being thrown twice: the reader of the result meets it too.
  return pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
}

function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    EISDIR: 'is a directory',
    Z_BUF_ERROR: 'ends in the middle of its gzip data',
    Z_DATA_ERROR: 'has damaged gzip data',
  };
  const reason = reasons[code];
  if (reason === undefined) return error;
  return new ReplayError('unreadable', `The file ${path} ${reason}.`, { cause: error });
}
