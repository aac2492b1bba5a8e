/**
 * The key that the data are encrypted with: read from a file that only its owner can
 * read, and never used itself. Each store has a key of its own that is derived from
 * it, and a public fingerprint says which key it was.
 */

import { createHmac, hkdfSync } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const KEY_BYTES = 32;
/** Longer than either form of the key, with room for blanks and line ends. */
const FILE_BYTES_MAX = 128;
/** Hexadecimal characters of a fingerprint: 64 bits, of which nothing of the key can be learned. */
const FINGERPRINT_LENGTH = 16;
/** The rights of the group and of others. */
const OTHERS = 0o077;

/** A key, with keys that are derived from it by HKDF with SHA-256 (RFC 5869). */
export interface EncryptionKey {
  /** Which key it is, for manifests and messages: 16 hexadecimal characters. */
  readonly fingerprint: string;
  /** For the blocks of the journal: 32 bytes. */
  readonly journal: Uint8Array<ArrayBuffer>;
  /** For the disk of the embedded engine: 32 bytes. */
  readonly engine: Uint8Array<ArrayBuffer>;
}

/** Data that cannot be opened with the key that was given, or a key that cannot be used. The message is for operators and never holds the key. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';
}

/**
 * Reads the key from a file that holds 32 bytes as hexadecimal or base64 text, e.g. from `openssl rand -hex 32`.
 *
 * @param path the file; empty for none.
 * @returns null for no file.
 * @throws EncryptionError if it cannot be read, if others than its owner may read it, or if it holds no such key.
 */
export function readEncryptionKey(path: string): EncryptionKey | null {
  return path === '' ? null : deriveKeys(parseKey(readPrivateFile(path), path));
}

/** The keys that come from one of 32 bytes. */
export function deriveKeys(master: Uint8Array): EncryptionKey {
  const derive = (purpose: string): Uint8Array<ArrayBuffer> =>
    new Uint8Array(hkdfSync('sha256', master, '', `bellwether ${purpose}`, KEY_BYTES));
  const fingerprint = createHmac('sha256', derive('fingerprint')).update('which key').digest('hex');
  return {
    fingerprint: fingerprint.slice(0, FINGERPRINT_LENGTH),
    journal: derive('journal'),
    engine: derive('engine'),
  };
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

function parseKey(content: string, path: string): Uint8Array {
  const text = content.length > FILE_BYTES_MAX ? '' : content.trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const key = Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text) && key.length === KEY_BYTES) return key;
  throw new EncryptionError(
    `storage.encryption_key_file has to hold 32 bytes as 64 hexadecimal or 44 base64 characters: ${path}`,
  );
}
