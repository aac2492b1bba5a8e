/**
 * What rules can be about besides the measures of the ledger: figures that another
 * part of the server knows at present, each under a name, with labels. Budgets and
 * health checks are such; anomalies, forecasts and objectives plug in here.
 */

import type { Labels } from '../matching/matcher.ts';

/** One figure. */
export interface Signal {
  readonly labels: Labels;
  /** NaN while it is not known. */
  readonly value: number;
}

/** Figures of one name. */
export interface SignalSource {
  /** What rules call it, e.g. `budget_used_percent`. */
  readonly name: string;
  /** What it is, for people who write rules. */
  readonly description: string;
  /**
   * The figures at this time. A rejection leaves the alerts of the rule as they are.
   *
   * @param nowMs epoch milliseconds.
   */
  read(nowMs: number): readonly Signal[] | Promise<readonly Signal[]>;
}

/** The sources by name. */
export class SignalSources {
  readonly #sources = new Map<string, SignalSource>();

  constructor(sources: readonly SignalSource[] = []) {
    for (const source of sources) this.add(source);
  }

  /** Adds a source, in place of one of that name. */
  add(source: SignalSource): void {
    this.#sources.set(source.name, source);
  }

  get(name: string): SignalSource | undefined {
    return this.#sources.get(name);
  }

  /** The names, in alphabetical order. */
  get names(): string[] {
    return [...this.#sources.keys()].toSorted();
  }
}
