/**
 * What the journal tells of itself, to its own stages and to whoever watches it.
 */

import type { HashSeed } from './identities/index.ts';
import type { ControlTotals, RowKind } from './submission.ts';

/** A block that the ledger has not confirmed yet. */
export interface JournalBlock {
  readonly block: number;
  /** What all of its rows are of. */
  readonly kind: RowKind;
  readonly rows: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** What the journal is, for whoever writes rows for it. */
export interface JournalIdentity {
  /** Distinguishes this journal from any other that ever fed the same ledger. */
  readonly id: string;
  /** The first row number that was never given out. */
  readonly nextSeq: number;
  /** The key of the identity hashes. */
  readonly seed: HashSeed;
  /** A public mark of the key: fingerprints of another mark cannot be compared. */
  readonly seedMark: number;
}

/** The state of the journal, for health and verification. */
export interface JournalStatus {
  /** The last block that the ledger has confirmed. */
  readonly loadedBlock: number;
  readonly lastBlock: number;
  /** The highest row number given out up to that block. */
  readonly lastSeq: number;
  /** Events that the ledger has not confirmed. */
  readonly pendingRows: number;
  /** Payload of every kind that it has not. */
  readonly pendingBytes: number;
  /** Blocks whose payload does not match its checksum; they are kept and never loaded. */
  readonly damagedBlocks: number;
  /** Blocks whose identities were unreadable at the last start. */
  readonly damagedIdentities: number;
  /** Runs of the identity store that are damaged; their identities are still asked as far as they can be read. */
  readonly damagedRuns: number;
  /** Acknowledged events that the end of the journal has lost, as far as is known; the ledger may have them. */
  readonly lostEvents: number;
  /** The name of a damaged database that was set aside at this start. */
  readonly setAside: string | null;
  /** True if identities are missing that the ledger may have. */
  readonly identitiesLost: boolean;
  /** True while nothing is taken in until they have been brought back. */
  readonly recovering: boolean;
  /** Other journals whose events in the ledger are known here. */
  readonly coveredJournals: readonly string[];
  readonly totals: ControlTotals;
  /** The same by the UTC day of arrival. */
  readonly totalsByDay: readonly DayTotals[];
}

/** The sums of what arrived on one UTC day. */
export interface DayTotals {
  readonly day: string;
  readonly totals: ControlTotals;
}

/** How a journal is opened. */
export interface JournalStoreOptions {
  readonly directory: string;
  /** For how long after arrival an id with another payload is refused, in milliseconds. */
  readonly identityWindowMs: number;
  /** Memory of the identity store, in bytes. */
  readonly identityMemoryBytesMax: number;
  /** Payload of the newest blocks that is kept in memory for the loader, in bytes. */
  readonly recentBytesMax: number;
  /**
   * True if the ledger holds events already: then a journal that has lost identities takes nothing in until they have
   * been brought back from there.
   */
  readonly hasHistory?: boolean;
  /** The key that blocks are encrypted with, 32 bytes; without it they are kept as they are. */
  readonly encryptionKey?: Uint8Array;
  /** Where a copy of the identities' seed is kept. */
  readonly seedCopyDirectory?: string;
}
