/**
 * Turns a memory table into a sorted run, as a sequence of small steps, since the
 * journal's thread acknowledges events meanwhile. The hashes are uniform, so one
 * counting pass over their leading bits puts every entry next to its final place,
 * and the few that share a bucket are sorted by insertion.
 */
import { compareHashes, ENTRY_WORDS } from './entry.ts';
import type { MemoryTable } from './memory-table.ts';
import type { RunWriter } from './run-writer.ts';

/** Entries handled from one step to the next: a step takes well below a millisecond. */
const ENTRIES_PER_STEP = 2048;

/** Bytes the sorting takes for one entry the table has room for. */
export const SORT_BYTES_PER_ENTRY = 8;

/** Appends the committed entries of a table, in the order of their hashes, to a run. */
export function* appendSorted(table: MemoryTable, writer: RunWriter): Generator<void, void, void> {
  const { entries, committed } = table;
  const bucketBits = Math.max(1, Math.log2(table.entriesMax));
  const shift = 32 - bucketBits;
  const bucketCount = 2 ** bucketBits;
  const ends = new Uint32Array(bucketCount + 1);
  for (let entry = 0; entry < committed; entry++) {
    ends[entries[entry * ENTRY_WORDS]! >>> shift]!++;
    if (entry % ENTRIES_PER_STEP === 0) yield;
  }
  let sum = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    sum += ends[bucket]!;
    ends[bucket] = sum;
  }
  yield;
  const order = new Uint32Array(committed);
  for (let entry = committed - 1; entry >= 0; entry--) {
    const bucket = entries[entry * ENTRY_WORDS]! >>> shift;
    // Each end moves down to its bucket's start while the bucket fills.
    order[--ends[bucket]!] = entry;
    if (entry % ENTRIES_PER_STEP === 0) yield;
  }
  ends[bucketCount] = committed;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const start = ends[bucket]!;
    const end = ends[bucket + 1]!;
    if (end - start > 1) sortRange(entries, order, start, end);
    for (let place = start; place < end; place++) {
      const at = order[place]! * ENTRY_WORDS;
      writer.append(entries[at]!, entries[at + 1]!, entries[at + 2]!, entries[at + 3]!);
    }
    if (bucket % ENTRIES_PER_STEP === 0) yield;
  }
}

/** Sorts by insertion: a bucket has one entry on average. */
function sortRange(entries: Uint32Array, order: Uint32Array, start: number, end: number): void {
  for (let place = start + 1; place < end; place++) {
    const moved = order[place]!;
    let hole = place;
    while (hole > start && compareEntries(entries, order[hole - 1]!, moved) > 0) {
      order[hole] = order[hole - 1]!;
      hole--;
    }
    order[hole] = moved;
  }
}

function compareEntries(entries: Uint32Array, left: number, right: number): number {
  const a = left * ENTRY_WORDS;
  const b = right * ENTRY_WORDS;
  return compareHashes(
    entries[a]!,
    entries[a + 1]!,
    entries[a + 2]!,
    entries[b]!,
    entries[b + 1]!,
    entries[b + 2]!,
  );
}
