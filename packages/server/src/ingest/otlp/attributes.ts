/** The wanted attributes of a span or a resource, picked from all that it carries. */

import { PLACES, type WantedAttribute, wantedAttributes } from './concepts.ts';
import { isText } from './wire.ts';

/** A value of an attribute; lists and maps are not wanted. */
export type AttributeValue = string | number | boolean;

const NO_RANK = 255;
/** A power of two, some times the number of names, so that few of them share a place. */
const SLOTS = 1024;

/** The values of the wanted attributes, by their place. Made once and emptied for each span. */
export class Attributes {
  readonly values: (AttributeValue | undefined)[] = Array.from({ length: PLACES });
  readonly #ranks = new Uint8Array(PLACES).fill(NO_RANK);

  /** Takes a value, unless a better name of the same thing was there. */
  set({ place, rank }: WantedAttribute, value: AttributeValue): void {
    if (rank > (this.#ranks[place] ?? NO_RANK)) return;
    this.values[place] = value;
    this.#ranks[place] = rank;
  }

  clear(): void {
    this.values.fill(undefined);
    this.#ranks.fill(NO_RANK);
  }
}

const byKey = new Map(wantedAttributes.map((wanted) => [wanted.key, wanted]));

/** The wanted attribute of a name. */
export function wantedByKey(key: string): WantedAttribute | undefined {
  return byKey.get(key);
}

const table = ((): (WantedAttribute | undefined)[] => {
  const slots: (WantedAttribute | undefined)[] = Array.from({ length: SLOTS });
  for (const wanted of wantedAttributes) {
    const bytes = Buffer.from(wanted.key, 'latin1');
    let slot = hashOf(bytes, 0, bytes.length);
    while (slots[slot] !== undefined) slot = (slot + 1) % SLOTS;
    slots[slot] = wanted;
  }
  return slots;
})();

/** The same for a name that is still bytes, without making a text of it. */
export function wantedByBytes(bytes: Uint8Array, at: number, end: number): WantedAttribute | undefined {
  for (let slot = hashOf(bytes, at, end); ; slot = (slot + 1) % SLOTS) {
    const wanted = table[slot];
    if (wanted === undefined || isText(wanted.key, bytes, at, end)) return wanted;
  }
}

function hashOf(bytes: Uint8Array, at: number, end: number): number {
  let hash = end - at;
  for (let i = at; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % SLOTS;
}
