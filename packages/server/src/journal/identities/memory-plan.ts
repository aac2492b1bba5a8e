/**
 * How the memory that the store may take is divided: a quarter for the two tables
 * (one takes entries in while the other is sealed), what sorting, writing and the
 * page cache need, and all that is left for filters, which save the most reads.
 */
import { MERGE_BYTES } from './merge.ts';
import { TABLE_BYTES_PER_ENTRY } from './memory-table.ts';
import { PAGE_BYTES } from './run-format.ts';
import { WRITER_BYTES } from './run-writer.ts';
import { SORT_BYTES_PER_ENTRY } from './seal.ts';

/** The division of the memory. */
export interface MemoryPlan {
  /** Entries a table has room for, a power of two. */
  readonly tableEntriesMax: number;
  /** Entries at which a table is due to be sealed; the room above is for what comes meanwhile. */
  readonly tableEntriesDue: number;
  /** Bytes of both tables, and of sorting one while it is sealed. */
  readonly tableBytes: number;
  /** Bytes of the table that a rebuild needs. */
  readonly rebuildBytes: number;
  /** Pages of the page cache, a power of two. */
  readonly cachePages: number;
  /** Bytes for filters and fences. */
  readonly filterBytesMax: number;
}

const TABLE_ENTRIES_MIN = 64;
const TABLE_ENTRIES_MAX = 2 ** 24;
const CACHE_SHARE = 1 / 64;

/**
 * Divides the memory.
 *
 * @throws RangeError if there is less than 4 MiB, or `tableEntriesMax` is no power of two from 64 to 2²⁴.
 */
export function planMemory(memoryBytesMax: number, tableEntriesMax?: number): MemoryPlan {
  if (!(memoryBytesMax >= 4 * 2 ** 20)) throw new RangeError('the identity store needs at least 4 MiB');
  const fitting = floorPowerOfTwo(memoryBytesMax / 4 / (2 * TABLE_BYTES_PER_ENTRY));
  const entries = tableEntriesMax ?? Math.min(TABLE_ENTRIES_MAX, Math.max(TABLE_ENTRIES_MIN, fitting));
  if (entries < TABLE_ENTRIES_MIN || entries > TABLE_ENTRIES_MAX || floorPowerOfTwo(entries) !== entries) {
    throw new RangeError('tableEntriesMax must be a power of two from 64 to 16777216');
  }
  const cachePages = floorPowerOfTwo((memoryBytesMax * CACHE_SHARE) / PAGE_BYTES);
  const tableBytes = entries * (2 * TABLE_BYTES_PER_ENTRY + SORT_BYTES_PER_ENTRY);
  const others = tableBytes + cachePages * PAGE_BYTES + 2 * WRITER_BYTES + MERGE_BYTES;
  return {
    tableEntriesMax: entries,
    tableEntriesDue: (entries / 4) * 3,
    tableBytes,
    rebuildBytes: entries * (TABLE_BYTES_PER_ENTRY + SORT_BYTES_PER_ENTRY),
    cachePages,
    filterBytesMax: Math.max(0, memoryBytesMax - others),
  };
}

function floorPowerOfTwo(value: number): number {
  return 2 ** Math.floor(Math.log2(value));
}
