/**
 * The series of one family: found by label set, listed in the order in which they
 * came, bounded in number and removed when they were idle for long.
 */
import type { Clock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import { type FamilyLimits, type LimitFigures, OVERFLOW_LABEL_VALUE } from '../limits/limits.ts';
import type { Arena, Run } from '../storage/arena.ts';
import { LabelTree } from './label-tree.ts';
import type { LabelTuple } from './label-values.ts';
import type { Series } from './series.ts';

/** What a table is made of. */
export interface SeriesTableOptions<S> {
  readonly labelCount: number;
  /** Doubles per series. */
  readonly slots: number;
  readonly arena: Arena;
  readonly clock: Clock;
  readonly limits: FamilyLimits;
  /** The number of the family in the arena's journal, if that has one. */
  readonly familyId: number;
  readonly create: (run: Run, labelValues: LabelTuple, createdMs: number) => S;
}

/** The series of one family. */
export class SeriesTable<S extends Series<S>> {
  readonly tree: LabelTree<S>;
  readonly figures: LimitFigures = { seriesLimit: 0, labelValueTooLong: 0, idleRemoved: 0 };
  /** Grows with every removal: whoever keeps what the list gave must look again. */
  removals = 0;
  /** Called after series were removed. */
  readonly onRemoval: (() => void)[] = [];
  readonly #options: SeriesTableOptions<S>;
  #list: S[] = [];
  #live = 0;
  #overflow: S | undefined;
  #unlabelled: S | undefined;
  #sweptMs: number;

  constructor(options: SeriesTableOptions<S>) {
    this.#options = options;
    this.tree = new LabelTree(options.labelCount);
    this.#sweptMs = options.clock.nowMs();
    options.arena.onGrow(() => {
      for (const series of this.#list) if (!series.removed) series.values = options.arena.values;
    });
  }

  /** The living series, oldest first. */
  get list(): readonly S[] {
    if (this.#list.length !== this.#live) this.#list = this.#list.filter((series) => !series.removed);
    return this.#list;
  }

  /** The living series of a label set, or undefined. */
  get(labelValues: LabelTuple): S | undefined {
    return this.#options.labelCount === 0 ? this.#unlabelled : this.tree.get(labelValues);
  }

  /** The series of a label set that is not there yet: a new one, or the overflow series beyond the bounds. */
  add(labelValues: LabelTuple, createdMs?: number): S {
    const { limits } = this.#options;
    for (const value of labelValues) {
      if (value !== undefined && value.length > limits.labelValueLengthMax) {
        this.figures.labelValueTooLong++;
        return this.#overflowed();
      }
    }
    if (this.#full()) {
      this.removeIdle();
      if (this.#full()) {
        this.figures.seriesLimit++;
        return this.#overflowed();
      }
    }
    const series = this.#place(labelValues, createdMs);
    if (series !== undefined) return series;
    this.figures.seriesLimit++;
    return this.#overflowed();
  }

  /** The series that has no labels, made if need be. */
  unlabelled(): S {
    let series = this.#unlabelled;
    if (series === undefined || series.removed) {
      const labelValues: LabelTuple = Array.from({ length: this.#options.labelCount }, () => undefined);
      series = this.get(labelValues) ?? this.add(labelValues);
      this.#unlabelled = series;
    }
    return series;
  }

  /** Whether a series is the one that takes what is beyond the bounds. */
  isOverflow(series: S): boolean {
    return series === this.#overflow;
  }

  /** Makes the overflow series beforehand, since an arena of fixed size may have no room for it later. */
  reserveOverflow(): void {
    this.#overflowed();
  }

  /** Removes one living series. */
  remove(series: S): void {
    this.#drop(series);
    this.#tellOfRemoval();
  }

  /** Removes all series. */
  clear(): void {
    for (const series of this.#list) this.#release(series);
    this.#list = [];
    this.#live = 0;
    this.tree.clear();
    this.#overflow = undefined;
    this.#unlabelled = undefined;
    this.#tellOfRemoval();
  }

  /** Removes the series that nothing changed for long, if that is asked for and it is time to look. */
  removeIdle(): void {
    const { limits, clock, labelCount } = this.#options;
    const idleMs = limits.idleSecondsMax * 1000;
    const nowMs = clock.nowMs();
    // Looking four times in the span keeps a series at most a quarter longer than asked.
    if (idleMs === 0 || labelCount === 0 || nowMs - this.#sweptMs < idleMs / 4) return;
    this.#sweptMs = nowMs;
    let removed = 0;
    for (const series of this.list) {
      const { activity } = series;
      if (activity !== series.seenActivity) {
        series.seenActivity = activity;
        series.seenMs = nowMs;
      } else if (nowMs - series.seenMs >= idleMs && series !== this.#overflow) {
        this.#drop(series);
        removed++;
      }
    }
    this.figures.idleRemoved += removed;
    if (removed > 0) this.#tellOfRemoval();
  }

  #full(): boolean {
    return this.#live - (this.#overflow === undefined ? 0 : 1) >= this.#options.limits.seriesMax;
  }

  /** The overflow series, which is let in beyond the limit. */
  #overflowed(): S {
    if (this.#overflow === undefined) {
      const labelValues = Array.from({ length: this.#options.labelCount }, () => OVERFLOW_LABEL_VALUE);
      const series = this.get(labelValues) ?? this.#place(labelValues);
      if (series === undefined) throw new MetricsError('SHARED_MEMORY_FULL', { name: 'an overflow series' });
      this.#overflow = series;
    }
    return this.#overflow;
  }

  /** A new series with slots of its own, or undefined if the arena has no room. */
  #place(labelValues: LabelTuple, createdMs = this.#options.clock.nowMs()): S | undefined {
    const { arena, slots, familyId } = this.#options;
    const { journal } = arena;
    let at = journal?.resume(familyId, labelValues) ?? -1;
    if (at < 0) {
      at = arena.allocate(slots);
      if (at < 0) return undefined;
      if (journal?.enter(familyId, at, slots, labelValues, createdMs) === false) {
        arena.free(at, slots);
        return undefined;
      }
    }
    const series = this.#options.create({ values: arena.values, at }, labelValues, createdMs);
    if (labelValues.length > 0) this.tree.set(labelValues, series);
    else this.#unlabelled = series;
    this.#list.push(series);
    this.#live++;
    return series;
  }

  #drop(series: S): void {
    if (series.labelValues.length > 0) this.tree.delete(series.labelValues);
    if (series === this.#overflow) this.#overflow = undefined;
    if (series === this.#unlabelled) this.#unlabelled = undefined;
    this.#release(series);
    this.#live--;
  }

  #release(series: S): void {
    if (series.removed) return;
    const { at } = series;
    series.detach();
    this.#options.arena.free(at, this.#options.slots);
  }

  #tellOfRemoval(): void {
    this.removals++;
    for (const listener of this.onRemoval) listener();
  }
}
