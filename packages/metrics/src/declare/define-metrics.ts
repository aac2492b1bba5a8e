/**
 * Typed declarations: metrics described once as literal objects, recorders on
 * which a wrong or missing label does not compile.
 */
import type { Aggregator, InstrumentHome, LimitOptions } from '../instruments/configuration.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { register } from '../registry/default-registry.ts';
import type { TypedCounter, TypedGauge, TypedHistogram } from './typed-instruments.ts';

/** The kinds of metric that can be declared. */
export type DeclaredType = 'counter' | 'gauge' | 'histogram';

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
  readonly buckets?: readonly number[];
  readonly aggregator?: Aggregator;
}

type LabelsOf<D extends MetricDeclaration> = D['labels'] extends readonly (infer L extends string)[]
  ? L
  : never;

/** The recorder of a declaration. */
export type Recorder<D extends MetricDeclaration> = D['type'] extends 'counter'
  ? TypedCounter<LabelsOf<D>>
  : D['type'] extends 'gauge'
    ? TypedGauge<LabelsOf<D>>
    : TypedHistogram<LabelsOf<D>>;

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
  const entries = Array.isArray(declarations)
    ? (declarations as readonly MetricDeclaration[]).map(
        (declaration) => [declaration.name, declaration] as const,
      )
    : Object.entries(declarations as Readonly<Record<string, MetricDeclaration>>);
  return Object.fromEntries(entries.map(([key, declaration]) => [key, make(declaration, registry)]));
}

function make(declaration: MetricDeclaration, registry: InstrumentHome): Counter | Gauge | Histogram {
  const configuration = {
    name: declaration.name,
    help: declaration.help,
    labelNames: declaration.labels ?? [],
    registers: [registry],
    aggregator: declaration.aggregator,
    unit: declaration.unit,
    requireAllLabels: true,
    seriesMax: declaration.seriesMax,
    labelValueLengthMax: declaration.labelValueLengthMax,
    idleSecondsMax: declaration.idleSecondsMax,
  };
  if (declaration.type === 'counter') return new Counter(configuration);
  if (declaration.type === 'gauge') return new Gauge(configuration);
  return new Histogram({ ...configuration, buckets: declaration.buckets });
}
