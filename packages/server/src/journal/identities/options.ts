/** What an identity store is opened with. */
import type { IdentityFiles } from './file-system.ts';

/** The options of `openIdentityStore`. */
export interface IdentityStoreOptions {
  /** A directory of the store's own; made if it is absent. */
  readonly directory: string;
  /** Where a copy of the seed is kept, which outlives the directory; none if it is absent. */
  readonly seedCopyDirectory?: string;
  /** The identity window: how long after its arrival a conflict is not stale, at the least. */
  readonly windowMs: number;
  /** What tables, filters, caches and the work on them may take. Default 96 MiB, at least 4 MiB. */
  readonly memoryBytesMax?: number;
  /** How far the arrivals in one run may be apart within the window. Default a seventh of the window. */
  readonly partitionMs?: number;
  /** How far they may be apart in a run that is past the window. Default 90 days. */
  readonly mergeSpanMs?: number;
  /** Entries of the table in memory, a power of two. Default as the memory permits. */
  readonly tableEntriesMax?: number;
  readonly files?: IdentityFiles;
  /** A clock that only ever goes forward, in milliseconds, which bounds the slices of work. */
  readonly elapsedMs?: () => number;
}
