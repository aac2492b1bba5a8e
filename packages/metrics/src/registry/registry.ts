/**
 * The registry: which metrics there are, under which names, and how they are
 * handed out. Mistakes are refused when a metric is registered, never when it is
 * scraped.
 */
import { type Clock, systemClock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import { isClassicLabelName, isClassicMetricName } from '../exposition/escape-name.ts';
import type { DefaultLabels, TextView } from '../exposition/line-heads.ts';
import { ByteOutput, StringOutput } from '../exposition/output.ts';
import { TimeSlice } from '../exposition/time-slice.ts';
import type { MetricFamily } from '../family.ts';
import type { MetricValues } from '../instruments/lines.ts';
import type { Metric } from '../instruments/metric.ts';
import { limitMetrics } from '../limits/limit-figures.ts';
import { DEFAULT_LIMITS, type FamilyLimits, limitsFrom } from '../limits/limits.ts';
import type { NameValidation } from '../names.ts';
import type { Arena } from '../storage/arena.ts';
import {
  OPENMETRICS_CONTENT_TYPE,
  PROMETHEUS_CONTENT_TYPE,
  type RegistryContentType,
  requireContentType,
} from './content-types.ts';
import { Exposition, type Prepared } from './exposition.ts';
import { familyOf, ownFamily, sampleNames } from './families.ts';
import type { RegistryOptions, RenderOptions } from './options.ts';
import { duplicateError, isOwn, type RegistryMetric, type OwnMetric, type SharedMetrics } from './metric.ts';

/** A set of metrics that are exposed together. */
export class Registry<C extends RegistryContentType = RegistryContentType> {
  static readonly PROMETHEUS_CONTENT_TYPE = PROMETHEUS_CONTENT_TYPE;
  static readonly OPENMETRICS_CONTENT_TYPE = OPENMETRICS_CONTENT_TYPE;

  readonly clock: Clock;
  readonly limits: FamilyLimits;
  readonly nameValidation: NameValidation;
  /** Where all values of the metrics live that are first registered here, if they live together. */
  readonly arena: Arena | undefined;
  readonly #created: boolean;
  readonly #shared: SharedMetrics | undefined;
  readonly #onCollectError: RegistryOptions['onCollectError'];
  readonly #metrics = new Map<string, RegistryMetric>();
  /** Every sample name that is exposed → the metric that exposes it. */
  readonly #sampleNames = new Map<string, string>();
  readonly #exposition: Exposition;
  #contentType: C;
  #defaultLabels: DefaultLabels = {};

  constructor(options: C | RegistryOptions = {}) {
    const given: RegistryOptions = typeof options === 'string' ? { contentType: options } : options;
    this.#contentType = requireContentType(given.contentType ?? PROMETHEUS_CONTENT_TYPE) as C;
    this.clock = given.clock ?? systemClock;
    this.nameValidation = given.nameValidation ?? 'legacy';
    this.limits = limitsFrom('a registry', given, DEFAULT_LIMITS);
    this.#shared = given.shared;
    this.arena = given.shared?.arena;
    this.#created = given.created ?? true;
    this.#onCollectError = given.onCollectError;
    this.#exposition = new Exposition(this.clock);
  }

  /** The content type of what `metrics()` gives, for the response header. */
  get contentType(): C {
    return this.#contentType;
  }

  /** Switches between text 0.0.4 and OpenMetrics. Throws CONTENT_TYPE_UNSUPPORTED for anything else. */
  setContentType(contentType: RegistryContentType): void {
    this.#contentType = requireContentType(contentType) as C;
  }

  /** Whether all names of metrics and labels are within the classic character set. */
  get hasPlainNames(): boolean {
    const metrics = this.getMetricsAsArray();
    const labels = metrics.flatMap((metric) => (isOwn(metric) ? metric.labelNames : []));
    return (
      metrics.every(({ name }) => isClassicMetricName(name)) &&
      [...labels, ...Object.keys(this.#defaultLabels)].every(isClassicLabelName)
    );
  }

  /** Adds a metric. Throws if the name, or the name of a sample that it would expose, is taken. */
  registerMetric(metric: unknown): void {
    const added = metric as RegistryMetric;
    const present = this.#metrics.get(added.name);
    if (present === added) return;
    if (present !== undefined) throw duplicateError(present, added);
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
  getMetricsAsArray(): RegistryMetric[] {
    return [...this.#metrics.values()];
  }

  /** The metric of a name, or undefined. */
  getSingleMetric<T extends string = string>(name: string): Metric<T> | undefined {
    return this.#metrics.get(name) as Metric<T> | undefined;
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
    this.#exposition.clear();
  }

  /** Starts every metric again at zero. */
  resetMetrics(): void {
    for (const metric of this.#metrics.values()) metric.reset?.();
  }

  /** Labels that every series gets unless it has one of that name. */
  setDefaultLabels(labels: DefaultLabels): void {
    this.#defaultLabels = { ...labels };
    this.#exposition.clear();
  }

  /** The metrics and their values, as prom-client gives them. Calls every `collect`. */
  async getMetricsAsJSON(): Promise<MetricValues[]> {
    return this.#values((metric) => metric.currentValues());
  }

  /** The metrics and their values with what is needed to make those of several processes one. */
  async valuesForAggregation(): Promise<MetricValues[]> {
    return this.#values((metric) => metric.valuesForAggregation());
  }

  async #values(valuesOf: (metric: OwnMetric) => MetricValues): Promise<MetricValues[]> {
    const prepared = await this.#prepare();
    const all = prepared.map(
      ({ metric, values }) => values ?? (isOwn(metric) ? valuesOf(metric) : undefined),
    );
    return all
      .filter((values) => values !== undefined)
      .map((metric) => ({
        ...metric,
        values: metric.values.map((value) => ({
          ...value,
          labels: { ...this.#defaultLabels, ...value.labels },
        })),
      }));
  }

  /** The families with their samples, in the data model of OpenMetrics. Calls every `collect`. */
  async families(names?: readonly string[]): Promise<MetricFamily[]> {
    const slice = new TimeSlice(this.clock);
    const families: MetricFamily[] = [];
    for (const { metric, values } of await this.#prepare(names)) {
      if (values !== undefined) families.push(familyOf(metric, values, this.#defaultLabels, 'openmetrics'));
      else if (isOwn(metric)) families.push(await ownFamily(metric, this.#view({}), slice));
    }
    return families;
  }

  /** All metrics as text, in the format of the registry's content type. */
  async metrics(): Promise<string> {
    const output = new StringOutput();
    await this.#exposition.write(await this.#prepare(), this.#view({}), output);
    return output.take();
  }

  /** All metrics, or those named, as the bytes of a text format. */
  async render(options: RenderOptions = {}): Promise<Uint8Array> {
    const view = this.#view(options);
    const prepared = await this.#prepare(options.names);
    const whole = options.names === undefined;
    const output = new ByteOutput(whole ? this.#exposition.expectedBytes(view) : 0);
    await this.#exposition.write(prepared, view, output);
    const bytes = await output.take(new TimeSlice(this.clock));
    if (whole) this.#exposition.noteBytes(view, bytes.length);
    return bytes;
  }

  /** One metric as text. Throws METRIC_UNKNOWN if there is none of that name. */
  async getSingleMetricAsString(name: string): Promise<string> {
    const metric = this.#metrics.get(name);
    if (metric === undefined) throw new MetricsError('METRIC_UNKNOWN', { name });
    const output = new StringOutput();
    await this.#exposition.write(await this.#prepareAll([metric]), this.#view({}), output);
    return output.take().replace(/\n(# EOF\n)?$/, '');
  }

  /** A registry with the metrics of several. Throws CONTENT_TYPES_DIFFER unless their content types agree. */
  static merge(registers: readonly Registry[]): Registry {
    const contentType = registers[0]?.contentType ?? PROMETHEUS_CONTENT_TYPE;
    if (registers.some((registry) => registry.contentType !== contentType)) {
      throw new MetricsError('CONTENT_TYPES_DIFFER');
    }
    const [first] = registers;
    const shared = registers.map((registry) => registry.#shared).find((one) => one !== undefined);
    const { clock, created } = first === undefined ? {} : { clock: first.clock, created: first.#created };
    const merged = new Registry({ contentType, clock, created, shared });
    for (const registry of registers) {
      for (const metric of registry.getMetricsAsArray()) merged.registerMetric(metric);
    }
    return merged;
  }

  #view(options: RenderOptions): TextView {
    const format = this.#contentType === OPENMETRICS_CONTENT_TYPE ? 'openmetrics' : 'text';
    return {
      format: options.format ?? format,
      defaultLabels: this.#defaultLabels,
      created: this.#created,
    };
  }

  async #prepare(names?: readonly string[]): Promise<Prepared[]> {
    const metrics = this.getMetricsAsArray();
    const wanted = names === undefined ? metrics : metrics.filter((metric) => isNamed(metric, names));
    const prepared = await this.#withOtherThreads(await this.#prepareAll(wanted), names);
    const limits = limitMetrics(metrics.filter(isOwn)).map((values) => ({
      metric: { name: values.name, type: values.type, get: () => values },
      values,
    }));
    return [...prepared, ...limits.filter(({ metric }) => names === undefined || isNamed(metric, names))];
  }

  /** The metrics of all threads in place of this one's own. */
  async #withOtherThreads(
    prepared: readonly Prepared[],
    names: readonly string[] | undefined,
  ): Promise<Prepared[]> {
    if (this.#shared === undefined) return [...prepared];
    const theirs = new Map(await this.#shared.refresh(new TimeSlice(this.clock)));
    const merged = prepared.map(({ metric, values }) => {
      const whole = isOwn(metric) ? theirs.get(metric.name) : undefined;
      theirs.delete(metric.name);
      return whole === undefined
        ? { metric, ...(values === undefined ? {} : { values }) }
        : { metric: whole };
    });
    const others = [...theirs.values()].filter((metric) => names === undefined || isNamed(metric, names));
    return [...merged, ...others.map((metric) => ({ metric }))];
  }

  /** Brings the values of metrics up to date. All are begun before any is waited for. */
  async #prepareAll(metrics: readonly RegistryMetric[]): Promise<Prepared[]> {
    const pending = metrics.map(async (metric): Promise<Prepared | undefined> => {
      try {
        if (!isOwn(metric)) return { metric, values: await metric.get() };
        await metric.prepare();
        return { metric };
      } catch (error) {
        if (this.#onCollectError === undefined) throw error;
        this.#onCollectError(error, metric);
        return isOwn(metric) ? { metric } : undefined;
      }
    });
    return (await Promise.all(pending)).filter((prepared) => prepared !== undefined);
  }
}

function isNamed(metric: RegistryMetric, names: readonly string[]): boolean {
  return names.includes(metric.name) || sampleNames(metric).some((name) => names.includes(name));
}
