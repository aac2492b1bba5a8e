/**
 * A key of the operator's, and the keys that data are encrypted with. The operator's
 * only wraps others, so that it can be replaced without writing anything else anew:
 * the key of a data directory, of which each store has one of its own by HKDF with
 * SHA-256 (RFC 5869), and the key of each sealed file.
 */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
/** Hexadecimal characters of a fingerprint: 64 bits, of which nothing of the key can be learned. */
const FINGERPRINT_LENGTH = 16;

/** Bytes of a key that was wrapped. */
export const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/** The keys of the stores of one data directory. */
export interface DataKeys {
  /** The fingerprint of the operator's key that they are wrapped with. */
  readonly fingerprint: string;
  /** For the blocks of the journal: 32 bytes. */
  readonly journal: Uint8Array<ArrayBuffer>;
  /** For the disk of the embedded engine: 32 bytes. */
  readonly engine: Uint8Array<ArrayBuffer>;
  /** For values in the state database: 32 bytes. */
  readonly state: Uint8Array<ArrayBuffer>;
}

/** A key of the operator's. Its bytes are in no property, so that nothing prints them by mistake. */
export class MasterKey {
  /** Which key it is, for manifests and messages: 16 hexadecimal characters. */
  readonly fingerprint: string;
  readonly #secret: Uint8Array;
  readonly #wrapping: Uint8Array;

  /** @param secret 32 bytes. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.#wrapping = derive(secret, 'wrapping');
    const digest = createHmac('sha256', derive(secret, 'fingerprint')).update('which key').digest('hex');
    this.fingerprint = digest.slice(0, FINGERPRINT_LENGTH);
  }

  /**
   * Wraps a key of 32 bytes with AES-256-GCM: nonce, ciphertext, tag.
   *
   * @param context what the key is for; it has to be the same to unwrap it.
   */
  wrap(key: Uint8Array, context: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#wrapping, nonce).setAAD(context);
    return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  }

  /** The key that was wrapped; null if it was wrapped by another, for something else, or has changed. */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Buffer | null {
    if (wrapped.length !== WRAPPED_BYTES) return null;
    const nonce = wrapped.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#wrapping, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(context).setAuthTag(wrapped.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  }

  /** Its own bytes, which are the key of data directories of the first version, that had no key of their own. */
  asDataKey(): Buffer {
    return Buffer.from(this.#secret);
  }
}

/** The keys of the stores that come from the key of a data directory, 32 bytes. */
export function deriveKeys(dataKey: Uint8Array, fingerprint: string): DataKeys {
  return {
    fingerprint,
    journal: derive(dataKey, 'journal'),
    engine: derive(dataKey, 'engine'),
    state: derive(dataKey, 'state'),
  };
}

function derive(secret: Uint8Array, purpose: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync('sha256', secret, '', `bellwether ${purpose}`, KEY_BYTES));
}
