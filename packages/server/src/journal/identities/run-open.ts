/**
 * Reads what a run has to know before it can be asked: its header, which the
 * footer repeats, and its fences, which can be made again from the entries. So a
 * file is of no use at all only if both of its ends are gone.
 */
import { crc32 } from 'node:zlib';
import type { IdentityFiles } from './file-system.ts';
import { readAll } from './file-system.ts';
import type { RunHeader, RunLayout } from './run-format.ts';
import {
  decodeFooter,
  decodeHeader,
  isPageSound,
  layoutOf,
  PAGE_BYTES,
  PAGES_PER_FENCE,
  wholePages,
} from './run-format.ts';

/** The part of a run file that is damaged. */
export type DamagedPart = 'header' | 'footer' | 'size' | 'fences' | 'filter' | 'entries';

/** What a file has, and the first thing that is wrong with it. */
export interface RunFile {
  readonly header: RunHeader;
  readonly fences: Uint32Array;
  readonly damage: DamagedPart | null;
}

/** Reads the ends of a run file; `null` if neither can be read. */
export function readRunFile(files: IdentityFiles, file: number): RunFile | null {
  const sizeBytes = files.sizeBytes(file);
  const page = new Uint8Array(PAGE_BYTES);
  readAll(files, file, page, 0);
  const ownHeader = decodeHeader(page);
  const headerChecksum = crc32(page);
  page.fill(0);
  if (sizeBytes >= 2 * PAGE_BYTES) readAll(files, file, page, sizeBytes - PAGE_BYTES);
  const footer = decodeFooter(page);
  const header = ownHeader ?? footer?.header ?? null;
  if (header === null) return null;
  const layout = layoutOf(header);
  const fences = footer === null ? null : readFences(files, file, layout, footer.fencesChecksum);
  let damage: DamagedPart | null = fences === null ? 'fences' : null;
  if (footer === null || footer.headerChecksum !== headerChecksum) damage = 'footer';
  if (sizeBytes !== layout.totalBytes) damage = 'size';
  if (ownHeader === null) damage = 'header';
  return { header, fences: fences ?? remakeFences(files, file, layout), damage };
}

function readFences(
  files: IdentityFiles,
  file: number,
  layout: RunLayout,
  checksum: number,
): Uint32Array | null {
  const fences = new Uint32Array(wholePages(layout.fenceCount * 4) / 4);
  const bytes = new Uint8Array(fences.buffer);
  readAll(files, file, bytes, layout.fencesAt);
  return crc32(bytes) === checksum ? fences.slice(0, layout.fenceCount) : null;
}

/** Makes each fence from the first sound page at or after its place. */
function remakeFences(files: IdentityFiles, file: number, layout: RunLayout): Uint32Array {
  const fences = new Uint32Array(layout.fenceCount).fill(0xffffffff);
  const page = new Uint8Array(PAGE_BYTES);
  const words = new Uint32Array(page.buffer);
  for (let fence = layout.fenceCount - 1; fence >= 0; fence--) {
    const next = (fence + 1) * PAGES_PER_FENCE;
    if (fence + 1 < layout.fenceCount) fences[fence] = fences[fence + 1]!;
    for (let number = fence * PAGES_PER_FENCE; number < Math.min(next, layout.entryPages); number++) {
      page.fill(0);
      readAll(files, file, page, layout.entriesAt + number * PAGE_BYTES);
      if (!isPageSound(page)) continue;
      fences[fence] = words[0]!;
      break;
    }
  }
  return fences;
}
