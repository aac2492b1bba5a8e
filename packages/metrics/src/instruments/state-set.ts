/** The state set: which of some named states hold, such as those of a circuit breaker. */
import { MetricsError } from '../errors.ts';
import type { LabelTuple, LabelValues } from '../series/label-values.ts';
import { Series } from '../series/series.ts';
import type { Run } from '../storage/arena.ts';
import type { MetricConfiguration } from './configuration.ts';
import { Instrument } from './instrument.ts';

/** The options of a state set. */
export interface StateSetConfiguration<T extends string, S extends string>
  extends MetricConfiguration<T, StateSet<T, S>> {
  /** The names of the states. */
  states: readonly S[];
}

/** The ways to call `set` of a state set. */
export interface StateSetSet<T extends string, S extends string> {
  (labels: LabelValues<T>, state: S): void;
  (state: S): void;
}

/** The ways to call `enable` and `disable` of a state set. */
export type StateSetSwitch<T extends string, S extends string> = StateSetSet<T, S>;

/** One label set of a state set: the handle that needs no look-up. */
export class StateSetSeries<S extends string = string> extends Series<StateSetSeries<S>> {
  declare protected readonly owner: StateSet<string, S>;

  /** Lets one state hold and no other. Throws STATE_UNKNOWN and then changes nothing. */
  set(state: S): void {
    if (this.at < 0) {
      this.successor().set(state);
      return;
    }
    const chosen = this.owner.indexOf(state);
    for (let index = 0; index < this.owner.states.length; index++) {
      this.values[this.at + index] = index === chosen ? 1 : 0;
    }
    this.#mark();
  }

  /** Lets a state hold, whatever the others do. Throws STATE_UNKNOWN. */
  enable(state: S): void {
    this.#switch(state, 1);
  }

  /** Lets a state no longer hold. Throws STATE_UNKNOWN. */
  disable(state: S): void {
    this.#switch(state, 0);
  }

  override get activity(): number {
    return this.at < 0 ? 0 : this.values[this.at + this.owner.states.length]!;
  }

  #switch(state: S, value: number): void {
    if (this.at < 0) {
      this.successor().#switch(state, value);
      return;
    }
    this.values[this.at + this.owner.indexOf(state)] = value;
    this.#mark();
  }

  /** The slot behind the states counts the settings, which tells an idle series from a steady one. */
  #mark(): void {
    this.values[this.at + this.owner.states.length]! += 1;
  }
}

/** A family of state sets. Each state is a series with a label that has the family's name. */
export class StateSet<T extends string = string, S extends string = string> extends Instrument<
  T,
  StateSetSeries<S>
> {
  declare readonly type: 'stateset';
  readonly states: readonly S[];
  /** Lets one state hold and no other. */
  readonly set: StateSetSet<T, S>;
  /** Lets a state hold, whatever the others do. */
  readonly enable: StateSetSwitch<T, S>;
  /** Lets a state no longer hold. */
  readonly disable: StateSetSwitch<T, S>;

  constructor(configuration: StateSetConfiguration<T, S>) {
    const states = [...(configuration?.states ?? [])];
    if (states.length === 0 || new Set(states).size !== states.length) {
      throw new MetricsError('STATES_INVALID', {
        name: configuration?.name,
        detail: `got ${states.join(', ')}`,
      });
    }
    super(configuration, {
      type: 'stateset',
      slots: states.length + 1,
      lines: states.map((value) => ({ suffix: '', label: { name: configuration.name, value } })),
      reservedLabels: [configuration.name],
      aggregator: 'max',
    });
    this.states = states;
    this.set = this.recorder('set');
    this.enable = this.recorder('enable');
    this.disable = this.recorder('disable');
    this.open();
  }

  /** The place of a state among the states. Throws STATE_UNKNOWN. */
  indexOf(state: S): number {
    const index = this.states.indexOf(state);
    if (index < 0) throw new MetricsError('STATE_UNKNOWN', { name: this.name, state, known: this.states });
    return index;
  }

  override readLines(series: StateSetSeries<S>, out: Float64Array, at: number): void {
    for (let index = 0; index < this.states.length; index++)
      out[at + index] = series.values[series.at + index]!;
  }

  protected override createSeries(run: Run, labelValues: LabelTuple, createdMs: number): StateSetSeries<S> {
    return new StateSetSeries<S>(this, run, labelValues, createdMs);
  }
}
