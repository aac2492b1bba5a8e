/**
 * The tables of identities that are not sealed: the active one, which takes new
 * ones in, and the frozen one, if any, which waits to be sealed or is being so.
 * There are never more, so that their memory is bounded: when both are full, new
 * identities are refused until the frozen one is sealed.
 */
import { ENTRY_WORDS } from './entry.ts';
import { IdentityStoreError } from './errors.ts';
import { MemoryTable } from './memory-table.ts';
import type { MemoryPlan } from './memory-plan.ts';

/** Arrivals in a table are told apart to this share of a partition. */
const ARRIVALS_PER_PARTITION = 1440;

/** The active and the frozen table. */
export class Tables {
  active: MemoryTable;
  frozen: MemoryTable | null = null;
  /** The sequence number of the run that the frozen table becomes. */
  frozenSequence = 0;
  private spare: MemoryTable;
  private readonly plan: MemoryPlan;
  private readonly partitionMs: number;
  private readonly takeSequence: () => number;

  /** @param takeSequence gives a number that no run has. */
  constructor(plan: MemoryPlan, partitionMs: number, takeSequence: () => number) {
    this.plan = plan;
    this.partitionMs = partitionMs;
    this.takeSequence = takeSequence;
    this.active = this.make();
    this.spare = this.make();
  }

  /** An empty table of the same size. */
  make(): MemoryTable {
    return new MemoryTable(this.plan.tableEntriesMax, this.partitionMs / ARRIVALS_PER_PARTITION);
  }

  /**
   * Sees to it that the active table can take entries of this arrival.
   *
   * A table begins anew when it is full or an arrival is a partition away from its first or last.
   * Should the frozen one be in the way, then the active one goes on: its run counts
   * as arrived when its last entry did, so a clock that jumps about makes identities
   * less stale, not more.
   *
   * @throws IdentityStoreError `memory_full`; RangeError if the arrival is no finite number.
   */
  makeRoom(entryCount: number, arrivalMs: number): void {
    if (!Number.isFinite(arrivalMs)) throw new RangeError(`${arrivalMs} is no time of arrival`);
    const { firstArrivalMs, lastArrivalMs } = this.active;
    const apart = arrivalMs - firstArrivalMs >= this.partitionMs;
    if (apart || lastArrivalMs - arrivalMs >= this.partitionMs || !this.hasRoom(entryCount)) this.freeze();
    if (!this.hasRoom(entryCount)) throw new IdentityStoreError('memory_full');
  }

  /** True if the active table has room. */
  hasRoom(entryCount: number): boolean {
    return this.active.count + entryCount <= this.active.entriesMax;
  }

  /** Stages an entry that is not in the active table yet, as it always has room after `makeRoom`. */
  stage(entries: Uint32Array, at: number): void {
    this.active.stage(entries[at]!, entries[at + 1]!, entries[at + 2]!, entries[at + 3]!);
  }

  /** True if one of the tables has the identity at word `at`. */
  has(entries: Uint32Array, at: number): boolean {
    const [h0, h1, h2] = [entries[at]!, entries[at + 1]!, entries[at + 2]!];
    return this.active.find(h0, h1, h2) >= 0 || (this.frozen?.find(h0, h1, h2) ?? -1) >= 0;
  }

  /** The staged entries: a view of the active table. */
  staged(): Uint32Array {
    const { entries, committed, count } = this.active;
    return entries.subarray(committed * ENTRY_WORDS, count * ENTRY_WORDS);
  }

  /** Commits what is staged, and begins a new table if this one is due to be sealed. */
  commit(block: number, arrivalMs: number): void {
    this.active.commit(block, arrivalMs);
    if (this.active.committed >= this.plan.tableEntriesDue) this.freeze();
  }

  /** Freezes the active table, unless it is empty, has staged entries or another one is frozen. */
  freeze(): void {
    const { active } = this;
    if (this.frozen !== null || active.committed === 0 || active.count > active.committed) return;
    this.frozen = active;
    this.frozenSequence = this.takeSequence();
    this.active = this.spare;
  }

  /** Takes the frozen table out of use, after its run is installed. */
  release(): void {
    if (this.frozen === null) return;
    this.spare = this.frozen;
    this.spare.clear();
    this.frozen = null;
    if (this.active.committed >= this.plan.tableEntriesDue) this.freeze();
  }
}
