/**
 * One sealed run, open for questions: its filter, of which as much as the store
 * allots is kept in memory and the rest read block by block, and the search among
 * its sorted entries. The hashes are uniform, so the position of an entry is
 * known from its hash to within a few dozen places once the fence before it is
 * known: one page is read, in one case of five a second. Everything that is read
 * is checked. What is damaged is reported and answered with "may be here", never
 * with "is not here".
 */
import { crc32 } from 'node:zlib';
import { compareHashes, ENTRY_WORDS } from './entry.ts';
import { reading } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { readAll } from './file-system.ts';
import {
  blockChecksum,
  blockMayHold,
  FILTER_BLOCK_BYTES,
  FILTER_BLOCK_WORDS,
  filterBlockOf,
} from './filter.ts';
import type { PageCache } from './page-cache.ts';
import type { RunHeader, RunLayout } from './run-format.ts';
import {
  decodeFooter,
  decodeHeader,
  ENTRIES_PER_PAGE,
  entryCountOf,
  isPageSound,
  isTrailerOf,
  layoutOf,
  PAGE_BYTES,
  PAGE_WORDS,
  PAGES_PER_FENCE,
  wholePages,
} from './run-format.ts';

/** `find`'s answer if the run does not have the identity. */
export const ABSENT = -1;

/** `find`'s answer if the page that would have the identity is damaged. */
export const UNREADABLE = -2;

/** The part of a run file that is damaged. */
export type DamagedPart = 'header' | 'footer' | 'size' | 'fences' | 'filter' | 'entries';

/** Called once for a run, when the first damage is found. */
export type DamageListener = (run: Run, part: DamagedPart) => void;

/** What a run is opened with. */
export interface RunContext {
  readonly files: IdentityFiles;
  readonly cache: PageCache;
  readonly onDamage: DamageListener;
}

/** The outcome of opening a file: a run, or what is damaged so that it cannot be used at all. */
export type OpenedRun = { readonly run: Run } | { readonly unusable: DamagedPart };

/** An open run file. */
export class Run {
  readonly header: RunHeader;
  readonly layout: RunLayout;
  /** Changes when the file is renamed. */
  path: string;
  /** The first damage that was found, if any. */
  damage: DamagedPart | null = null;
  /** Filter blocks, from the first, that are in memory. */
  residentBlocks = 0;
  private readonly context: RunContext;
  private readonly file: number;
  private readonly fences: Uint32Array;
  private resident = new Uint32Array(0);
  private readonly block = new Uint32Array(FILTER_BLOCK_WORDS);
  private readonly blockBytes = new Uint8Array(this.block.buffer);

  private constructor(
    context: RunContext,
    path: string,
    file: number,
    header: RunHeader,
    fences: Uint32Array,
  ) {
    this.context = context;
    this.path = path;
    this.file = file;
    this.header = header;
    this.layout = layoutOf(header);
    this.fences = fences;
  }

  /**
   * Opens a run file and checks its header, footer, size and fences.
   *
   * @throws IdentityStoreError `read_failed` if the system refuses.
   */
  static open(context: RunContext, path: string): OpenedRun {
    const { files } = context;
    return reading(() => {
      const file = files.openToRead(path);
      const opened = openFile(files, file);
      if ('unusable' in opened) {
        files.close(file);
        return opened;
      }
      return { run: new Run(context, path, file, opened.header, opened.fences) };
    });
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.layout.totalBytes;
  }

  /** Bytes this run takes in memory. */
  get memoryBytes(): number {
    return this.fences.byteLength + this.resident.byteLength;
  }

  /** Keeps the first `blockCount` blocks of the filter in memory. */
  loadFilter(blockCount: number): void {
    const blocks = Math.min(blockCount, this.header.filterBlocks);
    if (blocks === this.residentBlocks) return;
    if (blocks < this.residentBlocks) {
      this.resident = this.resident.slice(0, blocks * FILTER_BLOCK_WORDS);
    } else {
      const words = new Uint32Array(blocks * FILTER_BLOCK_WORDS);
      words.set(this.resident);
      const start = this.residentBlocks;
      const bytes = new Uint8Array(words.buffer, start * FILTER_BLOCK_BYTES);
      const position = this.layout.filterAt + start * FILTER_BLOCK_BYTES;
      reading(() => readAll(this.context.files, this.file, bytes, position));
      for (let block = start; block < blocks; block++) this.admitBlock(words, block);
      this.resident = words;
    }
    this.residentBlocks = blocks;
  }

  /** False if the identity is surely not in this run. */
  mayHold(h0: number, h1: number, h2: number): boolean {
    const number = filterBlockOf(h0, this.header.filterBlocks);
    if (number < this.residentBlocks) {
      return blockMayHold(this.resident, number * FILTER_BLOCK_WORDS, h1, h2);
    }
    const position = this.layout.filterAt + number * FILTER_BLOCK_BYTES;
    const { block, blockBytes, file } = this;
    const size = reading(() => this.context.files.read(file, blockBytes, position));
    if (size < FILTER_BLOCK_BYTES || block[FILTER_BLOCK_WORDS - 1] !== blockChecksum(block, 0, number)) {
      this.markDamaged('filter');
      return true;
    }
    return blockMayHold(block, 0, h1, h2);
  }

