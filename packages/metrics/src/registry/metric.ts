/** What a registry can hold. */
import { MetricsError } from '../errors.ts';
import type { FamilyIdentity } from '../exposition/line-heads.ts';
import type { TextFamily } from '../exposition/text-block.ts';
import type { TimeSlice } from '../exposition/time-slice.ts';
import type { MetricType, NativeSample } from '../family.ts';
import type { MetricValues } from '../instruments/lines.ts';
import type { LimitFigures } from '../limits/limits.ts';
import type { Arena } from '../storage/arena.ts';

/** Anything that a registry can hold: an instrument of this client, or an object with prom-client's `get()`. */
export interface RegistryMetric {
  readonly name: string;
  readonly type?: MetricType;
  readonly unit?: string;
  get(): Promise<MetricValues> | MetricValues;
  reset?(): void;
}

/** What a registry uses of this client's own instruments beyond that. */
export interface OwnMetric extends RegistryMetric, FamilyIdentity, TextFamily {
  readonly type: MetricType;
  readonly unit: string;
  readonly limitFigures: Readonly<LimitFigures>;
  prepare(): void | Promise<void>;
  currentValues(): MetricValues;
  valuesForAggregation(): MetricValues;
  nativeSamples?(): NativeSample[];
}

/** What threads share, as a registry sees it. */
export interface SharedMetrics {
  /** Where this thread's values live. */
  readonly arena: Arena;
  /** Brings the metrics of all threads up to date and gives them by name. */
  refresh(slice: TimeSlice): Promise<ReadonlyMap<string, OwnMetric>>;
  /** Leaves the other threads; to be called before the thread ends. Counters stay counted. */
  close(): void;
}

/** Why a metric cannot have the name of one that is there: another shape, or simply a second time. */
export function duplicateError(present: RegistryMetric, added: RegistryMetric): MetricsError {
  const [before, now] = [present, added].map((metric) =>
    isOwn(metric) ? `a ${metric.type} with the labels [${metric.labelNames.join(', ')}]` : 'another object',
  );
  if (before === now) return new MetricsError('DUPLICATE_METRIC', { name: added.name });
  return new MetricsError('DUPLICATE_SHAPE', {
    name: added.name,
    detail: `it was ${before} and is now ${now}`,
  });
}

/** Whether a metric is one of this client's own. */
export function isOwn(metric: RegistryMetric): metric is OwnMetric {
  return 'readLines' in metric && 'prepare' in metric;
}
