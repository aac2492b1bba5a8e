/**
 * One sealed run, open for questions: its filter, of which as much as the store
 * allots is kept in memory and the rest read block by block, and the search among
 * its sorted entries, for which one page is read and in one case of five a second.
 * Everything that is read is checked. What is damaged is reported and answered
 * with "may be here", never with "is not here".
 */
import { ENTRY_WORDS } from './entry.ts';
import { IdentityStoreError, reading } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { readAll } from './file-system.ts';
import {
  blockChecksum,
  blockMayHold,
  FILTER_BLOCK_BYTES,
  FILTER_BLOCK_WORDS,
  filterBlockOf,
  markUnsound,
} from './filter.ts';
import type { PageCache } from './page-cache.ts';
import { CHUNK_BLOCKS, ResidentFilter } from './resident-filter.ts';
import type { RunHeader, RunLayout } from './run-format.ts';
import {
  ENTRIES_PER_PAGE,
  entryCountOf,
  isPageSound,
  isTrailerOf,
  layoutOf,
  PAGE_BYTES,
  PAGE_WORDS,
} from './run-format.ts';
import type { DamagedPart, RunFile } from './run-open.ts';
import { readRunFile } from './run-open.ts';
import { lowerBound, searchBounds } from './run-search.ts';

/** `find`'s answer if the run does not have the identity. */
export const ABSENT = -1;

/** `find`'s answer if the page that would have the identity is damaged. */
export const UNREADABLE = -2;

/** Called once for a run, when the first damage is found. */
export type DamageListener = (run: Run, part: DamagedPart) => void;

/** What a run is opened with. */
export interface RunContext {
  readonly files: IdentityFiles;
  readonly cache: PageCache;
  readonly onDamage: DamageListener;
}

/** An open run file. */
export class Run {
  readonly header: RunHeader;
  readonly layout: RunLayout;
  /** Changes when the file is renamed. */
  path: string;
  /** The first damage that was found, if any. */
  damage: DamagedPart | null = null;
  /** True once it was tried to write a damaged run anew without loss. */
  repairTried = false;
  /** What of the filter is in memory. */
  readonly filter: ResidentFilter;
  private readonly context: RunContext;
  private readonly file: number;
  private readonly fences: Uint32Array;
  private readonly block = new Uint32Array(FILTER_BLOCK_WORDS);
  private readonly blockBytes = new Uint8Array(this.block.buffer);

  private constructor(context: RunContext, path: string, file: number, { header, fences }: RunFile) {
    this.context = context;
    this.path = path;
    this.file = file;
    this.header = header;
    this.layout = layoutOf(header);
    this.fences = fences;
    this.filter = new ResidentFilter(header.filterBlocks);
  }

  /**
   * Opens a run file and checks all but its filter and its entries.
   *
   * @returns `null` if the file is too damaged to be asked.
   * @throws IdentityStoreError `read_failed` if the system refuses.
   */
  static open(context: RunContext, path: string): Run | null {
    const { files } = context;
    return reading(() => {
      const file = files.openToRead(path);
      let found: RunFile | null = null;
      try {
        found = readRunFile(files, file);
      } finally {
        if (found === null) files.close(file);
      }
      if (found === null) return null;
      const run = new Run(context, path, file, found);
      if (found.damage !== null) run.markDamaged(found.damage);
      return run;
    });
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.layout.totalBytes;
  }

  /** Bytes this run takes in memory. */
  get memoryBytes(): number {
    return this.fences.byteLength + this.filter.bytes;
  }

  /** Reads a chunk of the filter into memory, as many words of its blocks as `width` says. */
  loadFilter(chunk: number, width: number): void {
    const { files } = this.context;
    const sound = reading(() => this.filter.load(chunk, width, files, this.file, this.layout.filterAt));
    if (!sound) this.markDamaged('filter');
  }

  /** Asks the filter, then the entries: the fingerprint of an identity, {@link ABSENT}, or {@link UNREADABLE}. */
  look(h0: number, h1: number, h2: number): number {
    return this.mayHold(h0, h1, h2) ? this.find(h0, h1, h2) : ABSENT;
  }

  /** False if the identity is surely not in this run. */
  private mayHold(h0: number, h1: number, h2: number): boolean {
    const number = filterBlockOf(h0, this.header.filterBlocks);
    if (!this.filter.mayHold(number, h1, h2)) return false;
    if (this.filter.isWhole(number)) return true;
    const position = this.layout.filterAt + number * FILTER_BLOCK_BYTES;
    const { block, blockBytes } = this;
    const size = this.readBytes(blockBytes, position);
    if (size < FILTER_BLOCK_BYTES || block[FILTER_BLOCK_WORDS - 1] !== blockChecksum(block, 0, number)) {
      this.markDamaged('filter');
      return true;
    }
    return blockMayHold(block, 0, h1, h2);
  }

