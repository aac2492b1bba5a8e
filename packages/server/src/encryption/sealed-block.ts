/**
 * Blocks of the journal, encrypted and authenticated with AES-256-GCM (NIST SP
 * 800-38D). A nonce must never serve twice under one key, even if a journal is
 * restored from a backup and goes on from there: so each opening of a journal draws
 * a salt, encrypts with a key of its own that is derived from it, and counts.
 *
 * A sealed block is
 *
 *     "BWS1" | length of the journal's id, 1 byte | id | salt, 16 bytes | counter, 8 bytes | ciphertext | tag, 16 bytes
 *
 * All before the ciphertext is authenticated, and so are the block's number, kind and
 * rows, which lie beside it: a block cannot be put in the place of another.
 */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const MAGIC = Buffer.from('BWS1', 'latin1');
const SALT_BYTES = 16;
const COUNTER_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const ID_BYTES_MAX = 32;
/** Keys of other openings that are kept at hand. */
const KEYS_MAX = 16;
const CIPHER = 'aes-256-gcm';

/** What is known of a block beside its payload. */
export interface BlockLabel {
  readonly block: number;
  readonly kind: string;
  readonly rows: number;
}

/** Seals and opens the blocks of one journal, with the key of journals. */
export class BlockSealer {
  readonly #key: Uint8Array;
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #head: Buffer;
  readonly #keys = new Map<string, Buffer>();
  #counter = 0n;

  /** @param journalId at most 32 bytes. */
  constructor(key: Uint8Array, journalId: string) {
    this.#key = key;
    const id = Buffer.from(journalId, 'latin1');
    if (id.length > ID_BYTES_MAX) throw new RangeError('The id of a journal has at most 32 bytes.');
    this.#head = Buffer.concat([MAGIC, Buffer.from([id.length]), id, this.#salt]);
  }

  /** Encrypts a payload. */
  seal(payload: Uint8Array, label: BlockLabel): Uint8Array<ArrayBuffer> {
    const counter = Buffer.alloc(COUNTER_BYTES);
    counter.writeBigUInt64BE(this.#counter);
    this.#counter += 1n;
    const head = Buffer.concat([this.#head, counter]);
    const cipher = createCipheriv(CIPHER, this.#keyOf(this.#salt), nonceOf(counter));
    cipher.setAAD(Buffer.concat([head, labelOf(label)]));
    const sealed = new Uint8Array(head.length + payload.length + TAG_BYTES);
    sealed.set(head);
    sealed.set(cipher.update(payload), head.length);
    cipher.final();
    sealed.set(cipher.getAuthTag(), head.length + payload.length);
    return sealed;
  }

  /** The payload of a sealed block; null if it is not as it was sealed, under another label, or of another key. */
  open(sealed: Uint8Array, label: BlockLabel): Uint8Array<ArrayBuffer> | null {
    const saltAt = saltOffset(sealed);
    if (saltAt === null) return null;
    const start = saltAt + SALT_BYTES + COUNTER_BYTES;
    const end = sealed.length - TAG_BYTES;
    if (end < start) return null;
    const salt = sealed.subarray(saltAt, saltAt + SALT_BYTES);
    const nonce = nonceOf(sealed.subarray(saltAt + SALT_BYTES, start));
    const decipher = createDecipheriv(CIPHER, this.#keyOf(salt), nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.concat([sealed.subarray(0, start), labelOf(label)]));
    decipher.setAuthTag(sealed.subarray(end));
    // A buffer of its own, which can be handed to another thread.
    const payload = new Uint8Array(decipher.update(sealed.subarray(start, end)));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return payload;
  }

  #keyOf(salt: Uint8Array): Buffer {
    const name = Buffer.from(salt).toString('hex');
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= KEYS_MAX) this.#keys.clear();
    const key = Buffer.from(hkdfSync('sha256', this.#key, salt, 'bellwether blocks', KEY_BYTES));
    this.#keys.set(name, key);
    return key;
  }
}

/** The id of the journal that a sealed block says it is of; null if it is not sealed. Nothing is authenticated. */
export function journalIdOf(sealed: Uint8Array): string | null {
  const saltAt = saltOffset(sealed);
  return saltAt === null ? null : Buffer.from(sealed.subarray(MAGIC.length + 1, saltAt)).toString('latin1');
}

/** Where the salt is; null if this is no sealed block. */
function saltOffset(sealed: Uint8Array): number | null {
  const length = sealed[MAGIC.length];
  const isSealed = MAGIC.equals(sealed.subarray(0, MAGIC.length));
  return isSealed && length !== undefined && length <= ID_BYTES_MAX ? MAGIC.length + 1 + length : null;
}

function nonceOf(counter: Uint8Array): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.set(counter, NONCE_BYTES - COUNTER_BYTES);
  return nonce;
}

function labelOf({ block, kind, rows }: BlockLabel): Buffer {
  return Buffer.from(JSON.stringify([block, kind, rows]), 'utf8');
}
