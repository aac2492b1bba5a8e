/**
 * The layout of a run file. Everything is little-endian and in pages of 4 KiB:
 *
 *   header  1 page: what the run is, and where its parts are
 *   filter  64-byte blocks, each with its own checksum, filled up to whole pages
 *   entries 255 of 16 bytes to a page, sorted by hash, and 16 bytes of page trailer
 *   fences  the first word of the hash at every 16th page, filled up to whole pages
 *   footer  1 page: checksums of the fences, the pages and the header
 *
 * A file is written under another name, made durable and renamed, so a run that
 * has its name is whole unless the disk has damaged it.
 */
import { crc32 } from 'node:zlib';
import { ENTRY_WORDS } from './entry.ts';
import { FILTER_BLOCK_BYTES } from './filter.ts';

/** Bytes of a page. */
export const PAGE_BYTES = 4096;

/** 32-bit words of a page. */
export const PAGE_WORDS = PAGE_BYTES / 4;

/** Entries of a page; its last 16 bytes are the trailer. */
export const ENTRIES_PER_PAGE = 255;

/** Pages from one fence to the next. */
export const PAGES_PER_FENCE = 16;

const TRAILER_AT = ENTRIES_PER_PAGE * ENTRY_WORDS;
const CHECKED_BYTES = PAGE_BYTES - 4;
const MAGIC = 0x4449_5742_4e55_5231n;
const FOOTER_MAGIC = 0x4449_5742_454e_4431n;
const VERSION = 1;

/** What a run says about itself in its header. */
export interface RunHeader {
  readonly entryCount: number;
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  /** The run holds what was sealed as the runs of these numbers; merging widens the range. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** Every block up to this one is in this run or in one of a lower sequence; -1 if it covers none. */
  readonly highestBlock: number;
  readonly seed: Uint32Array;
  readonly filterBlocks: number;
}

/** Byte positions of a run's parts, which follow from its header. */
export interface RunLayout {
  readonly filterAt: number;
  readonly entriesAt: number;
  readonly entryPages: number;
  readonly fencesAt: number;
  readonly fenceCount: number;
  readonly footerAt: number;
  readonly totalBytes: number;
}

/** Computes where the parts of a run lie. */
export function layoutOf(header: Pick<RunHeader, 'entryCount' | 'filterBlocks'>): RunLayout {
  const filterAt = PAGE_BYTES;
  const entriesAt = filterAt + wholePages(header.filterBlocks * FILTER_BLOCK_BYTES);
  const entryPages = Math.ceil(header.entryCount / ENTRIES_PER_PAGE);
  const fencesAt = entriesAt + entryPages * PAGE_BYTES;
  const fenceCount = Math.ceil(entryPages / PAGES_PER_FENCE);
  const footerAt = fencesAt + wholePages(fenceCount * 4);
  return {
    filterAt,
    entriesAt,
    entryPages,
    fencesAt,
    fenceCount,
    footerAt,
    totalBytes: footerAt + PAGE_BYTES,
  };
}

/** Rounds up to whole pages. */
export function wholePages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** Writes the header page. */
export function encodeHeader(header: RunHeader): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  writeFacts(page, MAGIC, header);
  sealPage(page);
  return page;
}

/** Reads a header page; `null` if it is damaged or of another format. */
export function decodeHeader(page: Uint8Array): RunHeader | null {
  return readFacts(page, MAGIC);
}

/** What the footer holds, beside the header once more. */
export interface RunFooter {
  readonly header: RunHeader;
  /** CRC-32 over the checksums of all entry pages in order. */
  readonly pagesChecksum: number;
  /** CRC-32 of the fences with their filling. */
  readonly fencesChecksum: number;
  /** CRC-32 of the header page, which ties the two ends of the file together. */
  readonly headerChecksum: number;
}

const CHECKSUMS_AT = 128;

