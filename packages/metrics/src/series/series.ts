/**
 * One series: a label set of a family and the run of slots that holds its figures.
 * A series is also the handle that `labels()` gives: it needs no look-up to record.
 */
import type { Exemplar } from '../family.ts';
import type { Run } from '../storage/arena.ts';
import type { LabelTuple } from './label-values.ts';

/** What a removed series points at: nothing can be read or written there. */
const NOWHERE = new Float64Array(0);

/** What a series needs of its family. */
export interface SeriesOwner<S> {
  readonly name: string;
  /** The living series of a label set, made if need be. */
  resolve(labelValues: LabelTuple): S;
  /** An exemplar as it is kept. Throws EXEMPLAR_TOO_LONG. */
  exemplar(labels: Readonly<Record<string, unknown>>, value: number): Exemplar;
}

/** The identity of one label set, and where its figures lie while it lives. */
export abstract class Series<S extends Series<S>> implements Run {
  values: Float64Array;
  /** The first slot of the run; negative once the series was removed. */
  at: number;
  readonly labelValues: LabelTuple;
  /** Milliseconds since the epoch. */
  createdMs: number;
  /** The last exemplar of each line, where there are any. */
  exemplars: (Exemplar | undefined)[] | undefined;
  /** How much had been recorded when that was last looked at, and when it was last seen to change. */
  seenActivity = 0;
  seenMs: number;
  protected readonly owner: SeriesOwner<S>;
  #successor: S | undefined;

  constructor(owner: SeriesOwner<S>, run: Run, labelValues: LabelTuple, createdMs: number) {
    this.owner = owner;
    this.values = run.values;
    this.at = run.at;
    this.labelValues = labelValues;
    this.createdMs = createdMs;
    this.seenMs = createdMs;
  }

  /** A figure that changes whenever something is recorded. */
  abstract get activity(): number;

  /** Whether the series was removed. A handle that outlives its series records into the successor. */
  get removed(): boolean {
    return this.at < 0;
  }

  /** Cuts the series off from its slots. */
  detach(): void {
    this.values = NOWHERE;
    this.at = -1;
    this.exemplars = undefined;
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

  /** Keeps the exemplar of a line, in place of the one before. */
  protected keepExemplar(line: number, exemplar: Exemplar): void {
    this.exemplars ??= [];
    this.exemplars[line] = exemplar;
  }
}
