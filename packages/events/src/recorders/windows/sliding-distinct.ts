/**
 * Counts who was active lately, in bounded memory. Each is kept with the time it was
 * last seen, so that one table answers for every window. While seven eighths of the
 * bound suffice, counts are exact. When the table is full, a random half of all is followed, then a
 * quarter, …, and counts are multiplied accordingly.
 *
 * Source of the sampling: Gibbons, "Distinct sampling for highly-accurate answers to
 * distinct values queries and event reports", VLDB 2001; here each part of the time
 * has the rate that was in force, so that the rate can rise again.
 */

import type { KeyHash } from './key-hash.ts';

/** The bounds of a counter. */
export interface DistinctShape {
  /** The length of a part; windows are whole numbers of parts. */
  readonly partMs: number;
  /** How many parts are kept, that under way included. */
  readonly parts: number;
  /** How many are followed at most. */
  readonly keysMax: number;
}

/** A number of the active, and how far it may be off. */
export interface DistinctCount {
  readonly count: number;
  /** Relative standard error; 0 while everyone is followed. */
  readonly standardError: number;
}

const SLOTS_MIN = 256;
/** The share of the keys that may be followed at which fewer are followed from then on. */
const FULL_SHARE = 7 / 8;
/** The table is kept at least half empty, so that chains stay short. */
const SLOTS_PER_KEY = 2;

/** Distinct keys by groups: a key is counted once in each group that it is seen in. */
export class SlidingDistinct {
  readonly #shape: DistinctShape;
  /** Three words for each slot: two of the hash, and the part last seen plus one; 0 is an empty slot. */
  #slots: Uint32Array;
  #groups: Uint16Array;
  #used = 0;
  /** How many of each group were last seen in each part of the ring. */
  #counts: Float64Array[] = [];
  /** Of each part of the ring: only keys whose hash ends in so many zero bits are followed. */
  readonly #levels: Uint8Array;
  #level = 0;
  #part = 0;

  constructor(shape: DistinctShape) {
    this.#shape = shape;
    this.#slots = new Uint32Array(3 * SLOTS_MIN);
    this.#groups = new Uint16Array(SLOTS_MIN);
    this.#levels = new Uint8Array(shape.parts);
  }

