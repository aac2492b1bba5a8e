/**
 * One series: a label set of a family and the run of slots that holds its figures.
 * A series is also the handle that `labels()` gives: it needs no look-up to record.
 */
import type { Run } from '../storage/arena.ts';
import type { LabelTuple } from './label-values.ts';

/** What a removed series points at: nothing can be read or written there. */
const NOWHERE = new Float64Array(0);

/** What a series needs of its family to come back after it was removed. */
export interface SeriesOwner<S> {
  readonly name: string;
  /** The living series of a label set, made if need be. */
  resolve(labelValues: LabelTuple): S;
}

/** The identity of one label set, and where its figures lie while it lives. */
export abstract class Series<S extends Series<S>> implements Run {
  values: Float64Array;
  /** The first slot of the run; negative once the series was removed. */
  at: number;
  readonly labelValues: LabelTuple;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  protected readonly owner: SeriesOwner<S>;
  #successor: S | undefined;

  constructor(owner: SeriesOwner<S>, run: Run, labelValues: LabelTuple, createdMs: number) {
    this.owner = owner;
    this.values = run.values;
    this.at = run.at;
    this.labelValues = labelValues;
    this.createdMs = createdMs;
  }

  /** Whether the series was removed. A handle that outlives its series records into the successor. */
  get removed(): boolean {
    return this.at < 0;
  }

  /** Cuts the series off from its slots. */
  detach(): void {
    this.values = NOWHERE;
    this.at = -1;
  }

  /** The living series of the same label set. */
  protected successor(): S {
    let successor = this.#successor;
    if (successor === undefined || successor.at < 0) {
      successor = this.owner.resolve(this.labelValues);
      this.#successor = successor;
    }
    return successor;
  }
}
