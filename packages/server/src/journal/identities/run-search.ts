/**
 * Where in a run a hash is. The hashes are uniform, so once the fences on both
 * sides are known, the place is known to within a few dozen entries; but every
 * bound here is exact, so a run of any other hashes is only slower to search.
 */
import { compareHashes, ENTRY_WORDS } from './entry.ts';
import type { RunLayout } from './run-format.ts';
import { ENTRIES_PER_PAGE, PAGES_PER_FENCE } from './run-format.ts';

const HASHES = 4_294_967_296;

/** The pages that can have a hash, and the one that it is most likely in. */
export interface SearchBounds {
  readonly firstPage: number;
  readonly lastPage: number;
  readonly guess: number;
}

/**
 * Finds the pages that can have a hash.
 *
 * @param fences the first word of the first hash of every `PAGES_PER_FENCE`th page.
 */
export function searchBounds(fences: Uint32Array, layout: RunLayout, h0: number): SearchBounds {
  const { fenceCount } = layout;
  let low = Math.min(Math.floor((h0 / HASHES) * fenceCount), fenceCount - 1);
  // The guess among the fences is off by a few at most, so it is walked to the
  // right one: the last whose first entry is below the hash.
  while (low > 0 && fences[low]! >= h0) low--;
  while (low + 1 < fenceCount && fences[low + 1]! < h0) low++;
  let high = low;
  while (high + 1 < fenceCount && fences[high + 1]! <= h0) high++;
  const firstPage = low * PAGES_PER_FENCE;
  const lastPage = Math.min((high + 1) * PAGES_PER_FENCE, layout.entryPages) - 1;
  const from = fences[low]!;
  const to = high + 1 < fenceCount ? fences[high + 1]! : HASHES;
  const share = to > from ? (h0 - from) / (to - from) : 0;
  const guess = firstPage + Math.floor(share * (lastPage + 1 - firstPage));
  return { firstPage, lastPage, guess: Math.min(Math.max(guess, firstPage), lastPage) };
}

/** The first entry of a page that is not below the hash, or the number of entries. */
export function lowerBound(
  words: Uint32Array,
  at: number,
  count: number,
  h0: number,
  h1: number,
  h2: number,
): number {
  let low = 0;
  let high = Math.min(count, ENTRIES_PER_PAGE);
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = at + middle * ENTRY_WORDS;
    if (compareHashes(words[entry]!, words[entry + 1]!, words[entry + 2]!, h0, h1, h2) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
