/**
 * Encrypts values with AES-256-GCM. Data keys have numbers and are derived from the
 * master key, so that a value says which key it is under, and keys can be replaced.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { PlatformRecorders } from '@bellwether/events';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Encrypts and decrypts. An encrypted value is the key's number (4 bytes), a nonce, the tag and the ciphertext. */
export class Vault {
  readonly #master: Buffer;
  readonly #metrics: Pick<PlatformRecorders, 'crypto'>;
  #keyNumber: number;

  /** @param keyNumber the number of the key that values are encrypted with. */
  constructor(master: Buffer, keyNumber: number, metrics: Pick<PlatformRecorders, 'crypto'>) {
    this.#master = master;
    this.#keyNumber = keyNumber;
    this.#metrics = metrics;
  }

  /** The number of the key in use. */
  get keyNumber(): number {
    return this.#keyNumber;
  }

  /** Takes a new key into use. Values under older ones can still be read. */
  rotate(): number {
    this.#keyNumber += 1;
    this.#metrics.crypto.recordKeyRotation();
    return this.#keyNumber;
  }

  /** Encrypts a value. `name` is bound to it: under another name it does not decrypt. */
  encrypt(name: string, value: string): Buffer {
    return this.#metrics.crypto.track('encrypt', () => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, this.#key(this.#keyNumber), nonce).setAAD(Buffer.from(name));
      const body = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      const number = Buffer.alloc(4);
      number.writeUInt32BE(this.#keyNumber);
      return Buffer.concat([number, nonce, cipher.getAuthTag(), body]);
    });
  }

  /** Decrypts a value. Throws if it was changed, or belongs to another name. */
  decrypt(name: string, sealed: Uint8Array): string {
    return this.#metrics.crypto.track('decrypt', () => {
      const bytes = Buffer.from(sealed);
      const nonce = bytes.subarray(4, 4 + NONCE_BYTES);
      const tag = bytes.subarray(4 + NONCE_BYTES, 4 + NONCE_BYTES + TAG_BYTES);
      const body = bytes.subarray(4 + NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(ALGORITHM, this.#key(bytes.readUInt32BE(0)), nonce)
        .setAAD(Buffer.from(name))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    });
  }

  #key(number: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#master, '', `data key ${number}`, KEY_BYTES));
  }
}
