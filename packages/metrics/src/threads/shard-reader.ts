/** Follows the log of one shard: which families and series it has. */
import type { FamilyDeclaration, LogEntry, Shard } from './memory.ts';

/** A series of a shard. */
export interface ShardSeries {
  readonly familyId: number;
  readonly slots: number;
  readonly labels: readonly (string | null)[];
  readonly createdMs: number;
}

/** Types whose values speak of the past: they stay when their thread has ended. */
const LASTING: ReadonlySet<string> = new Set(['counter', 'histogram']);

/** What a shard's log says so far. */
export class ShardReader {
  readonly shard: Shard;
  readonly families = new Map<number, FamilyDeclaration>();
  /** The living series by the place of their values. */
  readonly series = new Map<number, ShardSeries>();
  /** Places of runs that were given back, with their lengths. */
  readonly freed = new Map<number, number>();
  /** Where the highest run that was ever handed out ends. */
  slotsEnd = 0;
  #read = 0;

  constructor(shard: Shard) {
    this.shard = shard;
  }

  /** Whether there is anything that was not read yet. */
  get behind(): boolean {
    return this.shard.logBytes !== this.#read;
  }

  /** Reads on; says whether there was anything new. */
  update(): boolean {
    const end = this.shard.logBytes;
    if (end === this.#read) return false;
    for (const entry of this.shard.read(this.#read, end)) this.#apply(entry);
    this.#read = end;
    return true;
  }

  #apply(entry: LogEntry): void {
    if ('family' in entry) {
      this.families.set(entry.id, entry.family);
    } else if ('of' in entry) {
      const { at, slots, of: familyId, labels, createdMs } = entry;
      this.series.set(at, { familyId, slots, labels, createdMs });
      this.freed.delete(at);
      this.slotsEnd = Math.max(this.slotsEnd, at + slots);
    } else if ('removed' in entry) {
      this.#drop(entry.removed);
    } else {
      for (const [at, { familyId }] of this.series) {
        if (!LASTING.has(this.families.get(familyId)!.type)) this.#drop(at);
      }
    }
  }

  #drop(at: number): void {
    const series = this.series.get(at);
    if (series === undefined) return;
    this.series.delete(at);
    this.freed.set(at, series.slots);
  }
}
