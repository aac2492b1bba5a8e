/**
 * Pseudonyms for users: what is stored of a user's id is a keyed hash of it, so that
 * users can be told apart and counted, and nobody can name them without the key. The
 * same id gives the same pseudonym as long as the key stays.
 */

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Characters of a pseudonym after its mark: 132 bits. */
const LENGTH = 22;
const KEY_BYTES_LEAST = 32;
const KEY_BYTES_MAX = 4096;

/** Makes the pseudonym of a user's id; that of no user is none. */
export type Pseudonymise = (userId: string) => string;

/** Leaves ids as they are. */
export const asItIs: Pseudonymise = (userId) => userId;

/**
 * Reads the key from a file.
 *
 * @returns null for no file.
 * @throws Error that says what is wrong with the file, for whoever starts the server.
 */
export function readPseudonymKey(path: string): Uint8Array | null {
  if (path === '') return null;
  let key: Buffer;
  try {
    key = readFileSync(path);
  } catch (error) {
    throw new Error(`identity.pseudonym_key_file cannot be read: ${path}`, { cause: error });
  }
  const text = Buffer.from(key.toString('latin1').trim(), 'latin1');
  if (text.length < KEY_BYTES_LEAST || text.length > KEY_BYTES_MAX)
    throw new Error(
      `identity.pseudonym_key_file has to hold ${KEY_BYTES_LEAST} to ${KEY_BYTES_MAX} bytes: ${path}`,
    );
  return text;
}

/** Pseudonyms by a key, as HMAC-SHA-256; ids as they are without one. */
export function pseudonymsOf(key: Uint8Array | null): Pseudonymise {
  if (key === null) return asItIs;
  return (userId) =>
    userId === ''
      ? ''
      : `p_${createHmac('sha256', key).update(userId, 'utf8').digest('base64url').slice(0, LENGTH)}`;
}