  /** The fingerprint of an identity, {@link ABSENT}, or {@link UNREADABLE}. */
  find(h0: number, h1: number, h2: number): number {
    const { layout } = this;
    const { words } = this.context.cache;
    const bounds = this.searchBounds(h0);
    let { firstPage, lastPage } = bounds;
    let page = Math.min(Math.max(bounds.guess, firstPage), lastPage);
    while (firstPage <= lastPage) {
      const at = this.page(page);
      if (at < 0) return UNREADABLE;
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

  /** Closes the file. */
  close(): void {
    this.context.cache.forget(this);
    this.context.files.close(this.file);
  }

  /** The pages that can have a hash, and the one it is most likely in. */
  private searchBounds(h0: number): { firstPage: number; lastPage: number; guess: number } {
    const { fences, layout } = this;
    const { fenceCount } = layout;
    let low = Math.min(Math.floor((h0 / 4_294_967_296) * fenceCount), fenceCount - 1);
    // The guess among the fences is off by a few at most, so it is walked to the
    // right one: the last whose first entry is below the hash.
    while (low > 0 && fences[low]! >= h0) low--;
    while (low + 1 < fenceCount && fences[low + 1]! < h0) low++;
    let high = low;
    while (high + 1 < fenceCount && fences[high + 1]! <= h0) high++;
    const firstPage = low * PAGES_PER_FENCE;
    const lastPage = Math.min((high + 1) * PAGES_PER_FENCE, layout.entryPages) - 1;
    const from = fences[low]!;
    const to = high + 1 < fenceCount ? fences[high + 1]! : 4_294_967_296;
    const share = to > from ? (h0 - from) / (to - from) : 0;
    const guess = firstPage + Math.floor(share * (lastPage + 1 - firstPage));
    return { firstPage, lastPage, guess };
  }

  /** Where in the cache a checked page begins, in words; -1 if the page is damaged. */
  private page(number: number): number {
    const { files, cache } = this.context;
    const place = cache.placeOf(this.header.lastSequence, number);
    if (!cache.holds(place, this, number)) {
      cache.take(place);
      const bytes = cache.bytes.subarray(place * PAGE_BYTES, (place + 1) * PAGE_BYTES);
      const position = this.layout.entriesAt + number * PAGE_BYTES;
      const size = reading(() => readAll(files, this.file, bytes, position));
      const whole = size === PAGE_BYTES && isPageSound(bytes);
      if (!whole || !isTrailerOf(cache.words, place * PAGE_WORDS, number, this.header.lastSequence)) {
        this.markDamaged('entries');
        return -1;
      }
      cache.put(place, this, number);
    }
    return place * PAGE_WORDS;
  }

  /** Checks a block that came into memory; a damaged one is made to answer "may be here" to all. */
  private admitBlock(words: Uint32Array, number: number): void {
    const at = number * FILTER_BLOCK_WORDS;
    if (words[at + FILTER_BLOCK_WORDS - 1] === blockChecksum(words, at, number)) return;
    words.fill(0xffffffff, at, at + FILTER_BLOCK_WORDS);
    this.markDamaged('filter');
  }

  /** Says that the run is damaged; the first time counts. */
  markDamaged(part: DamagedPart): void {
    if (this.damage !== null) return;
    this.damage = part;
    this.context.onDamage(this, part);
  }
}

/** Reads and checks what has to be right for a run to be of any use. */
function openFile(
  files: IdentityFiles,
  file: number,
): { header: RunHeader; fences: Uint32Array } | { unusable: DamagedPart } {
  const page = new Uint8Array(PAGE_BYTES);
  if (readAll(files, file, page, 0) < PAGE_BYTES) return { unusable: 'size' };
  const header = decodeHeader(page);
  if (header === null) return { unusable: 'header' };
  const headerChecksum = crc32(page);
  const layout = layoutOf(header);
  if (files.sizeBytes(file) !== layout.totalBytes) return { unusable: 'size' };
  readAll(files, file, page, layout.footerAt);
  const footer = decodeFooter(page);
  if (footer === null || footer.headerChecksum !== headerChecksum) return { unusable: 'footer' };
  const fences = new Uint32Array(wholePages(layout.fenceCount * 4) / 4);
  const bytes = new Uint8Array(fences.buffer);
  readAll(files, file, bytes, layout.fencesAt);
  if (crc32(bytes) !== footer.fencesChecksum) return { unusable: 'fences' };
  return { header, fences: fences.slice(0, layout.fenceCount) };
}

/** The first entry of a page that is not below the hash, or the number of entries. */
function lowerBound(
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
