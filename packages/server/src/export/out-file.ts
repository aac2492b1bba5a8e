/**
 * Files that appear whole or not at all: what is written goes into a file beside the
 * one that is wanted, reaches the disk, and only then takes its name.
 */

import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What was written. */
export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a file. If `bytes` fails, or `accept` does, there is no file and the one
 * that was there before is untouched.
 *
 * @param accept called when all is on disk, before the file takes its name; what it throws is thrown.
 */
export async function writeWholeFile(
  path: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  accept: (written: WrittenFile, unfinishedPath: string) => Promise<void> | void = () => undefined,
): Promise<WrittenFile> {
  const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const file = await open(unfinished, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let length = 0;
    try {
      for await (const chunk of bytes) {
        await file.writeFile(chunk);
        hash.update(chunk);
        length += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const written = { bytes: length, sha256: hash.digest('hex') };
    await accept(written, unfinished);
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Makes names that were given or taken away in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
