/**
 * Typed declarations: metrics described once as literal objects, recorders on
 * which a wrong or missing label does not compile.
 */
import { MetricsError } from '../errors.ts';
import type { Aggregator, InstrumentHome, LimitOptions } from '../instruments/configuration.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { Info } from '../instruments/info.ts';
import { StateSet } from '../instruments/state-set.ts';
import { Summary } from '../instruments/summary.ts';
import { register } from '../registry/default-registry.ts';
import { type Arena, HeapArena } from '../storage/arena.ts';
import type { NativeHistogramOptions } from '../native/native-histogram.ts';
import type {
  TypedCounter,
  TypedGauge,
  TypedHistogram,
  TypedInfo,
  TypedStateSet,
  TypedSummary,
} from './typed-instruments.ts';

/** The kinds of metric that can be declared. */
export type DeclaredType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset';

/**
 * A declaration. A counter has the name under which it is exposed, with `_total`.
 * Further properties may stand beside these; they are the reader's business.
 */
export interface MetricDeclaration extends LimitOptions {
  readonly name: string;
  readonly type: DeclaredType;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly unit?: string;
  readonly aggregator?: Aggregator;
  /** Bounds of a histogram. */
  readonly buckets?: readonly number[];
  /** Makes a histogram native too. */
  readonly native?: NativeHistogramOptions;
  /** Quantiles of a summary, and its window. */
  readonly percentiles?: readonly number[];
  readonly maxAgeSeconds?: number;
  readonly ageBuckets?: number;
  /** States of a state set. */
  readonly states?: readonly string[];
}

type LabelsOf<D extends MetricDeclaration> = D['labels'] extends readonly (infer L extends string)[]
  ? L
  : never;

type StatesOf<D extends MetricDeclaration> = D['states'] extends readonly (infer S extends string)[]
  ? S
  : never;

/** The recorder of a declaration. */
export type Recorder<D extends MetricDeclaration> = {
  counter: TypedCounter<LabelsOf<D>>;
  gauge: TypedGauge<LabelsOf<D>>;
  histogram: TypedHistogram<LabelsOf<D>>;
  summary: TypedSummary<LabelsOf<D>>;
  info: TypedInfo<LabelsOf<D>>;
  stateset: TypedStateSet<LabelsOf<D>, StatesOf<D>>;
}[D['type']];

/** Recorders by the keys of an object of declarations. */
export type RecordersByKey<D extends Readonly<Record<string, MetricDeclaration>>> = {
  readonly [K in keyof D]: Recorder<D[K]>;
};

/** Recorders by the names of a list of declarations. */
export type RecordersByName<D extends readonly MetricDeclaration[]> = {
  readonly [E in D[number] as E['name']]: Recorder<E>;
};

/** Where declared metrics go. */
export interface DefineOptions {
  /** The registry that exposes them; the default registry if left out. */
  readonly registry?: InstrumentHome;
}

/**
 * Makes the metrics of literal declarations: a list gives recorders by name, an
 * object gives them by its keys. Throws as the constructors do.
 *
 * @example
 * const metrics = defineMetrics({
 *   requests: { name: 'requests_total', type: 'counter', help: 'Requests.', labels: ['method'] },
 * });
 * metrics.requests.inc({ method: 'GET' });
 */
export function defineMetrics<const D extends readonly MetricDeclaration[]>(
  declarations: D,
  options?: DefineOptions,
): RecordersByName<D>;
export function defineMetrics<const D extends Readonly<Record<string, MetricDeclaration>>>(
  declarations: D,
  options?: DefineOptions,
): RecordersByKey<D>;
export function defineMetrics(
  declarations: readonly MetricDeclaration[] | Readonly<Record<string, MetricDeclaration>>,
  options: DefineOptions = {},
): Record<string, unknown> {
  const registry = options.registry ?? register;
  // One arena for all of them: they are likely to be updated together.
  const arena = new HeapArena();
  const entries = Array.isArray(declarations)
    ? (declarations as readonly MetricDeclaration[]).map(
        (declaration) => [declaration.name, declaration] as const,
      )
    : Object.entries(declarations as Readonly<Record<string, MetricDeclaration>>);
  return Object.fromEntries(entries.map(([key, declaration]) => [key, make(declaration, registry, arena)]));
}

function make(declaration: MetricDeclaration, registry: InstrumentHome, arena: Arena): object {
  const { name, help, labels = [], aggregator, unit } = declaration;
  const { seriesMax, labelValueLengthMax, idleSecondsMax } = declaration;
  const configuration = {
    name,
    help,
    labelNames: labels,
    registers: [registry],
    aggregator,
    unit,
    requireAllLabels: true,
    arena,
    seriesMax,
    labelValueLengthMax,
    idleSecondsMax,
  };
  switch (declaration.type) {
    case 'counter':
      return new Counter(configuration);
    case 'gauge':
      return new Gauge(configuration);
    case 'histogram':
      return new Histogram({ ...configuration, buckets: declaration.buckets, native: declaration.native });
    case 'summary': {
      const { percentiles, maxAgeSeconds, ageBuckets } = declaration;
      return new Summary({ ...configuration, percentiles, maxAgeSeconds, ageBuckets });
    }
    case 'info':
      return new Info(configuration);
    case 'stateset':
      return new StateSet({ ...configuration, states: declaration.states ?? [] });
    default:
      throw new MetricsError('CONFIG_INVALID', {
        detail: `${name} has the unknown type ${String(declaration.type)}`,
      });
  }
}
