/**
 * The series of one family: found by label set, listed in the order in which they
 * came, bounded in number and removed when they were idle for long.
 */
import type { Clock } from '../clock.ts';
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
  add(labelValues: LabelTuple): S {
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
    const { arena, slots } = this.#options;
    const at = arena.allocate(slots);
    if (at < 0) {
      this.figures.seriesLimit++;
      return this.#overflowed();
    }
    return this.#enter({ values: arena.values, at }, labelValues);
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

  /** The overflow series. It is let in beyond the limit, and beyond the room of a shared arena. */
  #overflowed(): S {
    if (this.#overflow === undefined) {
      const { arena, slots, labelCount } = this.#options;
      const labelValues = Array.from({ length: labelCount }, () => OVERFLOW_LABEL_VALUE);
      const present = this.get(labelValues);
      const at = present === undefined ? arena.allocate(slots) : -1;
      const run = at < 0 ? { values: new Float64Array(slots), at: 0 } : { values: arena.values, at };
      this.#overflow = present ?? this.#enter(run, labelValues);
    }
    return this.#overflow;
  }

  #enter(run: Run, labelValues: LabelTuple): S {
    const series = this.#options.create(run, labelValues, this.#options.clock.nowMs());
    if (labelValues.length > 0) this.tree.set(labelValues, series);
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
    const { values, at } = series;
    const { arena, slots } = this.#options;
    series.detach();
    // The overflow series may lie outside of an arena that was full.
    if (values === arena.values) arena.free(at, slots);
  }

  #tellOfRemoval(): void {
    this.removals++;
    for (const listener of this.onRemoval) listener();
  }
}
