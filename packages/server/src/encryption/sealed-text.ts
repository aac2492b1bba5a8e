/**
 * Values of the state database, encrypted and authenticated with AES-256-GCM. The same
 * value of the same column is the same text, so that it can be looked up and be a key;
 * its nonce is an HMAC of it, and cannot serve for another value. That two values are equal
 * is all that can be seen of them, and about how long they are. The column is authenticated
 * too: a value cannot be put into another one.
 */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { EncryptionError } from './encryption-error.ts';

const PREFIX = 'BWV1.';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** True for what {@link ValueSealer.seal} gives. */
export function isSealedValue(value: string | Uint8Array): boolean {
  const start = typeof value === 'string' ? value : Buffer.from(value.subarray(0, PREFIX.length));
  return start.toString('latin1').startsWith(PREFIX);
}

/** Seals and opens values with the key of the state. */
export class ValueSealer {
  readonly #key: Uint8Array;
  readonly #nonceKey: Uint8Array;

  /** @param key 32 bytes. */
  constructor(key: Uint8Array) {
    const derive = (purpose: string): Uint8Array =>
      new Uint8Array(hkdfSync('sha256', key, '', `bellwether values ${purpose}`, KEY_BYTES));
    this.#key = derive('encryption');
    this.#nonceKey = derive('nonce');
  }

  /** Encrypts a value of a column: a text gives a text, and bytes give bytes. */
  seal<V extends string | Uint8Array>(column: string, value: V): V {
    const plain = Buffer.from(value as Uint8Array);
    const nonce = createHmac('sha256', this.#nonceKey).update(`${column}\0`).update(plain).digest();
    const cipher = createCipheriv(CIPHER, this.#key, nonce.subarray(0, NONCE_BYTES));
    cipher.setAAD(Buffer.from(column));
    const parts = [nonce.subarray(0, NONCE_BYTES), cipher.update(plain), cipher.final(), cipher.getAuthTag()];
    const sealed = Buffer.concat(parts);
    const made = typeof value === 'string' ? PREFIX + sealed.toString('base64') : withPrefix(sealed);
    return made as V;
  }

  /**
   * The value again. One that is not sealed is given as it is: it was stored before there was a key.
   *
   * @throws EncryptionError if it was sealed with another key or for another column, or has changed.
   */
  open<V extends string | Uint8Array>(column: string, value: V): V {
    if (!isSealedValue(value)) return value;
    const sealed =
      typeof value === 'string'
        ? Buffer.from(value.slice(PREFIX.length), 'base64')
        : Buffer.from(value.subarray(PREFIX.length));
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw changed(column);
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(column)).setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const plain = Buffer.concat([
        decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]);
      return (typeof value === 'string' ? plain.toString('utf8') : new Uint8Array(plain)) as V;
    } catch {
      throw changed(column);
    }
  }
}

function withPrefix(sealed: Buffer): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(PREFIX, 'latin1'), sealed]));
}

function changed(column: string): EncryptionError {
  return new EncryptionError(`A value of ${column} in the state database is damaged, or of another key`);
}
