/**
 * From a label set to its series through nested levels: one per label, keyed by the
 * value itself. Nothing is joined into a string, so no two label sets can be taken
 * for one another and nothing is allocated to find a series.
 */
import type { LabelTuple } from './label-values.ts';
import { Level } from './level.ts';

/** The nested levels of one family. At least one label is declared. */
export class LabelTree<S> {
  /** The first level. It stays the same object for life, so that a compiled look-up may hold it. */
  readonly root = new Level();
  readonly #depth: number;
  /** Whether any key is other than a string (see `alias`). */
  #aliased = false;

  constructor(depth: number) {
    this.#depth = depth;
  }

  /** The series of a label set, or undefined. */
  get(tuple: LabelTuple): S | undefined {
    let level: Level | undefined = this.root;
    for (let depth = 0; depth < this.#depth - 1; depth++) {
      level = level.get(tuple[depth] ?? '') as Level | undefined;
      if (level === undefined) return undefined;
    }
    return level.get(tuple[this.#depth - 1] ?? '') as S | undefined;
  }

  /** Puts a series under its label set. */
  set(tuple: LabelTuple, series: S): void {
    let level = this.root;
    for (let depth = 0; depth < this.#depth - 1; depth++) {
      const key = tuple[depth] ?? '';
      let next = level.get(key) as Level | undefined;
      if (next === undefined) {
        next = new Level();
        level.set(key, next);
      }
      level = next;
    }
    level.set(tuple[this.#depth - 1] ?? '', series);
  }

  /**
   * Lets a series be found by the values as the caller gives them, e.g. the number
   * 200 beside the string '200', so that only the first call pays for the conversion.
   * The label set must be in the tree.
   */
  alias(given: readonly unknown[], tuple: LabelTuple): void {
    let level = this.root;
    for (let depth = 0; depth < this.#depth; depth++) {
      const next = level.get(tuple[depth] ?? '');
      const value = given[depth];
      // NaN equals nothing, not even itself: it would be added again and again.
      if (typeof value !== 'string' && value !== undefined && !Number.isNaN(value)) {
        level.set(value, next);
        this.#aliased = true;
      }
      level = next as Level;
    }
  }

  /** Takes a label set out, with the levels that it leaves empty. */
  delete(tuple: LabelTuple): void {
    const path: Level[] = [];
    let level: Level | undefined = this.root;
    for (let depth = 0; depth < this.#depth; depth++) {
      if (level === undefined) return;
      path.push(level);
      level = level.get(tuple[depth] ?? '') as Level | undefined;
    }
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const key = tuple[depth] ?? '';
      path[depth]!.delete(key);
      if (this.#aliased) for (const alias of aliasesOf(key)) path[depth]!.delete(alias);
      if (!path[depth]!.empty) return;
    }
  }

  /** Takes everything out. */
  clear(): void {
    this.root.clear();
    this.#aliased = false;
  }
}

/** The values other than strings whose text is `key`. */
function aliasesOf(key: string): unknown[] {
  const aliases: unknown[] = [];
  const number = Number(key);
  if (String(number) === key) aliases.push(number);
  if (/^-?\d+$/.test(key)) aliases.push(BigInt(key));
  if (key === 'true') aliases.push(true);
  if (key === 'false') aliases.push(false);
  if (key === 'null') aliases.push(null);
  return aliases;
}
