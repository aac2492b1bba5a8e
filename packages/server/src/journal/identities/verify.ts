/** Reads runs from front to back and checks every checksum, in small steps. */
import type { Run } from './run.ts';
import { PAGE_WORDS } from './run-format.ts';

/** Pages that are checked from one step to the next. */
const PAGES_PER_STEP = 64;

/** Checks all entries and the whole filter of a run; what is damaged is marked and reported by the run itself. */
export function* verifyRun(run: Run): Generator<void, void, void> {
  const pages = new Uint32Array(PAGES_PER_STEP * PAGE_WORDS);
  for (let first = 0; first < run.layout.entryPages; first += PAGES_PER_STEP) {
    const count = run.readPages(first, pages);
    for (let page = 0; page < count; page++) {
      if (!run.isSoundPage(pages, page * PAGE_WORDS, first + page)) run.markDamaged('entries');
    }
    yield;
  }
  for (let block = 0; block < run.header.filterBlocks; ) {
    const { sound, next } = run.checkFilter(block);
    if (!sound) run.markDamaged('filter');
    block = next;
    yield;
  }
}
