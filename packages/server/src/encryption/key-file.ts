/**
 * The file of keys: read only if nobody but its owner can read it. The first key is
 * the one that is used for what is new, the others open what is older. No key ever
 * encrypts data itself: it wraps the random keys that do, and a public fingerprint
 * says which one it was.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { EncryptionError } from './encryption-error.ts';
import { MasterKey } from './master-key.ts';

const KEY_BYTES = 32;
/** Keys that a file may have: the one in use, and those of what is older. */
const KEYS_MAX = 16;
/** Longer than so many keys in either form, with a remark for each. */
const FILE_BYTES_MAX = 4096;
/** The rights of the group and of others. */
const OTHERS = 0o077;

/** The keys of a file. */
export interface KeyRing {
  /** For what is new. */
  readonly newest: MasterKey;
  /** All of them, newest first. */
  readonly keys: readonly MasterKey[];
  /** The key with a fingerprint; null if it is not here. */
  find(fingerprint: string): MasterKey | null;
}

/**
 * Reads the keys from a file that holds one or more, newest first, each on a line of its own: 32 bytes as hexadecimal
 * or base64 text, e.g. from `openssl rand -hex 32`. Empty lines and those that begin with `#` are passed over.
 *
 * @param path the file; empty for none.
 * @returns null for no file.
 * @throws EncryptionError if it cannot be read, if others than its owner may read it, or if it holds no such keys.
 */
export function readEncryptionKeys(path: string): KeyRing | null {
  return path === '' ? null : keyRingOf(parseKeys(readPrivateFile(path), path));
}

/** The keys of these secrets of 32 bytes, newest first; at least one. */
export function keyRingOf(secrets: readonly Uint8Array[]): KeyRing {
  const keys = secrets.map((secret) => new MasterKey(secret));
  const [newest] = keys;
  if (newest === undefined) throw new RangeError('A ring has at least one key.');
  return { newest, keys, find: (wanted) => keys.find(({ fingerprint }) => fingerprint === wanted) ?? null };
}

function readPrivateFile(path: string): string {
  let descriptor: number;
  try {
    // Without blocking, so that a pipe in the place of a file cannot hold up the start.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new EncryptionError(`storage.encryption_key_file cannot be read: ${path}`, { cause: error });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new EncryptionError(`storage.encryption_key_file is no file: ${path}`);
    if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0)
      throw new EncryptionError(
        `storage.encryption_key_file may be read or changed by others than its owner; chmod 600 ${path}`,
      );
    const buffer = Buffer.alloc(FILE_BYTES_MAX + 1);
    return buffer.toString('latin1', 0, readSync(descriptor, buffer));
  } finally {
    closeSync(descriptor);
  }
}

function parseKeys(content: string, path: string): Uint8Array[] {
  const lines = content.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseKey);
  const secrets = keys.filter((key) => key !== null);
  const isSound = content.length <= FILE_BYTES_MAX && secrets.length > 0 && secrets.length <= KEYS_MAX;
  if (isSound && secrets.length === keys.length) return secrets;
  throw new EncryptionError(
    `storage.encryption_key_file has to hold 32 bytes as 64 hexadecimal or 44 base64 characters, or up to ${KEYS_MAX} such lines, newest first: ${path}`,
  );
}

function parseKey(text: string): Uint8Array | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const key = Buffer.from(text, 'base64');
  return /^[A-Za-z0-9+/]{43}=?$/.test(text) && key.length === KEY_BYTES ? key : null;
}
