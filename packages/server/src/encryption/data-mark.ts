/**
 * The note in a data directory that its stores are encrypted, and with which key. It
 * is there before anything else is, so a directory is encrypted from its first byte
 * or not at all, and nobody opens it with the wrong key.
 */

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EncryptionKey, EncryptionError } from './key-file.ts';

/** The note's name in the data directory. */
export const ENCRYPTION_MARK = 'encryption.json';

const VERSION = 1;
/** What is encrypted where there is a key: these are there if the directory has been in use. */
const STORES = ['journal', 'engine'];

interface Mark {
  readonly version: number;
  readonly key: string;
}

/**
 * Makes sure that a data directory and a key belong together. One that has not been in use is given to the key.
 *
 * @param key null for none.
 * @throws EncryptionError if they do not; nothing has changed then.
 */
export function claimForKey(dataDirectory: string, key: EncryptionKey | null): void {
  const mark = readMark(dataDirectory);
  if (mark === null) {
    if (key === null) return;
    if (STORES.some((name) => existsSync(join(dataDirectory, name))))
      throw new EncryptionError(
        `${dataDirectory} holds data that are not encrypted; storage.encryption_key_file needs a new directory, see docs/operate/encryption.md`,
      );
    writeMark(dataDirectory, { version: VERSION, key: key.fingerprint });
    return;
  }
  requireKey(mark, key?.fingerprint ?? null, dataDirectory);
}

/** The fingerprint of the key that a directory is encrypted with; null if it is not. */
export function keyOfDirectory(dataDirectory: string): string | null {
  return readMark(dataDirectory)?.key ?? null;
}

/**
 * Makes sure that something encrypted, or not, can be used with a key, or without.
 *
 * @param wanted the fingerprint of the key that it needs; null if it is not encrypted.
 * @param given that of the key that is there; null for none.
 * @param what begins the message, e.g. a path.
 * @throws EncryptionError if not.
 */
export function requireSameKey(wanted: string | null, given: string | null, what: string): void {
  if (wanted === given) return;
  if (wanted === null)
    throw new EncryptionError(
      `${what} holds data that are not encrypted, and storage.encryption_key_file is set`,
    );
  throw new EncryptionError(
    given === null
      ? `${what} is encrypted with the key ${wanted}; name its file by storage.encryption_key_file`
      : `${what} is encrypted with the key ${wanted}, and storage.encryption_key_file has the key ${given}`,
  );
}

function requireKey(mark: Mark, given: string | null, what: string): void {
  if (mark.version !== VERSION)
    throw new EncryptionError(`${what} was encrypted by a newer version of Bellwether`);
  requireSameKey(mark.key, given, what);
}

function readMark(dataDirectory: string): Mark | null {
  const path = join(dataDirectory, ENCRYPTION_MARK);
  if (!existsSync(path)) return null;
  try {
    const mark = JSON.parse(readFileSync(path, 'utf8')) as Partial<Mark>;
    if (typeof mark.version === 'number' && typeof mark.key === 'string')
      return { version: mark.version, key: mark.key };
  } catch (error) {
    throw unreadable(path, error);
  }
  throw unreadable(path);
}

function writeMark(dataDirectory: string, mark: Mark): void {
  const path = join(dataDirectory, ENCRYPTION_MARK);
  writeFileSync(`${path}.new`, `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const folder = openSync(dataDirectory, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function unreadable(path: string, cause?: unknown): EncryptionError {
  return new EncryptionError(`${path} cannot be read; put it back from a backup`, { cause });
}
