/**
 * Files that are encrypted and authenticated as a whole, in chunks, so that one of any
 * size is written and read with flat memory. Each has a random key of its own, wrapped
 * by the operator's, so it can be opened anywhere by whoever has that.
 *
 *     "BWF1" | fingerprint, 8 bytes | wrapped key, 60 bytes | length of the name, 2 bytes | name | chunks
 *
 * A chunk is 64 KiB of the content, the last one what is left, with AES-256-GCM (NIST
 * SP 800-38D) and its tag of 16 bytes. Its nonce is 1 for the last chunk and else 0, in 4
 * bytes, and its number, in 8: the construction STREAM of Hoang, Reyhanitabar, Rogaway
 * and Vizár (2015), by which chunks cannot be exchanged, left out or cut off at the end.
 * The name of the file is authenticated too, with the key: it cannot take the place of
 * another one.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { EncryptionError } from './encryption-error.ts';
import { requireKey } from './data-mark.ts';
import type { KeyRing } from './key-file.ts';
import { type MasterKey, WRAPPED_BYTES } from './master-key.ts';

const MAGIC = Buffer.from('BWF1', 'latin1');
const FINGERPRINT_BYTES = 8;
const LENGTH_BYTES = 2;
const FIXED_BYTES = MAGIC.length + FINGERPRINT_BYTES + WRAPPED_BYTES + LENGTH_BYTES;
const KEY_BYTES = 32;
const NAME_BYTES_MAX = 1024;
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';

/** What a sealed file says of itself. Nothing of it is authenticated before the file is opened. */
export interface SealedHead {
  /** The fingerprint of the operator's key that it needs. */
  readonly key: string;
  /** Its name, as it was sealed. */
  readonly name: string;
}

/** Encrypts the content of a file, as it comes. */
export async function* sealFile(
  master: MasterKey,
  name: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const nameBytes = Buffer.from(name, 'utf8');
  if (nameBytes.length > NAME_BYTES_MAX) throw new RangeError('The name of a sealed file is too long.');
  const key = randomBytes(KEY_BYTES);
  const fingerprint = Buffer.from(master.fingerprint, 'hex');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(nameBytes.length);
  const wrapped = master.wrap(key, contextOf(fingerprint, nameBytes));
  yield Buffer.concat([MAGIC, fingerprint, wrapped, length, nameBytes]);
  let number = 0n;
  for await (const { chunk, isLast } of chunked(content, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, key, nonceOf(number, isLast));
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    number += 1n;
  }
}

/** What a file says of itself if it is sealed; null if it is not. */
export function readSealedHead(path: string): SealedHead | null {
  const descriptor = openSync(path, 'r');
  try {
    const head = Buffer.alloc(FIXED_BYTES + NAME_BYTES_MAX);
    return parseHead(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Gives the content of a sealed file, as it is read. What has been given is authentic, and is the whole content only
 * once this ends without an error.
 *
 * @param name what it has to be sealed as.
 * @throws EncryptionError if it is no such file, if its key is not in the ring, or if any byte of it has changed.
 */
export async function* openSealedFile(
  path: string,
  ring: KeyRing | null,
  name: string,
): AsyncGenerator<Uint8Array> {
  const head = readSealedHead(path);
  if (head === null) throw new EncryptionError(`${path} is no encrypted file`);
  requireKey(head.key, ring, path);
  if (head.name !== name)
    throw new EncryptionError(`${path} was encrypted as ${head.name} and is not ${name}`);
  const start = FIXED_BYTES + Buffer.byteLength(name);
  const fixed = readStart(path);
  const wrapped = fixed.subarray(MAGIC.length + FINGERPRINT_BYTES, -LENGTH_BYTES);
  const context = contextOf(Buffer.from(head.key, 'hex'), Buffer.from(name, 'utf8'));
  const key = ring?.find(head.key)?.unwrap(wrapped, context) ?? null;
  if (key === null) throw changed(path);
  let number = 0n;
  const sealed = createReadStream(path, { start, highWaterMark: CHUNK_BYTES + TAG_BYTES });
  for await (const { chunk, isLast } of chunked(sealed, CHUNK_BYTES + TAG_BYTES)) {
    yield openChunk(chunk, key, nonceOf(number, isLast)) ?? refuse(path);
    number += 1n;
  }
}

function refuse(path: string): never {
  throw changed(path);
}

function openChunk(sealed: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array | null {
  if (sealed.length < TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

/** Cuts bytes into chunks of one size and a last one, which may be empty and is at most of that size. */
async function* chunked(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly chunk: Uint8Array; readonly isLast: boolean }> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    held.push(piece);
    length += piece.length;
    if (length <= size) continue;
    const all = Buffer.concat(held, length);
    let at = 0;
    // A chunk is known not to be the last once there is something after it.
    for (; length - at > size; at += size) yield { chunk: all.subarray(at, at + size), isLast: false };
    held = [all.subarray(at)];
    length -= at;
  }
  yield { chunk: Buffer.concat(held, length), isLast: true };
}

function parseHead(head: Buffer): SealedHead | null {
  if (head.length < FIXED_BYTES || !MAGIC.equals(head.subarray(0, MAGIC.length))) return null;
  const length = head.readUInt16BE(FIXED_BYTES - LENGTH_BYTES);
  if (length > NAME_BYTES_MAX || head.length < FIXED_BYTES + length) return null;
  return {
    key: head.subarray(MAGIC.length, MAGIC.length + FINGERPRINT_BYTES).toString('hex'),
    name: head.subarray(FIXED_BYTES, FIXED_BYTES + length).toString('utf8'),
  };
}

function readStart(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const start = Buffer.alloc(FIXED_BYTES);
    readSync(descriptor, start, 0, start.length, 0);
    return start;
  } finally {
    closeSync(descriptor);
  }
}

function contextOf(fingerprint: Uint8Array, name: Uint8Array): Buffer {
  return Buffer.concat([MAGIC, fingerprint, name]);
}

function nonceOf(number: bigint, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(isLast ? 1 : 0);
  nonce.writeBigUInt64BE(number, NONCE_BYTES - 8);
  return nonce;
}

function changed(path: string): EncryptionError {
  return new EncryptionError(`${path} is damaged, or was changed after it was encrypted`);
}
