/** What the collectors of the default metrics are given. */
import type { Clock } from '../clock.ts';
import type { InstrumentHome } from '../instruments/configuration.ts';
import { Gauge } from '../instruments/gauge.ts';
import type { LabelValue, LabelValues } from '../series/label-values.ts';

/** The options of `collectDefaultMetrics`, as prom-client has them. */
export interface DefaultMetricsConfiguration {
  /** The registry that the metrics go to; the default registry if left out. */
  register?: InstrumentHome | undefined;
  /** What all names begin with. */
  prefix?: string | undefined;
  /** Buckets of the duration of garbage collections, in seconds. */
  gcDurationBuckets?: readonly number[] | undefined;
  /** How often the event loop's delay is sampled, in milliseconds. */
  eventLoopMonitoringPrecision?: number | undefined;
  /** Labels that all of the metrics get. */
  labels?: Readonly<Record<string, LabelValue | undefined>> | undefined;
}

/** Where and how a collector makes its metrics. */
export interface CollectorContext {
  readonly registers: readonly InstrumentHome[];
  readonly clock: Clock;
  readonly prefix: string;
  readonly labels: Readonly<Record<string, LabelValue>>;
  readonly gcDurationBuckets: readonly number[];
  readonly eventLoopMonitoringPrecision: number;
}

/** Makes some of the default metrics. */
export type Collector = (context: CollectorContext) => void;

/** What differs from gauge to gauge. */
export interface GaugeOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly aggregator?: 'omit' | 'first' | 'min' | 'max' | 'average';
  readonly collect?: (this: Gauge) => void;
}

/** A gauge with the context's prefix, labels and registry. */
export function makeGauge(context: CollectorContext, options: GaugeOptions): Gauge {
  return new Gauge({
    name: context.prefix + options.name,
    help: options.help,
    labelNames: [...(options.labelNames ?? []), ...Object.keys(context.labels)],
    registers: context.registers,
    aggregator: options.aggregator,
    collect: options.collect,
  });
}

/** Sets a gauge that counts things by type: the types that are gone leave it. */
export function setByType(gauge: Gauge, types: readonly string[], labels: LabelValues<string>): void {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  gauge.reset();
  for (const [type, count] of counts) gauge.set({ type, ...labels }, count);
}
