/**
 * What is kept for each of many names, such as the sums of each backend: bounded,
 * since names come from outside. What is beyond the bound shares one account.
 */

import { OVERFLOW_LABEL_VALUE } from '@bellwether/metrics';

/** Accounts by name. */
export class Accounts<T> {
  readonly #max: number;
  readonly #open: (name: string) => T;
  readonly #byName = new Map<string, T>();
  #overflow: T | undefined;

  /**
   * @param max not above the series limit of the families that the accounts are shown by, or else several
   *   accounts would write to one overflow series.
   * @param open makes the account of a name; the overflow account has the overflow label for a name.
   */
  constructor(max: number, open: (name: string) => T) {
    this.#max = max;
    this.#open = open;
  }

  /** The account of a name, opened if need be. */
  of(name: string): T {
    return this.#byName.get(name) ?? this.#miss(name);
  }

  /** Every account, the overflow account last. */
  get all(): T[] {
    const all = [...this.#byName.values()];
    return this.#overflow === undefined ? all : [...all, this.#overflow];
  }

  #miss(name: string): T {
    if (this.#byName.size >= this.#max) return (this.#overflow ??= this.#open(OVERFLOW_LABEL_VALUE));
    const account = this.#open(name);
    this.#byName.set(name, account);
    return account;
  }
}

/** Accounts by two names. */
export class PairAccounts<T> {
  readonly #max: number;
  readonly #open: (first: string, second: string) => T;
  readonly #byNames = new Map<string, Map<string, T>>();
  readonly #all: T[] = [];
  #overflow: T | undefined;

  constructor(max: number, open: (first: string, second: string) => T) {
    this.#max = max;
    this.#open = open;
  }

  /** The account of two names, opened if need be. */
  of(first: string, second: string): T {
    return this.#byNames.get(first)?.get(second) ?? this.#miss(first, second);
  }

  /** Every account. */
  get all(): readonly T[] {
    return this.#all;
  }

  #miss(first: string, second: string): T {
    if (this.#all.length >= this.#max) {
      this.#overflow ??= this.#keep(this.#open(OVERFLOW_LABEL_VALUE, OVERFLOW_LABEL_VALUE));
      return this.#overflow;
    }
    const account = this.#keep(this.#open(first, second));
    const seconds = this.#byNames.get(first);
    if (seconds === undefined) this.#byNames.set(first, new Map([[second, account]]));
    else seconds.set(second, account);
    return account;
  }

  #keep(account: T): T {
    this.#all.push(account);
    return account;
  }
}