/** Writes the footer page. */
export function encodeFooter(footer: RunFooter): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  const view = new DataView(page.buffer);
  writeFacts(page, FOOTER_MAGIC, footer.header);
  view.setUint32(CHECKSUMS_AT, footer.pagesChecksum, true);
  view.setUint32(CHECKSUMS_AT + 4, footer.fencesChecksum, true);
  view.setUint32(CHECKSUMS_AT + 8, footer.headerChecksum, true);
  sealPage(page);
  return page;
}

/** Reads a footer page; `null` if it is damaged. */
export function decodeFooter(page: Uint8Array): RunFooter | null {
  const header = readFacts(page, FOOTER_MAGIC);
  if (header === null) return null;
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  return {
    header,
    pagesChecksum: view.getUint32(CHECKSUMS_AT, true),
    fencesChecksum: view.getUint32(CHECKSUMS_AT + 4, true),
    headerChecksum: view.getUint32(CHECKSUMS_AT + 8, true),
  };
}

function writeFacts(page: Uint8Array, magic: bigint, header: RunHeader): void {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  view.setBigUint64(0, magic, true);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, ENTRY_WORDS * 4, true);
  const numbers = [
    header.entryCount,
    header.firstArrivalMs,
    header.lastArrivalMs,
    header.firstSequence,
    header.lastSequence,
    header.highestBlock,
    header.filterBlocks,
  ];
  // As doubles: counts are exact up to 2⁵³, and times may have a fraction.
  numbers.forEach((value, index) => view.setFloat64(16 + index * 8, value, true));
  header.seed.forEach((word, index) => view.setUint32(80 + index * 4, word, true));
}

function readFacts(page: Uint8Array, magic: bigint): RunHeader | null {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (!isPageSound(page) || view.getBigUint64(0, true) !== magic) return null;
  if (view.getUint32(8, true) !== VERSION || view.getUint32(12, true) !== ENTRY_WORDS * 4) return null;
  const number = (index: number) => view.getFloat64(16 + index * 8, true);
  const header: RunHeader = {
    entryCount: number(0),
    firstArrivalMs: number(1),
    lastArrivalMs: number(2),
    firstSequence: number(3),
    lastSequence: number(4),
    highestBlock: number(5),
    filterBlocks: number(6),
    seed: Uint32Array.from({ length: 4 }, (_, index) => view.getUint32(80 + index * 4, true)),
  };
  // Its checksum is right, so nothing else can be expected; yet no size is taken from a file unseen.
  const sizes = [header.entryCount, header.filterBlocks, header.firstSequence, header.lastSequence];
  return sizes.every((size) => Number.isSafeInteger(size) && size > 0) ? header : null;
}

/** Fills in the trailer of an entry page: its number, its entries and the run it belongs to. */
export function writeTrailer(
  page: Uint32Array,
  at: number,
  number: number,
  count: number,
  sequence: number,
): void {
  page[at + TRAILER_AT] = number;
  page[at + TRAILER_AT + 1] = count;
  page[at + TRAILER_AT + 2] = sequence;
}

/** True if an entry page, whose checksum is right, is the one that was asked for. */
export function isTrailerOf(page: Uint32Array, at: number, number: number, sequence: number): boolean {
  return page[at + TRAILER_AT] === number && page[at + TRAILER_AT + 2] === sequence >>> 0;
}

/** Entries of an entry page. */
export function entryCountOf(page: Uint32Array, at: number): number {
  return page[at + TRAILER_AT + 1]!;
}

/** Writes the checksum into the last four bytes of a page, and returns it. */
export function sealPage(page: Uint8Array): number {
  const sum = crc32(page.subarray(0, CHECKED_BYTES));
  new DataView(page.buffer, page.byteOffset, page.byteLength).setUint32(CHECKED_BYTES, sum, true);
  return sum;
}

/** True if the page's checksum is right. */
export function isPageSound(page: Uint8Array): boolean {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  return view.getUint32(CHECKED_BYTES, true) === crc32(page.subarray(0, CHECKED_BYTES));
}
