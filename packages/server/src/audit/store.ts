/**
 * What the audit log needs of the database it is in. SQLite is one; the interface
 * is asynchronous so that a server with several replicas can use another.
 */

import type { SealedHead, StoredEntry } from './entry.ts';

/** Both ends of what is known about where the log stops. They differ only if somebody tampered. */
export interface LogEnd {
  readonly head: SealedHead | null;
  readonly last: StoredEntry | null;
}

/** Which entries to read: those after a sequence number, in order. */
export interface StoredQuery {
  readonly after: number;
  readonly limit: number;
  /** Inclusive, in the form of {@link StoredEntry.time}. */
  readonly from?: string | undefined;
  /** Exclusive. */
  readonly to?: string | undefined;
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
}

/** A database with an audit log in it. Every method fails with a `StateError`. */
export interface AuditStore {
  /**
   * Runs `begin` while nobody else can write, and stores the head that it gives, if any.
   * It is how the first process to open a log makes its key exactly once.
   */
  initialise(begin: (end: LogEnd) => SealedHead | null): Promise<void>;
  /** Runs `build` while nobody else can write, and stores what it gives: both, on disk, or neither. */
  append(
    build: (end: LogEnd) => { readonly entry: StoredEntry; readonly head: SealedHead },
  ): Promise<{ readonly entry: StoredEntry; readonly head: SealedHead }>;
  entries(query: StoredQuery): Promise<StoredEntry[]>;
  head(): Promise<SealedHead | null>;
  /** What of the database's own protection against change is missing, as sentences. */
  weaknesses(): Promise<string[]>;
  close(): Promise<void>;
}
