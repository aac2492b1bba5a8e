/** An objective at work: what is known of its counts, and how that is brought up to date. */

import { BellwetherError } from '@bellwether/events';
import type { ObjectiveDefinition, ObjectiveKind } from '../config/index.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import { CountBook, HOUR_MS, MINUTE_MS, QUARTER_MS } from './count-book.ts';
import { countEvents, inHours, inRange } from './count-events.ts';
import { type Indicator, indicatorOf } from './indicator.ts';
import { type Judgement, judge } from './judge.ts';
import type { WindowReader } from './promql-counts.ts';
import type { Tally } from './tally-ring.ts';
import { longestMs, ObjectiveWindows } from './window.ts';

/** A judgement of one value of the dimension that an objective is per. */
export interface JudgedKey {
  /** Empty for an objective that is per nothing. */
  readonly key: string;
  readonly judgement: Judgement;
}

/** What every objective can do. */
export interface LiveObjective {
  readonly definition: ObjectiveDefinition;
  readonly windows: ObjectiveWindows;
  /**
   * Takes note of rows that have come.
   *
   * @param hours hours since the epoch whose rows are others than before; `null` for any.
   */
  refresh(hours: readonly number[] | null, nowMs: number): Promise<void>;
  /** What it comes to at this instant, by what the last refresh found; the keys with the most first. */
  judge(nowMs: number): readonly JudgedKey[];
}

/** True for an objective over the ledger. */
export function isOfLedger(
  definition: ObjectiveDefinition,
): definition is ObjectiveDefinition & { readonly kind: Exclude<ObjectiveKind, 'promql'> } {
  return definition.kind !== 'promql';
}

/** An objective over the events of the ledger. */
export class LedgerObjective implements LiveObjective {
  readonly definition: ObjectiveDefinition;
  readonly windows: ObjectiveWindows;
  readonly #connection: LedgerConnection;
  readonly #indicator: Indicator;
  #book: CountBook | null = null;

  constructor(
    definition: ObjectiveDefinition & { readonly kind: Exclude<ObjectiveKind, 'promql'> },
    connection: LedgerConnection,
  ) {
    this.definition = definition;
    this.windows = new ObjectiveWindows(definition.window, definition.slices === null ? QUARTER_MS : HOUR_MS);
    this.#connection = connection;
    this.#indicator = indicatorOf(definition);
  }

  async refresh(hours: readonly number[] | null, nowMs: number): Promise<void> {
    const book = this.#book;
    if (book === null || hours === null) {
      this.#book = await this.#countAll(nowMs);
      return;
    }
    book.advance(nowMs);
    const kept = hours.filter((hour) => (hour + 1) * HOUR_MS > book.fromMs);
    if (kept.length === 0) return;
    const minutes = await this.#count(inHours(kept), MINUTE_MS, book.keys);
    book.setHours(kept, minutes);
  }

  judge(nowMs: number): readonly JudgedKey[] {
    const book = this.#book;
    if (book === null) throw new BellwetherError('not_ready', 'The objectives have not been counted yet.');
    const keys = this.definition.per === null ? [''] : book.keys;
    return keys
      .map((key) => ({
        key,
        judgement: judge(this.definition, this.windows, (from, to) => book.sum(key, from, to), nowMs),
      }))
      .toSorted((a, b) => b.judgement.window.total - a.judgement.window.total || (a.key < b.key ? -1 : 1));
  }

  async #countAll(nowMs: number): Promise<CountBook> {
    const book = new CountBook(longestMs(this.definition.window), nowMs);
    const { fromMs, minutesFromMs } = book;
    if (fromMs < minutesFromMs)
      book.setQuarters(await this.#count(inRange(fromMs, minutesFromMs), QUARTER_MS, []));
    const recent = await this.#count(inRange(minutesFromMs, nowMs + 2 * HOUR_MS), MINUTE_MS, book.keys);
    book.setHours([], recent);
    return book;
  }

  #count(range: ReturnType<typeof inRange>, slotMs: number, known: readonly string[]) {
    const counting = { indicator: this.#indicator, slices: this.definition.slices };
    return countEvents(this.#connection, counting, range, slotMs, known);
  }
}

/** An objective over a Prometheus. It is asked for every window at each refresh. */
export class PromqlObjective implements LiveObjective {
  readonly definition: ObjectiveDefinition;
  readonly windows: ObjectiveWindows;
  readonly #reader: WindowReader;
  #tallies: ReadonlyMap<number, Tally> | null = null;

  constructor(definition: ObjectiveDefinition, reader: WindowReader) {
    this.definition = definition;
    this.windows = new ObjectiveWindows(definition.window);
    this.#reader = reader;
  }

  async refresh(_hours: readonly number[] | null, nowMs: number): Promise<void> {
    const lengths = new Set<number>();
    judge(
      this.definition,
      this.windows,
      (fromMs, toMs) => {
        lengths.add(toMs - fromMs);
        return { good: 0, total: 0 };
      },
      nowMs,
    );
    const tallies = new Map<number, Tally>();
    for (const lengthMs of lengths) tallies.set(lengthMs, await this.#reader.read(nowMs - lengthMs, nowMs));
    this.#tallies = tallies;
  }

  judge(nowMs: number): readonly JudgedKey[] {
    const tallies = this.#tallies;
    if (tallies === null)
      throw new BellwetherError('prometheus_unavailable', 'Prometheus has not answered for this objective.');
    const known = [...tallies.keys()];
    const read = (fromMs: number, toMs: number): Tally => {
      // The window has grown by what passed since Prometheus was asked: the nearest is the one that was meant.
      const lengthMs = toMs - fromMs;
      const nearest = known.reduce((best, candidate) =>
        Math.abs(candidate - lengthMs) < Math.abs(best - lengthMs) ? candidate : best,
      );
      return tallies.get(nearest) ?? { good: 0, total: 0 };
    };
    return [{ key: '', judgement: judge(this.definition, this.windows, read, nowMs) }];
  }
}
