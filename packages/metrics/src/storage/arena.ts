/**
 * Where the numbers live: one array of doubles, handed out in runs. Values are kept
 * apart from the identity of their series, so that recording touches nothing but a
 * slot; and metrics that are updated together share an array, since reaching a
 * second slot of the same array costs a fraction of reaching another array.
 */

import type { LabelTuple } from '../series/label-values.ts';
import type { FamilyDeclaration } from '../threads/memory.ts';

/** A run of consecutive doubles: `values[at]` is the first. */
export interface Run {
  readonly values: Float64Array;
  readonly at: number;
}

/** Hands out zeroed runs of doubles from one array. */
export interface Arena {
  /** The array. It is replaced when it grows; what was in it keeps its place. */
  readonly values: Float64Array;
  /** The place of a zeroed run of `slots` doubles, or -1 if there is no room left. */
  allocate(slots: number): number;
  /** Takes a run back; the caller must not touch it afterwards. */
  free(at: number, slots: number): void;
  /** Where it is told what the values mean, if others read them too. */
  readonly journal?: ArenaJournal | undefined;
  /** Has `listener` called whenever the array was replaced. */
  onGrow(listener: () => void): void;
}

/** Tells others what the values of an arena mean. */
export interface ArenaJournal {
  /** Tells of a family and gives it a number. Throws SHARED_MEMORY_FULL. */
  declare(family: FamilyDeclaration): number;
  /** The place where an earlier owner kept this series, to go on with; -1 if none did. */
  resume(familyId: number, labelValues: LabelTuple): number;
  /** Tells of a series; says whether there was room to do so. */
  enter(familyId: number, at: number, slots: number, labelValues: LabelTuple, createdMs: number): boolean;
}

const FIRST_SLOTS = 8;

/** An arena of this thread. It doubles when it is full and never runs out. */
export class HeapArena implements Arena {
  values = new Float64Array(FIRST_SLOTS);
  #used = 0;
  /** Places of runs that were given back, by their length. */
  readonly #spare = new Map<number, number[]>();
  readonly #listeners: (() => void)[] = [];

  allocate(slots: number): number {
    const spare = this.#spare.get(slots)?.pop();
    if (spare !== undefined) {
      this.values.fill(0, spare, spare + slots);
      return spare;
    }
    const at = this.#used;
    this.#used += slots;
    if (this.#used > this.values.length) this.#grow();
    return at;
  }

  free(at: number, slots: number): void {
    const spare = this.#spare.get(slots);
    if (spare === undefined) this.#spare.set(slots, [at]);
    else spare.push(at);
  }

  onGrow(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #grow(): void {
    const grown = new Float64Array(Math.max(this.values.length * 2, this.#used));
    grown.set(this.values);
    this.values = grown;
    for (const listener of this.#listeners) listener();
  }
}
