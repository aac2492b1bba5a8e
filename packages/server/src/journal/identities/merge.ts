/**
 * Merges runs into one, as a sequence of small steps. The inputs are sorted, so
 * they are read front to back in pieces and nothing but the pieces is in memory.
 * An identity that several have is taken from the oldest: the first stays.
 */
import { compareHashes, ENTRY_WORDS } from './entry.ts';
import type { Run } from './run.ts';
import { entryCountOf, PAGE_BYTES, PAGE_WORDS } from './run-format.ts';
import type { RunWriter } from './run-writer.ts';

/** Pages that are read in one call. */
const PAGES_PER_READ = 16;

/** Entries merged from one step to the next. */
const ENTRIES_PER_STEP = 2048;

/** Runs that are merged at once, at most. */
export const MERGE_RUNS_MAX = 16;

/** Bytes that a merge holds for reading. */
export const MERGE_BYTES = MERGE_RUNS_MAX * PAGES_PER_READ * PAGE_BYTES;

/** A merge met a page of an input that is damaged; the input knows that it is. */
export class DamagedInputError extends Error {
  override readonly name = 'DamagedInputError';
}

/** The position in one input. */
class RunCursor {
  /** Entries in damaged pages that were passed over. */
  lost = 0;
  private readonly run: Run;
  private readonly passDamage: boolean;
  private readonly pages = new Uint32Array(PAGES_PER_READ * PAGE_WORDS);
  private pagesRead = 0;
  private nextPage = 0;
  private pageInBuffer = 0;
  private at = 0;
  private end = 0;

  constructor(run: Run, passDamage: boolean) {
    this.run = run;
    this.passDamage = passDamage;
  }

  /** Copies the next entry to `heads[to..to+3]`; false at the end of the run. */
  next(heads: Uint32Array, to: number): boolean {
    while (this.at === this.end) {
      if (!this.turnPage()) return false;
    }
    const { pages, at } = this;
    heads[to] = pages[at]!;
    heads[to + 1] = pages[at + 1]!;
    heads[to + 2] = pages[at + 2]!;
    heads[to + 3] = pages[at + 3]!;
    this.at = at + ENTRY_WORDS;
    return true;
  }

  private turnPage(): boolean {
    const { run, pages } = this;
    if (this.pageInBuffer === this.pagesRead) {
      if (this.nextPage === run.layout.entryPages) return false;
      this.pagesRead = run.readPages(this.nextPage, pages);
      this.pageInBuffer = 0;
    }
    const start = this.pageInBuffer * PAGE_WORDS;
    const sound = run.isSoundPage(pages, start, this.nextPage);
    if (!sound) {
      run.markDamaged('entries');
      if (!this.passDamage) throw new DamagedInputError();
      this.lost += run.entriesOfPage(this.nextPage);
    }
    this.at = start;
    this.end = sound ? start + entryCountOf(pages, start) * ENTRY_WORDS : start;
    this.pageInBuffer++;
    this.nextPage++;
    return true;
  }
}

/**
 * Appends the entries of all inputs, oldest first, to one run.
 *
 * @param passDamage true to leave damaged pages out, false to throw `DamagedInputError`.
 * @returns how many entries were in pages that were left out.
 */
export function* mergeRuns(
  inputs: readonly Run[],
  writer: RunWriter,
  passDamage: boolean,
): Generator<void, number, void> {
  const cursors = inputs.map((run) => new RunCursor(run, passDamage));
  const heads = new Uint32Array(inputs.length * ENTRY_WORDS);
  // The inputs that are not at their end, still oldest first.
  const live: number[] = [];
  cursors.forEach((cursor, input) => {
    if (cursor.next(heads, input * ENTRY_WORDS)) live.push(input);
  });
  for (let steps = 1; live.length > 0; steps++) {
    const input = lowest(heads, live);
    const at = input * ENTRY_WORDS;
    const h0 = heads[at]!;
    const h1 = heads[at + 1]!;
    const h2 = heads[at + 2]!;
    writer.append(h0, h1, h2, heads[at + 3]!);
    advance(cursors, heads, live, input);
    // Each run has an identity once, so one round passes over all its copies.
    for (let place = live.length - 1; place >= 0; place--) {
      const other = live[place]! * ENTRY_WORDS;
      if (heads[other] === h0 && heads[other + 1] === h1 && heads[other + 2] === h2) {
        advance(cursors, heads, live, live[place]!);
      }
    }
    if (steps % ENTRIES_PER_STEP === 0) yield;
  }
  return cursors.reduce((sum, cursor) => sum + cursor.lost, 0);
}

/** The oldest of the inputs with the lowest hash. */
function lowest(heads: Uint32Array, live: readonly number[]): number {
  let best = live[0]!;
  for (let place = 1; place < live.length; place++) {
    const a = live[place]! * ENTRY_WORDS;
    const b = best * ENTRY_WORDS;
    const h0 = heads[a]!;
    const best0 = heads[b]!;
    if (h0 > best0) continue;
    if (
      h0 < best0 ||
      compareHashes(h0, heads[a + 1]!, heads[a + 2]!, best0, heads[b + 1]!, heads[b + 2]!) < 0
    ) {
      best = live[place]!;
    }
  }
  return best;
}

function advance(cursors: readonly RunCursor[], heads: Uint32Array, live: number[], input: number): void {
  if (!cursors[input]!.next(heads, input * ENTRY_WORDS)) live.splice(live.indexOf(input), 1);
}
