/** Careful access to JSON that somebody else wrote: every value may be missing or of another type. */

/** A JSON object of unknown shape. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object, or `null` if it is none. */
export function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** The value as an array; empty if it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a text; empty if it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value as a count, or `null` if it is no non-negative integer. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The value as a quantity, or `null` if it is no finite non-negative number. */
export function quantityOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** The first count that is present among the values of some keys. */
export function firstCount(object: Json | null, keys: readonly string[]): number | null {
  if (object === null) return null;
  for (const key of keys) {
    const count = countOf(object[key]);
    if (count !== null) return count;
  }
  return null;
}

/** The first object that is present among the values of some keys. */
export function firstObject(object: Json, keys: readonly string[]): Json | null {
  for (const key of keys) {
    const found = objectOf(object[key]);
    if (found !== null) return found;
  }
  return null;
}
