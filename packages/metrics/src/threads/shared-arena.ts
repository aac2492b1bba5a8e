/**
 * The arena of one thread in shared memory. Besides the values it keeps the log that
 * tells other threads what they mean. A thread that takes over the shard of one that
 * has ended goes on counting where that one stopped.
 */
import { type Clock, systemClock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import type { LabelTuple } from '../series/label-values.ts';
import type { Arena, ArenaJournal } from '../storage/arena.ts';
import type { FamilyDeclaration, Shard } from './memory.ts';
import { ShardReader } from './shard-reader.ts';

/** No exposition takes longer than this to read the shards. */
const READ_MS_MAX = 10_000;

/** A thread's own part of a shared memory. */
export class SharedArena implements Arena, ArenaJournal {
  readonly values: Float64Array;
  readonly #shard: Shard;
  #used = 0;
  /** Runs that were given back, by their length, the oldest first. */
  readonly #spare = new Map<number, { readonly at: number; readonly freedMs: number }[]>();
  readonly #clock: Clock;
  readonly #families = new Map<string, number>();
  /** Series of an earlier owner that this one may go on with, by family and labels. */
  readonly #resumable = new Map<string, number>();

  /** Takes over what an earlier owner of the shard left. */
  constructor(shard: Shard, clock: Clock = systemClock) {
    this.#shard = shard;
    this.#clock = clock;
    this.values = shard.values;
    const reader = new ShardReader(shard);
    reader.update();
    for (const [id, family] of reader.families) this.#families.set(JSON.stringify(family), id);
    for (const [at, { familyId, labels }] of reader.series) {
      this.#resumable.set(JSON.stringify([familyId, labels]), at);
    }
    for (const [at, slots] of reader.freed) this.#giveBack(at, slots);
    this.#used = reader.slotsEnd;
  }

  get journal(): ArenaJournal {
    return this;
  }

  allocate(slots: number): number {
    const at = this.#reuse(slots) ?? this.#used;
    if (at === this.#used) {
      if (at + slots > this.values.length) return -1;
      this.#used += slots;
    }
    this.values.fill(0, at, at + slots);
    return at;
  }

  free(at: number, slots: number): void {
    this.#shard.append({ removed: at });
    this.#giveBack(at, slots);
  }

  /** A run that was given back so long ago that nobody still reads it as what it was. */
  #reuse(slots: number): number | undefined {
    const spare = this.#spare.get(slots);
    const oldest = spare?.[0];
    if (oldest === undefined || this.#clock.monotonicMs() - oldest.freedMs < READ_MS_MAX) return undefined;
    spare!.shift();
    return oldest.at;
  }

  #giveBack(at: number, slots: number): void {
    const spare = this.#spare.get(slots);
    const run = { at, freedMs: this.#clock.monotonicMs() };
    if (spare === undefined) this.#spare.set(slots, [run]);
    else spare.push(run);
  }

  /** Never: the memory has the size that it was made with. */
  onGrow(): void {}

  declare(family: FamilyDeclaration): number {
    const key = JSON.stringify(family);
    const known = this.#families.get(key);
    if (known !== undefined) return known;
    const id = this.#families.size;
    if (!this.#shard.append({ family, id }))
      throw new MetricsError('SHARED_MEMORY_FULL', { name: family.name });
    this.#families.set(key, id);
    return id;
  }

  resume(familyId: number, labelValues: LabelTuple): number {
    const key = JSON.stringify([familyId, nullable(labelValues)]);
    const at = this.#resumable.get(key) ?? -1;
    this.#resumable.delete(key);
    return at;
  }

  enter(familyId: number, at: number, slots: number, labelValues: LabelTuple, createdMs: number): boolean {
    return this.#shard.append({ at, slots, of: familyId, labels: nullable(labelValues), createdMs });
  }
}

/** JSON has no undefined. */
function nullable(labelValues: LabelTuple): (string | null)[] {
  return labelValues.map((value) => value ?? null);
}