  private find(h0: number, h1: number, h2: number): number {
    const { layout } = this;
    const { words } = this.context.cache;
    const bounds = searchBounds(this.fences, layout, h0);
    let { firstPage, lastPage, guess: page } = bounds;
    while (firstPage <= lastPage) {
      const at = this.page(page);
      if (at < 0) return this.findBetween(bounds.firstPage, bounds.lastPage, h0, h1, h2);
      const count = entryCountOf(words, at);
      const place = lowerBound(words, at, count, h0, h1, h2);
      if (place < count) {
        const entry = at + place * ENTRY_WORDS;
        if (words[entry] === h0 && words[entry + 1] === h1 && words[entry + 2] === h2)
          return words[entry + 3]!;
        if (place > 0) return ABSENT;
        lastPage = page - 1;
        page = lastPage;
      } else {
        firstPage = page + 1;
        page = firstPage;
      }
      if (page >= layout.entryPages) return ABSENT;
    }
    return ABSENT;
  }

  /** Says that the run is damaged; the first time counts. */
  markDamaged(part: DamagedPart): void {
    if (this.damage !== null) return;
    this.damage = part;
    this.context.onDamage(this, part);
  }

  /**
   * Reads entry pages one after another, as many as the buffer has room for and the
   * run has left.
   *
   * @param pages a buffer of whole pages.
   * @returns how many pages were asked for; whether each is sound, `isSoundPage` tells.
   */
  readPages(first: number, pages: Uint32Array): number {
    const count = Math.min(pages.length / PAGE_WORDS, this.layout.entryPages - first);
    const bytes = new Uint8Array(pages.buffer, pages.byteOffset, count * PAGE_BYTES);
    const size = this.readBytes(bytes, this.layout.entriesAt + first * PAGE_BYTES);
    bytes.fill(0, size);
    return count;
  }

  /** How many entries a page has, from its number alone. */
  entriesOfPage(number: number): number {
    return Math.min(ENTRIES_PER_PAGE, this.header.entryCount - number * ENTRIES_PER_PAGE);
  }

  /** True if the page at word `at` of a buffer is page `number` of this run, whole. */
  isSoundPage(pages: Uint32Array, at: number, number: number): boolean {
    const bytes = new Uint8Array(pages.buffer, pages.byteOffset + at * 4, PAGE_BYTES);
    return isPageSound(bytes) && isTrailerOf(pages, at, number, this.header.lastSequence);
  }

  /** Checks a chunk of the filter as it is on disk, from a block on; `next` is the block after it. */
  checkFilter(block: number): { readonly sound: boolean; readonly next: number } {
    const count = Math.min(CHUNK_BLOCKS, this.header.filterBlocks - block);
    const words = new Uint32Array(count * FILTER_BLOCK_WORDS);
    this.readBytes(new Uint8Array(words.buffer), this.layout.filterAt + block * FILTER_BLOCK_BYTES);
    const sound = markUnsound(words, block) === 0;
    return { sound, next: block + count };
  }

  /** Closes the file. */
  close(): void {
    this.context.cache.forget(this);
    try {
      this.context.files.close(this.file);
    } catch {
      // Nothing was written through it, so there is nothing to lose.
    }
  }

  /** Searches pages of which one or more cannot be read, one after another. */
  private findBetween(firstPage: number, lastPage: number, h0: number, h1: number, h2: number): number {
    const { words } = this.context.cache;
    let gap = false;
    for (let page = firstPage; page <= lastPage; page++) {
      const at = this.page(page);
      if (at < 0) {
        gap = true;
        continue;
      }
      const count = entryCountOf(words, at);
      const place = lowerBound(words, at, count, h0, h1, h2);
      if (place === count) {
        gap = false;
        continue;
      }
      const entry = at + place * ENTRY_WORDS;
      if (words[entry] === h0 && words[entry + 1] === h1 && words[entry + 2] === h2) return words[entry + 3]!;
      return gap && place === 0 ? UNREADABLE : ABSENT;
    }
    return gap ? UNREADABLE : ABSENT;
  }

  /** Where in the cache a checked page begins, in words; -1 if the page is damaged. */
  private page(number: number): number {
    const { cache } = this.context;
    const place = cache.placeOf(this.header.lastSequence, number);
    if (!cache.holds(place, this, number)) {
      cache.take(place);
      const bytes = cache.bytes.subarray(place * PAGE_BYTES, (place + 1) * PAGE_BYTES);
      const position = this.layout.entriesAt + number * PAGE_BYTES;
      const size = this.readBytes(bytes, position);
      const whole = size === PAGE_BYTES && isPageSound(bytes);
      if (!whole || !isTrailerOf(cache.words, place * PAGE_WORDS, number, this.header.lastSequence)) {
        this.markDamaged('entries');
        return -1;
      }
      cache.put(place, this, number);
    }
    return place * PAGE_WORDS;
  }

  private readBytes(bytes: Uint8Array, position: number): number {
    try {
      return readAll(this.context.files, this.file, bytes, position);
    } catch (error) {
      throw new IdentityStoreError('read_failed', { cause: error });
    }
  }
}
