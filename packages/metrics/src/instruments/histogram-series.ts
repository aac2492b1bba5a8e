/**
 * One label set of a histogram. Counts are kept for each bucket alone; they are
 * added up when they are exposed, which is rare, and not when they are recorded.
 */
import { MetricsError } from '../errors.ts';
import type { NativeHistogram } from '../native/native-histogram.ts';
import { type LabelTuple, type LabelValues, labelsOf } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { ExemplarLabels } from './configuration.ts';
import type { EndHistogramTimer, Histogram } from './histogram.ts';

/** Slot 0 is the sum; from here on the counts of the buckets follow, that of +Inf last. */
export const FIRST_COUNT = 1;

/** The handle of a label set: it needs no look-up. */
export class HistogramSeries<T extends string = string> extends Series<HistogramSeries<T>> {
  readonly native: NativeHistogram | undefined;
  declare protected readonly owner: Histogram<T>;
  readonly #bounds: Float64Array;

  constructor(
    owner: Histogram<T>,
    run: Run,
    labelValues: LabelTuple,
    createdMs: number,
    native: NativeHistogram | undefined,
  ) {
    super(owner, run, labelValues, createdMs);
    this.#bounds = owner.upperBounds;
    this.native = native;
  }

  /** Takes one observation in. Throws VALUE_INVALID unless it is finite, and then changes nothing. */
  observe(value: number, exemplarLabels?: ExemplarLabels): void {
    if (this.at < 0) {
      this.successor().observe(value, exemplarLabels);
      return;
    }
    // The difference with itself is zero for finite numbers only.
    if (typeof value !== 'number' || value - value !== 0) {
      throw new MetricsError('VALUE_INVALID', { name: this.owner.name, value });
    }
    if (exemplarLabels !== undefined) this.noteExemplar(value, exemplarLabels);
    const bounds = this.#bounds;
    const { values, at, native } = this;
    let bucket = 0;
    let end = bounds.length;
    // Halving pays for long stretches only: the processor guesses short loops well.
    while (end - bucket > 16) {
      const middle = (bucket + end) >> 1;
      if (value > bounds[middle]!) bucket = middle + 1;
      else end = middle;
    }
    while (bucket < end && value > bounds[bucket]!) bucket++;
    values[at]! += value;
    values[at + FIRST_COUNT + bucket]! += 1;
    if (native !== undefined) native.observe(value);
  }

  /** Keeps an exemplar for what was just observed. Throws EXEMPLAR_TOO_LONG. */
  noteExemplar(value: number, labels: ExemplarLabels): void {
    const above = this.#bounds.findIndex((bound) => value <= bound);
    this.keepExemplar(above < 0 ? this.#bounds.length : above, this.owner.exemplar(labels, value));
  }

  /** Starts a timer that observes the seconds that passed when it is called. */
  startTimer(): EndHistogramTimer<T> {
    return this.owner.startTimer(labelsOf(this.owner.labelNames, this.labelValues) as LabelValues<T>);
  }

  /** Starts again at zero. */
  zero(): void {
    this.values.fill(0, this.at, this.at + FIRST_COUNT + this.#bounds.length + 1);
    this.native?.reset();
    this.exemplars = undefined;
  }

  /** The sum of the observations. */
  get sum(): number {
    return this.at < 0 ? 0 : this.values[this.at]!;
  }

  /** How many observations there were. */
  get count(): number {
    let count = 0;
    for (let bucket = 0; bucket <= this.#bounds.length; bucket++) {
      count += this.values[this.at + FIRST_COUNT + bucket] ?? 0;
    }
    return count;
  }

  override get activity(): number {
    return this.count;
  }
}
