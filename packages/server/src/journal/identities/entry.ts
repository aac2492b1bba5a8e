/**
 * What an identity is to the store: four unsigned 32-bit words, of which the
 * first three are the hash of (tenant, id) and the fourth is the fingerprint of
 * the payload; and what the store answers about one.
 */

/** Words of an entry in a `Uint32Array`: three of hash, one of fingerprint. */
export const ENTRY_WORDS = 4;

/** Bytes of an entry, in memory and on disk. */
export const ENTRY_BYTES = 16;

/** What the store knows about an entry that is asked for, in the order of the codes of {@link verdictCode}. */
export const verdicts = ['new', 'duplicate', 'conflict', 'stale-duplicate', 'stale-conflict'] as const;

/**
 * `new`: never seen, staged now. `duplicate`: seen with the same payload.
 * `conflict`: seen with another payload. The stale ones are the same, but first
 * seen longer ago than the identity window.
 */
export type Verdict = (typeof verdicts)[number];

/** The codes in the array that `check` returns; `verdicts[code]` is the name. */
export const verdictCode = {
  new: 0,
  duplicate: 1,
  conflict: 2,
  staleDuplicate: 3,
  staleConflict: 4,
} as const;

/** Orders two hashes, each of three unsigned words: below, at or above zero. */
export function compareHashes(
  a0: number,
  a1: number,
  a2: number,
  b0: number,
  b1: number,
  b2: number,
): number {
  if (a0 !== b0) return a0 < b0 ? -1 : 1;
  if (a1 !== b1) return a1 < b1 ? -1 : 1;
  if (a2 !== b2) return a2 < b2 ? -1 : 1;
  return 0;
}
