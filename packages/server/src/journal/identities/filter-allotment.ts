/**
 * Which filters are in memory. Every run is asked once for a new identity, so a
 * small filter in memory saves as much as a large one: the smallest come first,
 * and the first that does not fit is kept in part.
 */
import { IdentityStoreError } from './errors.ts';
import { CHUNK_BYTES } from './resident-filter.ts';
import type { Run } from './run.ts';

/**
 * Moves what is in memory one chunk nearer to the best division of the bytes.
 *
 * @returns false if it is there.
 */
export function allotFilterChunk(runs: readonly Run[], bytesMax: number): boolean {
  let left = bytesMax;
  for (const run of runs) left -= run.layout.fenceCount * 4;
  let growing: Run | null = null;
  for (const run of runs.toSorted((a, b) => a.header.filterBlocks - b.header.filterBlocks)) {
    const { filter } = run;
    const whole = filter.bytesOf(filter.chunksMax) <= left;
    const chunks = whole ? filter.chunksMax : Math.max(0, Math.floor(left / CHUNK_BYTES));
    filter.shrink(chunks);
    left -= filter.bytesOf(chunks);
    if (filter.chunkCount < chunks && !filter.failed) growing ??= run;
  }
  if (growing === null) return false;
  try {
    growing.growFilter();
  } catch (error) {
    if (!(error instanceof IdentityStoreError)) throw error;
    growing.filter.failed = true;
  }
  return true;
}
