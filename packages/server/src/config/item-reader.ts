/**
 * Reads the maps of a list in the configuration, key by key. The first thing that is
 * wrong ends the reading and is told with the item and the key at fault; a key that
 * nobody has asked for is refused.
 */

import { parseDuration } from './units.ts';

const TEXT_LENGTH_MAX = 256;

/** What is wrong with an item, as the rest of a sentence. */
class ItemFault extends Error {}

/** One map of a list. */
export class ItemReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #asked = new Set<string>();

  constructor(raw: unknown, where: string) {
    this.#where = where;
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      throw new ItemFault(`${where} must be a map`);
    this.#values = raw as Record<string, unknown>;
  }

  /** Ends the reading with a fault. */
  fail(key: string, problem: string): never {
    throw new ItemFault(`${this.#where}: ${key} ${problem}`);
  }

  /** Gives what was read, unless the map has keys that were not asked for. */
  done<T>(read: T): T {
    const unknown = Object.keys(this.#values).find((key) => !this.#asked.has(key));
    if (unknown !== undefined) this.fail(JSON.stringify(unknown.slice(0, 60)), 'is not a known key');
    return read;
  }

  /** Whether the map has the key. */
  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** The names of all keys, which count as asked for. */
  get names(): string[] {
    const names = Object.keys(this.#values);
    for (const name of names) this.#asked.add(name);
    return names;
  }

  /** A name of lower-case letters, digits, `_` and `-`. */
  id(key: string): string {
    const value = this.#take(key);
    if (typeof value !== 'string' || !/^[a-z0-9][a-z0-9_-]{0,62}$/.test(value))
      this.fail(key, 'must be lower-case letters, digits, _ and -, at most 63');
    return value;
  }

  /** A text on one line. Without a default it is required. */
  text(key: string, fallback?: string, lengthMax: number = TEXT_LENGTH_MAX): string {
    const value = this.#take(key) ?? fallback;
    return this.#line(key, value, lengthMax);
  }

  /** One text or a list of texts; `null` if absent. */
  texts(key: string, itemsMax: number): readonly string[] | null {
    const value = this.#take(key);
    if (value === undefined || value === null) return null;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length === 0 || list.length > itemsMax) this.fail(key, `must have 1 to ${itemsMax} values`);
    return list.map((item) => this.#line(key, item, TEXT_LENGTH_MAX));
  }

  /** A number or a decimal text, as text. Without a default it is required. */
  decimal(key: string, fallback?: string): string {
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'number' && typeof value !== 'string') this.fail(key, 'must be a decimal number');
    return String(value);
  }

  /** A number above 0; `null` if absent. */
  positive(key: string): number | null {
    const value = this.#take(key);
    if (value === undefined || value === null) return null;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
      this.fail(key, 'must be a number above 0');
    return value;
  }

  /** A number; `null` if absent. */
  number(key: string): number | null {
    const value = this.#take(key);
    if (value === undefined || value === null) return null;
    if (typeof value !== 'number' || !Number.isFinite(value)) this.fail(key, 'must be a number');
    return value;
  }

  /** A text with a unit such as `5m`, or a number of seconds, as milliseconds. Without a default it is required. */
  durationMs(
    key: string,
    bounds: { readonly default?: number; readonly min: number; readonly max: number },
  ): number {
    const value = this.#take(key);
    if (value === undefined && bounds.default !== undefined) return bounds.default;
    const seconds = typeof value === 'string' ? parseDuration(value, 'seconds') : value;
    const durationMs = typeof seconds === 'number' ? seconds * 1000 : Number.NaN;
    if (!Number.isInteger(durationMs) || durationMs < bounds.min || durationMs > bounds.max)
      this.fail(key, `must be a duration such as 5m, from ${bounds.min / 1000} s to ${bounds.max / 1000} s`);
    return durationMs;
  }

  /** A map of texts under names; empty if absent. */
  labels(key: string, entriesMax: number): Readonly<Record<string, string>> {
    const value = this.#take(key) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) this.fail(key, 'must be a map of texts');
    const entries = Object.entries(value);
    if (entries.length > entriesMax) this.fail(key, `must have at most ${entriesMax} entries`);
    const misnamed = entries.find(([name]) => !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name));
    if (misnamed !== undefined) this.fail(key, 'must have names of letters, digits and _');
    return Object.fromEntries(entries.map(([name, text]) => [name, this.#line(key, text, TEXT_LENGTH_MAX)]));
  }

  /** A map of a dimension to one text or several, where the empty text may stand; empty if absent. */
  filters(key: string, valuesMax: number): readonly (readonly [string, readonly string[]])[] {
    const value = this.#take(key) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) this.fail(key, 'must be a map');
    return Object.entries(value).map(([name, given]) => {
      const list: readonly unknown[] = Array.isArray(given) ? given : [given];
      if (list.length === 0 || list.length > valuesMax)
        this.fail(key, `must have 1 to ${valuesMax} values each`);
      const texts = list.map((item) => (item === '' ? '' : this.#line(key, item, TEXT_LENGTH_MAX)));
      return [this.#line(key, name, TEXT_LENGTH_MAX), texts] as const;
    });
  }

  /** A text that `parse` understands; what it throws is told. Without a default it is required. */
  parsed<T>(key: string, parse: (text: string) => T, fallback?: string, lengthMax = TEXT_LENGTH_MAX): T {
    return this.#understood(key, this.text(key, fallback, lengthMax), parse);
  }

  /** One or several texts that `parse` understands; none if absent. */
  parsedAll<T>(key: string, itemsMax: number, parse: (text: string) => T): readonly T[] {
    if (!this.has(key)) return [];
    return (this.texts(key, itemsMax) ?? []).map((text) => this.#understood(key, text, parse));
  }

  #understood<T>(key: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (error) {
      return this.fail(key, error instanceof Error ? error.message : String(error));
    }
  }

  /** A list of numbers. */
  numbers(
    key: string,
    bounds: { readonly default: readonly number[]; readonly above: number; readonly itemsMax: number },
  ): readonly number[] {
    const value = this.#take(key) ?? bounds.default;
    const fits = (item: unknown): item is number =>
      typeof item === 'number' && Number.isFinite(item) && item > bounds.above;
    if (!Array.isArray(value) || value.length > bounds.itemsMax || !value.every(fits))
      this.fail(key, `must be a list of at most ${bounds.itemsMax} numbers above ${bounds.above}`);
    return value;
  }

  /** One of some words. Without a default it is required. */
  choice<Word extends string>(key: string, words: readonly Word[], fallback?: Word): Word {
    const value = this.#take(key) ?? fallback;
    const word = words.find((candidate) => candidate === value);
    return word ?? this.fail(key, `must be one of ${words.join(', ')}`);
  }

  /** One of some words; `null` if absent. */
  optionalChoice<Word extends string>(key: string, words: readonly Word[]): Word | null {
    return Object.hasOwn(this.#values, key) ? this.choice(key, words) : null;
  }

  /** True or false. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.#take(key) ?? fallback;
    if (typeof value !== 'boolean') this.fail(key, 'must be true or false');
    return value;
  }

  /** A map within; empty if absent. */
  map(key: string): ItemReader {
    return new ItemReader(this.#take(key) ?? {}, `${this.#where}: ${key}`);
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }

  #line(key: string, value: unknown, lengthMax: number): string {
    if (typeof value !== 'string' || value === '' || value.length > lengthMax || /\p{Cc}/u.test(value))
      this.fail(key, `must be a text of 1 to ${lengthMax} characters`);
    return value;
  }
}

/**
 * Reads a list of maps that each have an id of their own.
 *
 * @returns the items, or what is wrong as the rest of a sentence that begins with the key.
 */
export function readItems<T extends { readonly id: string }>(
  raw: unknown,
  itemsMax: number,
  read: (item: ItemReader) => T,
): readonly T[] | string {
  if (!Array.isArray(raw)) return 'must be a list';
  if (raw.length > itemsMax) return `must have at most ${itemsMax} items, has ${raw.length}`;
  try {
    const items = raw.map((item, index) => read(new ItemReader(item, `item ${index + 1}`)));
    const repeated = items.find(({ id }, index) => items.findIndex((other) => other.id === id) !== index);
    return repeated === undefined ? items : `has two items with the id ${repeated.id}`;
  } catch (error) {
    if (error instanceof ItemFault) return `is wrong: ${error.message}`;
    throw error;
  }
}