  /** Notes that a key was seen. `group` is a small number, from 0. */
  see(hash: KeyHash, group: number, nowMs: number): void {
    const part = this.#advance(nowMs);
    if (this.#level > 0 && (hash.first & ((1 << this.#level) - 1)) !== 0) return;
    const slot = this.#find(hash.first, hash.second, group);
    const seen = this.#slots[slot + 2]!;
    const now = part + 1;
    if (seen === now) return;
    if (seen === 0) {
      this.#enter(slot, hash, group, now);
      return;
    }
    this.#count(group, seen - 1, -1);
    this.#count(group, part, 1);
    this.#slots[slot + 2] = now;
  }

  /** How many keys of a group were seen in the last `parts` parts, that under way included. */
  count(group: number, nowMs: number, parts: number = this.#shape.parts): DistinctCount {
    const now = this.#advance(nowMs);
    const counts = this.#counts[group];
    if (counts === undefined) return { count: 0, standardError: 0 };
    let count = 0;
    let variance = 0;
    for (let back = 0; back < Math.min(parts, this.#shape.parts); back++) {
      const at = (now - back + this.#shape.parts) % this.#shape.parts;
      const weight = 2 ** this.#levels[at]!;
      count += counts[at]! * weight;
      variance += counts[at]! * weight * (weight - 1);
    }
    return { count, standardError: count === 0 ? 0 : Math.sqrt(variance) / count };
  }

  /** Brings the ring up to the present and gives the part that is under way. */
  #advance(nowMs: number): number {
    const part = Math.floor(nowMs / this.#shape.partMs);
    if (part <= this.#part) return this.#part;
    const { parts, keysMax } = this.#shape;
    // Once fewer than a quarter would fit, twice as many can be followed from now on.
    if (this.#level > 0 && this.#followed() < keysMax / 4) this.#level--;
    for (let step = Math.min(part - this.#part, parts) - 1; step >= 0; step--) {
      const at = (part - step) % parts;
      for (const counts of this.#counts) counts[at] = 0;
      this.#levels[at] = this.#level;
    }
    this.#part = part;
    return part;
  }

  #followed(): number {
    let followed = 0;
    for (const counts of this.#counts) for (const count of counts) followed += count;
    return followed;
  }

  /** Counts one more or less of those last seen in a part, if the ring still has it. */
  #count(group: number, part: number, change: number): void {
    if (this.#part - part >= this.#shape.parts) return;
    while (this.#counts.length <= group) this.#counts.push(new Float64Array(this.#shape.parts));
    this.#counts[group]![part % this.#shape.parts]! += change;
  }

  /** The place of a key, or the empty one where it belongs. */
  #find(first: number, second: number, group: number): number {
    const slots = this.#slots;
    const mask = this.#groups.length - 1;
    // The low bits tell whether a key is followed, so the place is taken from the others.
    let at = (second ^ (first >>> 16) ^ Math.imul(group, 0x9e3779b1)) & mask;
    for (;;) {
      const slot = at * 3;
      if (slots[slot + 2] === 0) return slot;
      if (slots[slot] === first && slots[slot + 1] === second && this.#groups[at] === group) return slot;
      at = (at + 1) & mask;
    }
  }

  #enter(slot: number, { first, second }: KeyHash, group: number, now: number): void {
    if (this.#used >= this.#groups.length / SLOTS_PER_KEY) {
      this.#makeRoom();
      if ((first & ((1 << this.#level) - 1)) !== 0) return;
      this.#put(first, second, group, now);
    } else {
      this.#slots[slot] = first;
      this.#slots[slot + 1] = second;
      this.#slots[slot + 2] = now;
      this.#groups[slot / 3] = group;
      this.#used++;
    }
    this.#count(group, now - 1, 1);
  }

  #put(first: number, second: number, group: number, seen: number): void {
    const slot = this.#find(first, second, group);
    this.#slots[slot] = first;
    this.#slots[slot + 1] = second;
    this.#slots[slot + 2] = seen;
    this.#groups[slot / 3] = group;
    this.#used++;
  }

  /** Forgets who is too long ago; if that is not enough, grows, or follows fewer. */
  #makeRoom(): void {
    const { keysMax } = this.#shape;
    const kept = this.#followed();
    const length = this.#groups.length;
    if (kept * 4 > length && length < keysMax * SLOTS_PER_KEY) {
      this.#rebuild(length * 2);
      return;
    }
    if (kept > keysMax * FULL_SHARE) this.#raiseLevel();
    this.#rebuild(length);
  }

  #raiseLevel(): void {
    this.#level++;
    for (let at = 0; at < this.#levels.length; at++) {
      this.#levels[at] = Math.max(this.#levels[at]!, this.#level);
    }
  }

  /** Moves what is still followed into a new table, and counts it anew. */
  #rebuild(length: number): void {
    const slots = this.#slots;
    const groups = this.#groups;
    this.#slots = new Uint32Array(3 * length);
    this.#groups = new Uint16Array(length);
    this.#used = 0;
    for (const counts of this.#counts) counts.fill(0);
    for (let at = 0; at < groups.length; at++) {
      const seen = slots[at * 3 + 2]!;
      if (seen === 0 || this.#part - (seen - 1) >= this.#shape.parts) continue;
      const first = slots[at * 3]!;
      if ((first & ((1 << this.#levels[(seen - 1) % this.#shape.parts]!) - 1)) !== 0) continue;
      this.#put(first, slots[at * 3 + 1]!, groups[at]!, seen);
      this.#count(groups[at]!, seen - 1, 1);
    }
  }
}
