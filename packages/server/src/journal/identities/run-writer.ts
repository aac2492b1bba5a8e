/**
 * Writes one run file from entries that come in the order of their hashes, in
 * pieces of bounded size: the filter and the entries grow side by side, each
 * through a buffer of its own, and nothing is kept of what has been written but
 * the fences. The file has a temporary name until `finish` makes it durable.
 */
import { crc32 } from 'node:zlib';
import { ENTRY_WORDS } from './entry.ts';
import { writing } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';
import { writeAll } from './file-system.ts';
import {
  addToBlock,
  blockChecksum,
  FILTER_BLOCK_BYTES,
  FILTER_BLOCK_WORDS,
  filterBlockOf,
  filterBlocksFor,
} from './filter.ts';
import type { RunHeader } from './run-format.ts';
import {
  ENTRIES_PER_PAGE,
  encodeFooter,
  encodeHeader,
  layoutOf,
  PAGE_BYTES,
  PAGE_WORDS,
  PAGES_PER_FENCE,
  sealPage,
  wholePages,
  writeTrailer,
} from './run-format.ts';

/** Pages and filter blocks that are written in one call. */
const PAGES_PER_WRITE = 64;
const BLOCKS_PER_WRITE = 1024;

/**
 * Bytes after which the file is made durable as far as it is written, so that the
 * last sync is as short as the others: the journal waits for each of them.
 */
const SYNC_BYTES = 4 * 1024 * 1024;

/** Bytes a writer holds while it is at work. */
export const WRITER_BYTES = PAGES_PER_WRITE * PAGE_BYTES + BLOCKS_PER_WRITE * FILTER_BLOCK_BYTES;

/** What is known of a run before its entries are. */
export type RunIdentity = Omit<RunHeader, 'entryCount' | 'filterBlocks'>;

/** One run file in the making. */
export class RunWriter {
  readonly path: string;
  /** Entries that were appended. */
  entryCount = 0;
  private readonly files: IdentityFiles;
  private readonly run: RunIdentity;
  private readonly filterBlocks: number;
  private readonly entriesAt: number;
  private readonly pages = new Uint32Array(PAGES_PER_WRITE * PAGE_WORDS);
  private readonly pageBytes = new Uint8Array(this.pages.buffer);
  private readonly filter = new Uint32Array(BLOCKS_PER_WRITE * FILTER_BLOCK_WORDS);
  private readonly filterBytes = new Uint8Array(this.filter.buffer);
  private readonly fences: number[] = [];
  private readonly file: number;
  private open = true;
  private inPage = 0;
  private pageStart = 0;
  private pagesWritten = 0;
  private filterStart = 0;
  private pagesChecksum = 0;
  private unsyncedBytes = 0;
  private readonly checksumBytes = new Uint8Array(4);

  /**
   * @param entriesMax at least as many as will be appended: the filter is laid out for them.
   * @throws IdentityStoreError `disk_full` or `write_failed`, from here and from every method.
   */
  constructor(files: IdentityFiles, path: string, run: RunIdentity, entriesMax: number) {
    this.files = files;
    this.path = path;
    this.run = run;
    this.filterBlocks = filterBlocksFor(entriesMax);
    this.entriesAt = layoutOf({ entryCount: 0, filterBlocks: this.filterBlocks }).entriesAt;
    this.file = writing(() => files.openToWrite(path));
  }

  /** Appends an entry, whose hash is above that of the one before. */
  append(h0: number, h1: number, h2: number, fingerprint: number): void {
    const { pages } = this;
    if (this.inPage === 0 && (this.pagesWritten + this.pageStart / PAGE_WORDS) % PAGES_PER_FENCE === 0) {
      this.fences.push(h0);
    }
    const at = this.pageStart + this.inPage * ENTRY_WORDS;
    pages[at] = h0;
    pages[at + 1] = h1;
    pages[at + 2] = h2;
    pages[at + 3] = fingerprint;
    const block = filterBlockOf(h0, this.filterBlocks);
    while (block >= this.filterStart + BLOCKS_PER_WRITE) this.writeFilter();
    addToBlock(this.filter, (block - this.filterStart) * FILTER_BLOCK_WORDS, h1, h2);
    this.entryCount++;
    this.inPage++;
    if (this.inPage === ENTRIES_PER_PAGE) this.endPage();
  }

