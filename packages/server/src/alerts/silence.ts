/** Silences: while one holds, alerts that it matches are kept and not told. */

import { randomUUID } from 'node:crypto';
import { BellwetherError } from '@bellwether/events';
import {
  type Labels,
  type Matcher,
  MATCHERS_MAX,
  MatcherError,
  matchesAll,
  parseMatcher,
} from '../matching/matcher.ts';

/** A silence as it is kept. Times are epoch milliseconds. */
export interface Silence {
  readonly id: string;
  /** As text, which is read when the silence is loaded. */
  readonly matchers: readonly string[];
  readonly startsMs: number;
  readonly endsMs: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** Silences that hold or are to come. */
export const SILENCES_MAX = 1000;
/** The furthest end of a silence: a year. */
export const SILENCE_MS_MAX = 366 * 86_400_000;

/** The silences of a server, in memory. */
export class Silences {
  readonly #silences = new Map<
    string,
    { readonly silence: Silence; readonly matchers: readonly Matcher[] }
  >();

  constructor(silences: readonly Silence[]) {
    for (const silence of silences) this.put(silence);
  }

  /**
   * Makes a silence, which has to be stored and put.
   *
   * @throws BellwetherError `invalid_parameter`, or `overloaded` if there are too many.
   */
  make(wanted: Omit<Silence, 'id'>, nowMs: number): Silence {
    const present = [...this.#silences.values()].filter(({ silence }) => silence.endsMs > nowMs).length;
    if (present >= SILENCES_MAX)
      throw new BellwetherError('overloaded', `There are ${SILENCES_MAX} silences; end some of them.`);
    if (wanted.matchers.length === 0 || wanted.matchers.length > MATCHERS_MAX)
      throw new BellwetherError('invalid_parameter', `A silence has 1 to ${MATCHERS_MAX} matchers.`, {
        field: 'matchers',
      });
    if (wanted.endsMs <= Math.max(nowMs, wanted.startsMs) || wanted.endsMs > nowMs + SILENCE_MS_MAX)
      throw new BellwetherError('invalid_parameter', 'A silence ends after its beginning, within a year.', {
        field: 'ends_at',
      });
    readMatchers(wanted.matchers);
    return { id: randomUUID(), ...wanted };
  }

  put(silence: Silence): void {
    this.#silences.set(silence.id, { silence, matchers: readMatchers(silence.matchers) });
  }

  get(id: string): Silence | undefined {
    return this.#silences.get(id)?.silence;
  }

  /** All that are remembered, the one that ends last first. */
  list(): Silence[] {
    return [...this.#silences.values()].map(({ silence }) => silence).toSorted((a, b) => b.endsMs - a.endsMs);
  }

  /** The silences that keep labels back at an instant. */
  holding(labels: Labels, nowMs: number): string[] {
    const held: string[] = [];
    for (const [id, { silence, matchers }] of this.#silences) {
      if (silence.startsMs <= nowMs && nowMs < silence.endsMs && matchesAll(matchers, labels)) held.push(id);
    }
    return held;
  }

  /** Forgets those that ended before an instant. */
  forget(beforeMs: number): void {
    for (const [id, { silence }] of this.#silences) if (silence.endsMs < beforeMs) this.#silences.delete(id);
  }
}

/**
 * Reads matchers that came with a request.
 *
 * @throws BellwetherError `invalid_parameter`.
 */
export function readMatchers(texts: readonly string[]): Matcher[] {
  return texts.map((text) => {
    try {
      return parseMatcher(text);
    } catch (error) {
      if (!(error instanceof MatcherError)) throw error;
      throw new BellwetherError('invalid_parameter', `A matcher ${error.message}.`, { field: 'matchers' });
    }
  });
}
