/**
 * An entry of the audit log and what makes it tamper-evident. Each entry's hash
 * covers the entry and the hash before it, so that no entry can change without
 * all later ones changing; and each hash is sealed with a key that is not in the
 * database, so that whoever can only write the database cannot make new ones.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** An entry as it is stored. */
export interface StoredEntry {
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number;
  /** RFC 3339 in UTC, with milliseconds. */
  readonly time: string;
  /** Who did it: a token's name, `cli` or `server`. */
  readonly actor: string;
  readonly action: string;
  /** What it was done to. */
  readonly target: string;
  /** Canonical JSON. */
  readonly details: string;
  /** The hash of the entry before, or {@link GENESIS_HASH}, or {@link BROKEN_LINK}. */
  readonly previousHash: string;
  /** SHA-256, 64 hexadecimal digits. */
  readonly hash: string;
  /** HMAC-SHA-256 of the hash, 64 hexadecimal digits. */
  readonly seal: string;
}

/** The end of the log: the last entry, sealed, so that a missing tail is noticed. */
export interface SealedHead {
  /** 0 while the log is empty. */
  readonly sequence: number;
  readonly hash: string;
  readonly seal: string;
}

/** What the first entry has as the hash before it. */
export const GENESIS_HASH = '0'.repeat(64);

/**
 * What an entry has as the hash before it when the log's end could not be trusted
 * at the time. Recording goes on, and verification stops at this entry for ever.
 */
export const BROKEN_LINK = 'f'.repeat(64);

type Unhashed = Omit<StoredEntry, 'hash' | 'seal'>;

/** The SHA-256 of an entry. The encoding is a JSON array, in which no two entries look alike. */
export function hashEntry(entry: Unhashed): string {
  const { sequence, time, actor, action, target, details, previousHash } = entry;
  const encoded = JSON.stringify([
    'bellwether audit entry 1',
    sequence,
    time,
    actor,
    action,
    target,
    details,
    previousHash,
  ]);
  return createHash('sha256').update(encoded, 'utf8').digest('hex');
}

/** An entry with its hash and seal. */
export function completeEntry(entry: Unhashed, key: Buffer): StoredEntry {
  const hash = hashEntry(entry);
  return { ...entry, hash, seal: sealEntry(hash, key) };
}

/** The seal of an entry's hash. */
export function sealEntry(hash: string, key: Buffer): string {
  return createHmac('sha256', key).update(`bellwether audit entry 1 ${hash}`).digest('hex');
}

/** The log's end, sealed. */
export function sealHead(sequence: number, hash: string, key: Buffer): SealedHead {
  const encoded = `bellwether audit head 1 ${sequence} ${hash}`;
  return { sequence, hash, seal: createHmac('sha256', key).update(encoded).digest('hex') };
}

/** True if this head was sealed with this key. */
export function isSealedHead(head: SealedHead, key: Buffer): boolean {
  return isSameText(sealHead(head.sequence, head.hash, key).seal, head.seal);
}

/** Compares in a time that does not depend on where the texts differ. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