  /** Writes what is left, makes the file durable and closes it. It still has its temporary name. */
  finish(): RunHeader {
    if (this.inPage > 0) this.endPage();
    this.writePages();
    while (this.filterStart < this.filterBlocks) this.writeFilter();
    const header: RunHeader = {
      ...this.run,
      entryCount: this.entryCount,
      filterBlocks: this.filterBlocks,
    };
    const layout = layoutOf(header);
    const fences = new Uint32Array(wholePages(this.fences.length * 4) / 4);
    fences.set(this.fences);
    const fenceBytes = new Uint8Array(fences.buffer);
    const headerPage = encodeHeader(header);
    const footerPage = encodeFooter({
      pagesChecksum: this.pagesChecksum,
      fencesChecksum: crc32(fenceBytes),
      headerChecksum: crc32(headerPage),
      header,
    });
    this.write(fenceBytes, layout.fencesAt);
    this.write(footerPage, layout.footerAt);
    this.write(headerPage, 0);
    writing(() => {
      this.files.sync(this.file);
      this.close();
    });
    return header;
  }

  /** Gives the file up. */
  abandon(): void {
    try {
      this.close();
    } catch {
      // What has been written means nothing any more.
    }
  }

  private close(): void {
    if (!this.open) return;
    this.open = false;
    this.files.close(this.file);
  }

  private endPage(): void {
    const number = this.pagesWritten + this.pageStart / PAGE_WORDS;
    this.pages.fill(
      0,
      this.pageStart + this.inPage * ENTRY_WORDS,
      this.pageStart + ENTRIES_PER_PAGE * ENTRY_WORDS,
    );
    writeTrailer(this.pages, this.pageStart, number, this.inPage, this.run.lastSequence);
    const start = this.pageStart * 4;
    const sum = sealPage(this.pageBytes.subarray(start, start + PAGE_BYTES));
    new DataView(this.checksumBytes.buffer).setUint32(0, sum, true);
    this.pagesChecksum = crc32(this.checksumBytes, this.pagesChecksum);
    this.inPage = 0;
    this.pageStart += PAGE_WORDS;
    if (this.pageStart === this.pages.length) this.writePages();
  }

  private writePages(): void {
    const bytes = this.pageBytes.subarray(0, this.pageStart * 4);
    const position = this.entriesAt + this.pagesWritten * PAGE_BYTES;
    this.write(bytes, position);
    this.pagesWritten += this.pageStart / PAGE_WORDS;
    this.pageStart = 0;
  }

  private writeFilter(): void {
    const count = Math.min(BLOCKS_PER_WRITE, this.filterBlocks - this.filterStart);
    for (let block = 0; block < count; block++) {
      const at = block * FILTER_BLOCK_WORDS;
      this.filter[at + FILTER_BLOCK_WORDS - 1] = blockChecksum(this.filter, at, this.filterStart + block);
    }
    const bytes = this.filterBytes.subarray(0, count * FILTER_BLOCK_BYTES);
    const position = PAGE_BYTES + this.filterStart * FILTER_BLOCK_BYTES;
    this.write(bytes, position);
    this.filter.fill(0);
    this.filterStart += BLOCKS_PER_WRITE;
  }

  private write(bytes: Uint8Array, position: number): void {
    writing(() => {
      writeAll(this.files, this.file, bytes, position);
      this.unsyncedBytes += bytes.length;
      if (this.unsyncedBytes < SYNC_BYTES) return;
      this.files.sync(this.file);
      this.unsyncedBytes = 0;
    });
  }
}

/** A run that is written but not named yet, and what the steps that filled it returned. */
export interface BuiltRun<T> {
  readonly path: string;
  readonly header: RunHeader;
  readonly filled: T;
}

/**
 * Writes a run in steps; nothing of it is left behind if a step throws or the steps are given up.
 *
 * @param discard removes the file in that case.
 * @param fill the steps that append the entries.
 * @returns `null` if no entry was appended.
 */
export function* buildRun<T>(
  files: IdentityFiles,
  path: string,
  run: RunIdentity,
  entriesMax: number,
  discard: (path: string) => void,
  fill: (writer: RunWriter) => Generator<void, T, void>,
): Generator<void, BuiltRun<T> | null, void> {
  const writer = new RunWriter(files, path, run, entriesMax);
  let built: BuiltRun<T> | null = null;
  try {
    const filled = yield* fill(writer);
    if (writer.entryCount > 0) built = { path, header: writer.finish(), filled };
    return built;
  } finally {
    if (built === null) {
      writer.abandon();
      discard(path);
    }
  }
}
