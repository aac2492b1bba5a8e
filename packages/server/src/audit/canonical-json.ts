/**
 * JSON in one spelling: keys sorted by code unit, no white space, numbers as
 * ECMAScript prints them (the spelling of RFC 8785). Equal values have equal
 * text, so that a hash of the text is a hash of the value.
 */

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object; a key whose value is `undefined` counts as absent. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** How deep a value may be nested. */
export const JSON_DEPTH_MAX = 16;

/**
 * Prints a value in its one spelling. Lone surrogates become U+FFFD, since UTF-8 has no room for them.
 *
 * @throws {TypeError} for what JSON cannot hold, such as NaN, and beyond {@link JSON_DEPTH_MAX}.
 * @example canonicalJson({ b: 1, a: [true, null] }) // '{"a":[true,null],"b":1}'
 */
export function canonicalJson(value: JsonValue): string {
  return print(value, 0);
}

function print(value: unknown, depth: number): string {
  if (depth > JSON_DEPTH_MAX) throw new TypeError(`JSON is nested more than ${JSON_DEPTH_MAX} deep.`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: unknown) => print(item, depth + 1)).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`JSON cannot hold a ${typeof value}.`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('JSON objects are plain objects; a Date or a Map has to be converted first.');
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]: [string, unknown]) => [key.toWellFormed(), member] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${print(member, depth + 1)}`).join(',')}}`;
}
