/**
 * What all instruments have in common: a description that never changes, a table
 * of series, and the ways in and out that prom-client's users know.
 */
import type { Clock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import type { Exemplar, MetricType } from '../family.ts';
import { type FamilyLimits, type LimitFigures, limitsFrom } from '../limits/limits.ts';
import { register } from '../registry/default-registry.ts';
import {
  compileFind,
  compileRecord,
  type Fallbacks,
  type Find,
  type RecordCall,
} from '../series/compile-lookup.ts';
import {
  type LabelTuple,
  type LabelValue,
  type LabelValues,
  labelsOf,
  tupleFromList,
  tupleFromObject,
} from '../series/label-values.ts';
import type { Series, SeriesOwner } from '../series/series.ts';
import { SeriesTable } from '../series/series-table.ts';
import { type Arena, HeapArena, type Run } from '../storage/arena.ts';
import type { Aggregator, InstrumentHome, MetricConfiguration } from './configuration.ts';
import { describe, type InstrumentKind } from './description.ts';
import { makeExemplar } from './exemplar.ts';
import type { LineShape, MetricValue, MetricValues } from './lines.ts';

/** A family of series of one name. */
export abstract class Instrument<T extends string, S extends Series<S>> implements SeriesOwner<S> {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly labelNames: readonly T[];
  readonly aggregator: Aggregator;
  readonly enableExemplars: boolean;
  readonly limits: FamilyLimits;
  /** The lines that each series is exposed as. */
  readonly lines: readonly LineShape[];
  /** Where the values live. */
  readonly arena: Arena;
  /** Brings the values up to date before a scrape; may be set later. */
  collect: (() => void | Promise<void>) | undefined;
  /** The series of an object of labels, made if need be. */
  readonly find: Find<S>;
  protected readonly clock: Clock;
  protected readonly table: SeriesTable<S>;
  readonly #requireAllLabels: boolean;
  readonly #registers: readonly InstrumentHome[];
  readonly #fallbacks: Fallbacks<S> = {
    miss: (labels) => this.#resolveObject(labels as Record<string, unknown>),
    unlabelled: () => this.unlabelled(),
  };

  constructor(config: MetricConfiguration<T, never>, kind: InstrumentKind) {
    if (config === null || typeof config !== 'object') {
      throw new MetricsError('CONFIG_INVALID', { detail: `it was ${String(config)}` });
    }
    const registers = config.registers ?? [register];
    const home = registers[0] ?? register;
    const description = describe(config, kind, config.nameValidation ?? home.nameValidation);
    this.name = description.name;
    this.help = description.help;
    this.type = description.type;
    this.unit = description.unit;
    this.labelNames = description.labelNames;
    this.aggregator = description.aggregator;
    this.enableExemplars = description.enableExemplars;
    this.#requireAllLabels = description.requireAllLabels;
    this.lines = kind.lines;
    this.collect = config.collect;
    this.limits = limitsFrom(this.name, config, home.limits);
    this.clock = home.clock;
    this.#registers = registers;
    this.arena = registers[0]?.arena ?? config.arena ?? new HeapArena();
    this.table = new SeriesTable<S>({
      labelCount: this.labelNames.length,
      slots: kind.slots,
      familyId: this.#declare(kind),
      arena: this.arena,
      clock: this.clock,
      limits: this.limits,
      create: (run, labelValues, createdMs) => this.createSeries(run, labelValues, createdMs),
    });
    this.find = compileFind(this.labelNames, this.table.tree.root, this.#fallbacks);
  }

  /** Makes the series that are there from the start. */
  #begin(): void {
    if (this.labelNames.length === 0) this.unlabelled();
    else if (this.arena.journal !== undefined) this.table.reserveOverflow();
  }

  /** Tells the threads that share the arena of the family, if there are any. */
  #declare({ lines, plain = true }: InstrumentKind): number {
    const { journal } = this.arena;
    if (journal === undefined) return 0;
    const { name, type, help, unit, labelNames, aggregator } = this;
    if (!plain) throw new MetricsError('SHARED_UNSUPPORTED', { name, type });
    const parts = lines.flatMap(({ label }) =>
      label === undefined || label.value === '+Inf' ? [] : [label.value],
    );
    return journal.declare({ name, type, help, unit, labelNames, aggregator, parts });
  }

  /** Makes the object of a new series. Called only once the instrument is whole. */
  protected abstract createSeries(run: Run, labelValues: LabelTuple, createdMs: number): S;

  /** Writes the figures of a series, one for each of `lines`, from `out[at]` on. */
  abstract readLines(series: S, out: Float64Array, at: number): void;

  /** To be called last by the constructor of each kind: exposes the metric. */
  protected open(): void {
    this.#begin();
    for (const registry of this.#registers) {
      if (this.enableExemplars && !registry.contentType.startsWith('application/openmetrics-text')) {
        throw new MetricsError('EXEMPLAR_FORMAT', { name: this.name });
      }
      registry.registerMetric(this);
    }
  }

  /** A compiled function that finds the series of its first argument and calls `method` with the rest. */
  protected recorder(method: keyof S & string): RecordCall {
    return compileRecord(this.labelNames, this.table.tree.root, this.#fallbacks, method);
  }

  /** The living series, oldest first. */
  get series(): readonly S[] {
    return this.table.list;
  }

  /** Grows with every removal of series: whoever keeps what `series` gave must look again. */
  get removals(): number {
    return this.table.removals;
  }

  /** How often the bounds were met. */
  get limitFigures(): Readonly<LimitFigures> {
    return this.table.figures;
  }

  /** Has `listener` called after series were removed. */
  onRemoval(listener: () => void): void {
    this.table.onRemoval.push(listener);
  }

  /** The series of a label set, made if need be; the overflow series beyond the bounds. */
  resolve(labelValues: LabelTuple): S {
    const found = this.table.get(labelValues);
    if (found !== undefined) return found;
    if (this.#requireAllLabels) {
      const missing = labelValues.indexOf(undefined);
      if (missing >= 0) {
        throw new MetricsError('LABEL_MISSING', { name: this.name, label: this.labelNames[missing] });
      }
    }
    return this.table.add(labelValues);
  }

  /** The series of a label set that began at a given time, made if need be. */
  resolveAt(labelValues: LabelTuple, createdMs: number): S {
    const series = this.table.get(labelValues) ?? this.table.add(labelValues, createdMs);
    series.createdMs = createdMs;
    return series;
  }

  /** Removes the series of a label set, if there is one. */
  drop(labelValues: LabelTuple): void {
    const series = this.table.get(labelValues);
    if (series !== undefined) this.table.remove(series);
  }

  /** The handle of a label set, given as an object or as values in the declared order. */
  labels(labels: LabelValues<T>): S;
  labels(...values: readonly LabelValue[]): S;
  labels(...args: readonly unknown[]): S {
    const first = args[0];
    if (typeof first === 'object' && first !== null) return this.find(first);
    return this.resolve(tupleFromList(this, args));
  }

  /** Removes the series of a label set, given as an object or as values in the declared order. */
  remove(labels: LabelValues<T>): void;
  remove(...values: readonly LabelValue[]): void;
  remove(...args: readonly unknown[]): void {
    this.drop(this.#tuple(args));
  }

  /** Forgets all series; a metric without labels starts again at zero. */
  reset(): void {
    this.table.clear();
    this.#begin();
  }

  /** Calls `collect` and removes what was idle for too long: to be done before the values are read. */
  prepare(): void | Promise<void> {
    const pending = this.collect?.();
    if (typeof pending?.then !== 'function') return this.tidy();
    return pending.then(() => this.tidy());
  }

  /** Removes the series that are no longer to be exposed. */
  protected tidy(): void {
    this.table.removeIdle();
  }

  /** The metric and its values, as prom-client gives them. Calls `collect` first. */
  async get(): Promise<MetricValues<T>> {
    await this.prepare();
    return this.currentValues();
  }

  /** The metric and its values without calling `collect`. */
  currentValues(): MetricValues<T> {
    const figures = new Float64Array(this.lines.length);
    const values: MetricValue<T>[] = [];
    for (const series of this.series) {
      this.readLines(series, figures, 0);
      for (let line = 0; line < this.lines.length; line++) {
        values.push(this.#valueOf(series, line, figures[line]!));
      }
    }
    return { help: this.help, name: this.name, type: this.type, values, aggregator: this.aggregator };
  }

  /** The values with what is needed to make those of several processes one. */
  valuesForAggregation(): MetricValues<T> {
    return this.currentValues();
  }

  /** An exemplar as it is kept. Throws EXEMPLAR_TOO_LONG. */
  exemplar(labels: Readonly<Record<string, unknown>>, value: number): Exemplar {
    return makeExemplar(this.name, labels, value, this.clock.nowMs() / 1000);
  }

  /** The series without any label. */
  protected unlabelled(): S {
    if (this.#requireAllLabels && this.labelNames.length > 0) {
      throw new MetricsError('LABEL_MISSING', { name: this.name, label: this.labelNames[0] });
    }
    return this.table.unlabelled();
  }

  #tuple(args: readonly unknown[]): LabelTuple {
    const first = args[0];
    if (typeof first !== 'object' || first === null) return tupleFromList(this, args);
    return tupleFromObject(this, first as Record<string, unknown>);
  }

  #valueOf(series: S, line: number, value: number): MetricValue<T> {
    const { suffix, label } = this.lines[line]!;
    const own = labelsOf(this.labelNames, series.labelValues);
    const labels = (
      label === undefined ? own : { [label.name]: label.value, ...own }
    ) as MetricValue<T>['labels'];
    const entry: MetricValue<T> = { value, labels };
    if (suffix !== '') entry.metricName = this.name + suffix;
    const exemplar = series.exemplars?.[line];
    if (exemplar !== undefined) entry.exemplar = exemplar;
    return entry;
  }

  #resolveObject(labels: Readonly<Record<string, unknown>>): S {
    const labelValues = tupleFromObject(this, labels);
    const series = this.resolve(labelValues);
    if (labelValues.length > 0 && !this.table.isOverflow(series)) {
      this.table.tree.alias(
        this.labelNames.map((name) => labels[name]),
        labelValues,
      );
    }
    return series;
  }
}
