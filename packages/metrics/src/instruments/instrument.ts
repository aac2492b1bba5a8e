/**
 * What all instruments have in common: an immutable description, the series by
 * label set, and the bounds that keep a family from growing without end.
 */
import type { Clock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import type { MetricType } from '../family.ts';
import { requireLabelNames, requireMetricName } from '../names.ts';
import { register } from '../registry/default-registry.ts';
import { compileFind, type Find } from '../series/compile-find.ts';
import { type LabelTuple, labelsOf, tupleFromList, tupleFromObject } from '../series/label-values.ts';
import { LabelTree } from '../series/label-tree.ts';
import type { Series, SeriesOwner } from '../series/series.ts';
import type { Arena, Run } from '../storage/arena.ts';
import {
  AGGREGATORS,
  type Aggregator,
  type FamilyLimits,
  type MetricConfiguration,
} from './configuration.ts';
import type { LineShape, MetricValue, MetricValues, Overflow } from './lines.ts';

/** The value of every label of the series that takes what is beyond a family's bounds. */
export const OVERFLOW_LABEL_VALUE = '__overflow__';

/** What a kind of instrument says of itself. */
export interface InstrumentKind {
  readonly type: MetricType;
  /** Doubles per series. */
  readonly slots: number;
  /** The lines that each series is exposed as. */
  readonly lines: readonly LineShape[];
  /** Label names that the exposition needs for itself. */
  readonly reservedLabels?: readonly string[];
}

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
  readonly lines: readonly LineShape[];
  /** Brings the values up to date before a scrape; may be set later. */
  collect: (() => void | Promise<void>) | undefined;
  /** How often something was sent to the overflow series, and how many idle series were removed. */
  readonly overflow: Overflow = { seriesLimit: 0, labelValueTooLong: 0, idleRemoved: 0 };

  protected readonly clock: Clock;
  readonly #arena: Arena;
  readonly #slots: number;
  readonly #tree: LabelTree<S>;
  readonly #requireAllLabels: boolean;
  readonly #registers: MetricConfiguration<T>['registers'];
  #series: S[] = [];
  #live = 0;
  #removals = 0;
  #overflowSeries: S | undefined;
  /** The series of an object of labels. */
  protected readonly find: Find<S>;
  /** The series without any label; there from the start if the family declares none. */
  #unlabelled: S | undefined;

  constructor(config: MetricConfiguration<T, never>, kind: InstrumentKind) {
    if (config === null || typeof config !== 'object') {
      throw new MetricsError('CONFIG_INVALID', { detail: `got ${String(config)}` });
    }
    if (!config.name) throw new MetricsError('NAME_MISSING');
    if (!config.help) throw new MetricsError('HELP_MISSING', { name: config.name });
    const registers = config.registers ?? [register];
    const home = registers[0] ?? register;
    const validation = config.nameValidation ?? home.nameValidation;
    this.name = config.name;
    this.help = config.help;
    this.type = kind.type;
    this.labelNames = Object.freeze([...(config.labelNames ?? [])]);
    requireMetricName(this.name, validation);
    requireLabelNames(this, this.labelNames, validation, kind.reservedLabels);
    this.unit = requireUnit(this, config.unit ?? '');
    this.aggregator = requireAggregator(this, config.aggregator ?? 'sum');
    if (config.collect !== undefined && typeof config.collect !== 'function') {
      throw new MetricsError('COLLECT_INVALID', { name: this.name });
    }
    this.collect = config.collect;
    this.enableExemplars = config.enableExemplars ?? false;
    this.limits = {
      seriesMax: config.seriesMax ?? home.limits.seriesMax,
      labelValueLengthMax: config.labelValueLengthMax ?? home.limits.labelValueLengthMax,
      idleSecondsMax: config.idleSecondsMax ?? home.limits.idleSecondsMax,
    };
    this.lines = kind.lines;
    this.clock = home.clock;
    this.#registers = registers;
    this.#arena = home.arena;
    this.#slots = kind.slots;
    this.#requireAllLabels = config.requireAllLabels ?? false;
    this.#tree = new LabelTree(this.labelNames.length);
    this.find =
      this.labelNames.length === 0
        ? (labels) => this.#resolveObject(labels)
        : compileFind(this.labelNames, this.#tree.root, (labels) => this.#resolveObject(labels));
  }

  /** Makes the object of a new series. Called only once the instrument is whole. */
  protected abstract createSeries(run: Run, labelValues: LabelTuple, createdMs: number): S;

  /** Writes the figures of a series, one for each of `lines`, from `out[at]` on. */
  abstract readLines(series: S, out: Float64Array, at: number): void;

  /** To be called last by the constructor of each kind: exposes the metric. */
  protected open(): void {
    if (this.labelNames.length === 0) this.#unlabelled = this.#add([]);
    for (const registry of this.#registers ?? []) {
      if (this.enableExemplars && !registry.contentType.startsWith('application/openmetrics-text')) {
        throw new MetricsError('EXEMPLAR_FORMAT', { name: this.name });
      }
      registry.registerMetric(this);
    }
  }

  /** The living series, oldest first. */
  get series(): readonly S[] {
    if (this.#series.length !== this.#live) this.#series = this.#series.filter((series) => !series.removed);
    return this.#series;
  }

  /** Grows by one with every removal: what is built on the list of series must look again. */
  get removals(): number {
    return this.#removals;
  }

  /** The series of a label set, made if need be; the overflow series beyond the bounds. */
  resolve(labelValues: LabelTuple): S {
    if (this.labelNames.length === 0) return this.unlabelled();
    const found = this.#tree.get(labelValues);
    if (found !== undefined) return found;
    if (this.#requireAllLabels) this.#refuseMissing(labelValues);
    for (const value of labelValues) {
      if (value !== undefined && value.length > this.limits.labelValueLengthMax) {
        this.overflow.labelValueTooLong++;
        return this.#overflowed();
      }
    }
    if (this.#live - (this.#overflowSeries === undefined ? 0 : 1) >= this.limits.seriesMax) {
      this.overflow.seriesLimit++;
      return this.#overflowed();
    }
    return this.#add(labelValues);
  }

  /** The handle of a label set, given as an object or as values in the declared order. */
  labels(labels: object): S;
  labels(...values: readonly (string | number)[]): S;
  labels(...args: readonly unknown[]): S {
    const first = args[0];
    if (typeof first === 'object' && first !== null) return this.find(first);
    return this.resolve(tupleFromList(this, args));
  }

  /** Removes the series of a label set, given as an object or as values in the declared order. */
  remove(labels: object): void;
  remove(...values: readonly (string | number)[]): void;
  remove(...args: readonly unknown[]): void {
    const first = args[0];
    const labelValues =
      typeof first === 'object' && first !== null
        ? tupleFromObject(this, first as Record<string, unknown>)
        : tupleFromList(this, args);
    const series = this.labelNames.length === 0 ? this.#unlabelled : this.#tree.get(labelValues);
    if (series !== undefined) this.drop(series);
  }

  /** Forgets all series; a metric without labels starts again at zero. */
  reset(): void {
    for (const series of this.#series) this.#release(series);
    this.#series = [];
    this.#live = 0;
    this.#removals++;
    this.#tree.clear();
    this.#overflowSeries = undefined;
    this.#unlabelled = undefined;
    if (this.labelNames.length === 0) this.#unlabelled = this.#add([]);
  }

  /** The metric and its values, as prom-client gives them. Calls `collect` first. */
  async get(): Promise<MetricValues<T>> {
    const pending = this.collect?.();
    if (pending !== undefined) await pending;
    return this.currentValues();
  }

  /** The metric and its values without calling `collect`. */
  currentValues(): MetricValues<T> {
    const figures = new Float64Array(this.lines.length);
    const values: MetricValue<T>[] = [];
    for (const series of this.series) {
      this.readLines(series, figures, 0);
      const own = labelsOf(this.labelNames, series.labelValues);
      this.lines.forEach((line, index) => {
        const labels = (
          line.label === undefined ? { ...own } : { [line.label.name]: line.label.value, ...own }
        ) as MetricValue<T>['labels'];
        const value = figures[index] as number;
        values.push(
          line.suffix === '' ? { value, labels } : { value, labels, metricName: this.name + line.suffix },
        );
      });
    }
    return { help: this.help, name: this.name, type: this.type, values, aggregator: this.aggregator };
  }

  /** The series without any label. */
  protected unlabelled(): S {
    const series = this.#unlabelled;
    if (series !== undefined && !series.removed) return series;
    const labelValues: LabelTuple = this.labelNames.map(() => undefined);
    this.#unlabelled = this.labelNames.length === 0 ? this.#add(labelValues) : this.resolve(labelValues);
    return this.#unlabelled;
  }

  /** Removes one living series. */
  protected drop(series: S): void {
    if (this.labelNames.length > 0) this.#tree.delete(series.labelValues);
    if (series === this.#overflowSeries) this.#overflowSeries = undefined;
    if (series === this.#unlabelled) this.#unlabelled = undefined;
    this.#release(series);
    this.#live--;
    this.#removals++;
  }

  #release(series: S): void {
    if (series.removed) return;
    const run = { values: series.values, at: series.at };
    series.detach();
    this.#arena.free(run, this.#slots);
  }

  #resolveObject(labels: object): S {
    const labelValues = tupleFromObject(this, labels as Record<string, unknown>);
    const series = this.resolve(labelValues);
    if (this.labelNames.length > 0 && series !== this.#overflowSeries) {
      this.#tree.alias(
        this.labelNames.map((name) => (labels as Record<string, unknown>)[name]),
        labelValues,
      );
    }
    return series;
  }

  #overflowed(): S {
    this.#overflowSeries ??= this.#add(this.labelNames.map(() => OVERFLOW_LABEL_VALUE));
    return this.#overflowSeries;
  }

  #add(labelValues: LabelTuple): S {
    const run = this.#arena.allocate(this.#slots);
    if (run === undefined) return this.#overflowed();
    const series = this.createSeries(run, labelValues, this.clock.nowMs());
    if (labelValues.length > 0) this.#tree.set(labelValues, series);
    this.#series.push(series);
    this.#live++;
    return series;
  }

  #refuseMissing(labelValues: LabelTuple): void {
    const index = labelValues.indexOf(undefined);
    if (index >= 0)
      throw new MetricsError('LABEL_MISSING', { name: this.name, label: this.labelNames[index] });
  }
}

function requireUnit(metric: { readonly name: string; readonly type: string }, unit: string): string {
  const base = metric.type === 'counter' ? metric.name.replace(/_total$/, '') : metric.name;
  if (unit !== '' && !base.endsWith(`_${unit}`)) {
    throw new MetricsError('UNIT_INVALID', { name: metric.name, unit });
  }
  return unit;
}

function requireAggregator(metric: { readonly name: string }, aggregator: Aggregator): Aggregator {
  if (!AGGREGATORS.includes(aggregator)) {
    throw new MetricsError('AGGREGATOR_INVALID', { name: metric.name, aggregator, known: AGGREGATORS });
  }
  return aggregator;
}
