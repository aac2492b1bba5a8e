/** The identities that the journal keeps in its database until the identity store has sealed them. */

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type HashSeed, type IdentityStore, IdentityStoreError } from './identities/index.ts';
import { type IdentitiesRow, isDiskFull, type Statements } from './journal-database.ts';

/**
 * Gives them back to the store, which has just been opened.
 *
 * @returns how many blocks of them are damaged. Their rows stay safe; only a re-send of them can no longer be told
 *   from a new event.
 */
export function restoreIdentities(statements: Statements, identities: IdentityStore): number {
  let damaged = 0;
  for (const row of statements.allIdentities.iterate() as Iterable<IdentitiesRow>) {
    if (crc32(row.entries) !== row.checksum) {
      damaged += 1;
      continue;
    }
    const aligned = row.entries.slice();
    const words = new Uint32Array(aligned.buffer, 0, aligned.length / Uint32Array.BYTES_PER_ELEMENT);
    identities.restore(words, row.arrived_ms, row.block);
  }
  return damaged;
}

/** The memory of words as bytes. */
export function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** A short public mark of a seed, which tells fingerprints of one seed from those of another. */
export function markOf({ words }: HashSeed): number {
  return createHash('sha256').update(bytesOf(words)).digest().readUInt32LE(0);
}

/**
 * Upkeep of the identity store. What the disk does not take now it will later, be it a
 * run or the journal's own note of one: until then the identities stay where they are,
 * so nothing depends on it.
 */
export function tend(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof IdentityStoreError) && !isDiskFull(error)) throw error;
  }
}
