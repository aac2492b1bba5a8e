/** What an identity store says about itself. */
import type { MemoryPlan } from './memory-plan.ts';
import type { MemoryTable } from './memory-table.ts';
import type { QuarantinedRun } from './quarantine.ts';
import type { RunSet } from './run-set.ts';
import type { Tables } from './tables.ts';

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

/** What a status is made of. */
export interface StatusSources {
  readonly runSet: RunSet;
  readonly tables: Tables;
  readonly plan: MemoryPlan;
  /** The table of a rebuild under way. */
  readonly rebuilt: MemoryTable | null;
  readonly repaired: number;
  readonly uncertain: number;
}

/** Puts the state into numbers. */
export function statusOf({ runSet, tables, plan, rebuilt, ...counts }: StatusSources): IdentityStatus {
  const { runs, quarantined, memoryBytes } = runSet;
  const { active, frozen } = tables;
  return {
    runs: runs.length,
    sealedEntries: runs.reduce((sum, run) => sum + run.header.entryCount, 0),
    unsealedEntries: active.committed + (frozen?.committed ?? 0) + (rebuilt?.committed ?? 0),
    diskBytes: runs.reduce((sum, run) => sum + run.bytes, 0),
    memoryBytes: plan.tableBytes + (rebuilt ? plan.rebuildBytes : 0) + memoryBytes,
    quarantined,
    ...counts,
  };
}
