/**
 * What a token looks like: `bw_` and an id, by which it is found and named, then a
 * secret of 256 random bits. Only the SHA-256 of the whole is kept. That is enough:
 * slow hashes protect secrets that can be guessed, which this one cannot.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const form = /^bw_([a-z0-9]{10})_([A-Za-z0-9_-]{43})$/;

/** A token that was made just now. */
export interface NewToken {
  readonly id: string;
  /** The whole, to be shown once and never again. */
  readonly text: string;
  readonly hash: Buffer;
}

/** Makes a token. */
export function makeToken(): NewToken {
  const id = BigInt(`0x${randomBytes(ID_BYTES).toString('hex')}`)
    .toString(36)
    .padStart(10, '0');
  const text = `bw_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, text, hash: hashToken(text) };
}

/** The id in a token; null for a text that is none of ours. */
export function idOfToken(text: string): string | null {
  return form.exec(text)?.[1] ?? null;
}

/** What is kept of a token. */
export function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares hashes in a time that does not depend on where they differ. */
export function isSameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
