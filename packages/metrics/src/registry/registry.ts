/**
 * The registry: which metrics there are, under which names, and how they are
 * handed out. Mistakes are refused when a metric is registered, never when it is
 * scraped.
 */
import { type Clock, systemClock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import { type TextFormat, writeText } from '../exposition/write-text.ts';
import type { MetricFamily } from '../family.ts';
import type { LimitOptions } from '../instruments/configuration.ts';
import { DEFAULT_LIMITS, type FamilyLimits, limitsFrom } from '../limits/limits.ts';
import type { Instrument } from '../instruments/instrument.ts';
import type { MetricValues } from '../instruments/lines.ts';
import type { NameValidation } from '../names.ts';
import type { Series } from '../series/series.ts';
import { type Arena, HeapArena } from '../storage/arena.ts';
import {
  OPENMETRICS_CONTENT_TYPE,
  PROMETHEUS_CONTENT_TYPE,
  type RegistryContentType,
} from './content-types.ts';
import { familyOf, sampleNames } from './families.ts';

/** What a registry may be made with; all optional. */
export interface RegistryOptions<C extends RegistryContentType = RegistryContentType> extends LimitOptions {
  readonly contentType?: C;
  readonly clock?: Clock;
  /** Which names are accepted: the classic character set, or any UTF-8 text. */
  readonly nameValidation?: NameValidation;
}

/** Anything a registry can hold: this client's instruments, or an object with prom-client's `get()`. */
export interface Metric {
  readonly name: string;
  get(): Promise<MetricValues> | MetricValues;
  reset?(): void;
}

// The kinds of label and series differ from metric to metric, and a registry does not look at them.
export type AnyInstrument = Instrument<string, Series<never>>;

/** What to render. */
export interface RenderOptions {
  readonly format?: TextFormat;
  /** Only these families (by family or sample name); all if left out. */
  readonly names?: readonly string[];
}

/** A set of metrics that are exposed together. */
export class Registry<C extends RegistryContentType = RegistryContentType> {
  static readonly PROMETHEUS_CONTENT_TYPE = PROMETHEUS_CONTENT_TYPE;
  static readonly OPENMETRICS_CONTENT_TYPE = OPENMETRICS_CONTENT_TYPE;

  readonly clock: Clock;
  readonly limits: FamilyLimits;
  readonly nameValidation: NameValidation;
  /** Where the values of the metrics live that are first registered here. */
  readonly arena: Arena = new HeapArena();
  readonly #metrics = new Map<string, Metric>();
  /** Every sample name that is exposed → the metric that exposes it. */
  readonly #sampleNames = new Map<string, string>();
  #contentType: C;
  #defaultLabels: Readonly<Record<string, string | number>> = {};

  constructor(options: C | RegistryOptions<C> = {}) {
    const given: RegistryOptions<C> = typeof options === 'string' ? { contentType: options } : options;
    this.#contentType = requireContentType(given.contentType ?? PROMETHEUS_CONTENT_TYPE) as C;
    this.clock = given.clock ?? systemClock;
    this.nameValidation = given.nameValidation ?? 'legacy';
    this.limits = limitsFrom('a registry', given, DEFAULT_LIMITS);
  }

  /** The content type of what `metrics()` gives, for the response header. */
  get contentType(): C {
    return this.#contentType;
  }

  /** Switches between text 0.0.4 and OpenMetrics. Throws CONTENT_TYPE_UNSUPPORTED for anything else. */
  setContentType(contentType: C): void {
    this.#contentType = requireContentType(contentType) as C;
  }

  /** Adds a metric. Throws if the name, or a sample name that it would expose, is taken. */
  registerMetric(metric: unknown): void {
    const added = metric as Metric;
    const present = this.#metrics.get(added.name);
    if (present === added) return;
    if (present !== undefined) throw new MetricsError('DUPLICATE_METRIC', { name: added.name });
    const names = sampleNames(added);
    for (const sample of names) {
      const other = this.#sampleNames.get(sample);
      if (other !== undefined)
        throw new MetricsError('SAMPLE_NAME_CLASH', { name: added.name, sample, other });
    }
    for (const sample of names) this.#sampleNames.set(sample, added.name);
    this.#metrics.set(added.name, added);
  }

  /** The metrics, in the order in which they were registered. */
  getMetricsAsArray(): Metric[] {
    return [...this.#metrics.values()];
  }

  /** The metric of a name, or undefined. */
  getSingleMetric(name: string): Metric | undefined {
    return this.#metrics.get(name);
  }

  /** Removes the metric of a name, if there is one. */
  removeSingleMetric(name: string): void {
    const metric = this.#metrics.get(name);
    if (metric === undefined) return;
    this.#metrics.delete(name);
    for (const sample of sampleNames(metric)) this.#sampleNames.delete(sample);
  }

  /** Removes all metrics and the default labels. */
  clear(): void {
    this.#metrics.clear();
    this.#sampleNames.clear();
    this.#defaultLabels = {};
  }

  /** Starts every metric again at zero. */
  resetMetrics(): void {
    for (const metric of this.#metrics.values()) metric.reset?.();
  }

  /** Labels that every series gets unless it has one of that name. */
  setDefaultLabels(labels: Readonly<Record<string, string | number>>): void {
    this.#defaultLabels = labels;
  }

  /** The metrics and their values, as prom-client gives them. Calls every `collect`. */
  async getMetricsAsJSON(): Promise<MetricValues[]> {
    const all = await Promise.all(this.getMetricsAsArray().map(async (metric) => metric.get()));
    for (const metric of all) {
      for (const value of metric.values) value.labels = { ...this.#defaultLabels, ...value.labels };
    }
    return all;
  }

  /** The families with their samples, in the data model of OpenMetrics. Calls every `collect`. */
  async families(names?: readonly string[]): Promise<MetricFamily[]> {
    const wanted = this.getMetricsAsArray().filter((metric) => matches(metric, names));
    const values = await Promise.all(wanted.map(async (metric) => metric.get()));
    return wanted.map((metric, index) =>
      familyOf(metric, values[index] as MetricValues, this.#defaultLabels),
    );
  }

  /** All metrics as text, in the format of the registry's content type. */
  async metrics(): Promise<string> {
    return writeText(await this.families(), this.#format());
  }

  /** All metrics, or those named, as bytes. */
  async render(options: RenderOptions = {}): Promise<Uint8Array> {
    const text = writeText(await this.families(options.names), options.format ?? this.#format());
    return Buffer.from(text);
  }

  /** One metric as text. Throws METRIC_UNKNOWN if there is none of that name. */
  async getSingleMetricAsString(name: string): Promise<string> {
    if (!this.#metrics.has(name)) throw new MetricsError('METRIC_UNKNOWN', { name });
    return writeText(await this.families([name]), this.#format()).replace(/\n(# EOF\n)?$/, '');
  }

  /** A registry with the metrics of several. Throws CONTENT_TYPES_DIFFER unless their content types agree. */
  static merge(registers: readonly Registry[]): Registry {
    const contentType = registers[0]?.contentType ?? PROMETHEUS_CONTENT_TYPE;
    if (registers.some((registry) => registry.contentType !== contentType)) {
      throw new MetricsError('CONTENT_TYPES_DIFFER');
    }
    const merged = new Registry(contentType);
    for (const registry of registers) {
      for (const metric of registry.getMetricsAsArray()) merged.registerMetric(metric);
    }
    return merged;
  }

  #format(): TextFormat {
    return this.#contentType === OPENMETRICS_CONTENT_TYPE ? 'openmetrics' : 'text';
  }
}

function requireContentType(contentType: string): RegistryContentType {
  if (contentType === PROMETHEUS_CONTENT_TYPE || contentType === OPENMETRICS_CONTENT_TYPE) return contentType;
  throw new MetricsError('CONTENT_TYPE_UNSUPPORTED', { contentType });
}

function matches(metric: Metric, names: readonly string[] | undefined): boolean {
  return (
    names === undefined ||
    names.includes(metric.name) ||
    sampleNames(metric).some((name) => names.includes(name))
  );
}
