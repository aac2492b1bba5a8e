/** Reads the small files that configuration consists of, without ever hanging on one or filling memory. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Refusal } from './read-value.ts';

/**
 * Reads a regular file as UTF-8.
 *
 * @returns the text, or the reason why there is none: absent, no file, too large, not UTF-8.
 */
export function readSmallFile(file: string, bytesMax: number): string | Refusal {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return new Refusal(openFailure(error));
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return new Refusal('is not a regular file');
    // A file may grow, and some report no size: one byte more than permitted is asked for.
    const buffer = Buffer.alloc(bytesMax + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length > bytesMax) return new Refusal(`is larger than ${bytesMax} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
  } catch (error) {
    return new Refusal(error instanceof TypeError ? 'is not UTF-8 text' : openFailure(error));
  } finally {
    closeSync(descriptor);
  }
}

const failures: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a directory',
  ENOTDIR: 'does not exist',
};

function openFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return failures[code] ?? `cannot be read (${code})`;
}
