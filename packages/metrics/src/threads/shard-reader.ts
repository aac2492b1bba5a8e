/** Follows the log of one shard: which families and series it has. */
import type { FamilyDeclaration, LogEntry, Shard } from './memory.ts';

/** A series of a shard. */
export interface ShardSeries {
  readonly family: FamilyDeclaration;
  readonly familyId: number;
  readonly slots: number;
  readonly labels: readonly (string | null)[];
  readonly createdMs: number;
}

/** Is told what a log says. */
export interface ShardListener {
  declared?(family: FamilyDeclaration): void;
  came?(at: number, series: ShardSeries): void;
  went?(at: number, series: ShardSeries): void;
}

/** Types whose values speak of the past: they stay when their thread has ended. */
const LASTING: ReadonlySet<string> = new Set(['counter', 'histogram']);

/** What a shard's log says so far. */
export class ShardReader {
  readonly families = new Map<number, FamilyDeclaration>();
  /** The living series by the place of their values. */
  readonly series = new Map<number, ShardSeries>();
  /** Places of runs that were given back, with their lengths. */
  readonly freed = new Map<number, number>();
  /** Where the highest run that was ever handed out ends. */
  slotsEnd = 0;
  readonly #shard: Shard;
  readonly #listener: ShardListener;
  #read = 0;

  constructor(shard: Shard, listener: ShardListener = {}) {
    this.#shard = shard;
    this.#listener = listener;
  }

  /** Reads on. */
  update(): void {
    const end = this.#shard.logBytes;
    if (end === this.#read) return;
    for (const entry of this.#shard.read(this.#read, end)) this.#apply(entry);
    this.#read = end;
  }

  #apply(entry: LogEntry): void {
    if ('family' in entry) {
      this.families.set(entry.id, entry.family);
      this.#listener.declared?.(entry.family);
    } else if ('of' in entry) {
      const { at, slots, of: familyId, labels, createdMs } = entry;
      const series = { family: this.families.get(familyId)!, familyId, slots, labels, createdMs };
      this.series.set(at, series);
      this.freed.delete(at);
      this.slotsEnd = Math.max(this.slotsEnd, at + slots);
      this.#listener.came?.(at, series);
    } else if ('removed' in entry) {
      this.#drop(entry.removed);
    } else {
      for (const [at, { family }] of this.series) if (!LASTING.has(family.type)) this.#drop(at);
    }
  }

  #drop(at: number): void {
    const series = this.series.get(at);
    if (series === undefined) return;
    this.series.delete(at);
    this.freed.set(at, series.slots);
    this.#listener.went?.(at, series);
  }
}
