/** What an identity store says about itself. */
import type { QuarantinedRun } from './run-set.ts';

/** The state of a store. */
export interface IdentityStatus {
  readonly runs: number;
  /** Identities in runs. */
  readonly sealedEntries: number;
  /** Identities in memory, committed. */
  readonly unsealedEntries: number;
  /** Bytes of the run files. */
  readonly diskBytes: number;
  /** Bytes of tables, filters and caches. */
  readonly memoryBytes: number;
  /** Damaged runs; not empty means that a rebuild is due. */
  readonly quarantined: readonly QuarantinedRun[];
  /** Damaged runs that were written anew without loss, since the start. */
  readonly repaired: number;
  /** Identities that were taken for new though a damaged page may have had them, since the start. */
  readonly uncertain: number;
}

/** What `seal` promises: all blocks up to `sealedBlock` are durable in runs. */
export interface SealMarker {
  /** -1 if there is none. */
  readonly sealedBlock: number;
}
