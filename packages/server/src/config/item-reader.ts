/**
 * Reads the maps of a list in the configuration, key by key. The first thing that is
 * wrong ends the reading and is told with the item and the key at fault; a key that
 * nobody has asked for is refused.
 */

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
