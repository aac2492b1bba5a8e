/**
 * What a metric is configured with. The first part of each option list is what
 * prom-client 15 knows; the rest are this client's own.
 */
import type { Clock } from '../clock.ts';
import type { FamilyLimits } from '../limits/limits.ts';
import type { NameValidation } from '../names.ts';
import type { LabelValue } from '../series/label-values.ts';
import type { Arena } from '../storage/arena.ts';

/** How the values of several processes or threads become one. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'last' | 'min' | 'max' | 'average';

/** The aggregators by name. */
export const AGGREGATORS: readonly Aggregator[] = ['omit', 'sum', 'first', 'last', 'min', 'max', 'average'];

/** What is done before each scrape to bring values up to date; may be asynchronous. */
export type CollectFunction<M> = (this: M) => void | Promise<void>;

/** The labels of an exemplar, e.g. `{ trace_id: '…' }`. */
export type ExemplarLabels = Readonly<Record<string, LabelValue>>;

/** What an instrument needs of the registry that it is put into. */
export interface InstrumentHome {
  readonly contentType: string;
  /** Where all values of the registry's metrics live, if they live together. */
  readonly arena: Arena | undefined;
  readonly clock: Clock;
  readonly limits: FamilyLimits;
  readonly nameValidation: NameValidation;
  registerMetric(metric: unknown): void;
}

/** Bounds as options: those left out are the registry's. */
export type LimitOptions = { readonly [K in keyof FamilyLimits]?: FamilyLimits[K] | undefined };

/** The options that all instruments share. */
export interface MetricConfiguration<T extends string, M = unknown> extends LimitOptions {
  name: string;
  help: string;
  labelNames?: readonly T[] | undefined;
  /** The same as `labelNames`, which prom-client's documentation calls so in one place. */
  labels?: readonly T[] | undefined;
  /** The registries that expose the metric; the default registry if left out, none if empty. */
  registers?: readonly InstrumentHome[] | undefined;
  aggregator?: Aggregator | undefined;
  collect?: CollectFunction<M> | undefined;
  /** Makes the recording method take one object `{labels, value, exemplarLabels}`. */
  enableExemplars?: boolean | undefined;
  /** The unit, which must be the last part of the name (before `_total`); exposed in OpenMetrics. */
  unit?: string | undefined;
  /** Which names are accepted; the registry's setting if left out. */
  nameValidation?: NameValidation | undefined;
  /** Where the values live; by default each metric has an arena of its own. */
  arena?: Arena | undefined;
  /** Refuses label sets in which a declared label is missing. */
  requireAllLabels?: boolean | undefined;
}
