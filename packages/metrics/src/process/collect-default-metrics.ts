/** The metrics about the process itself: the same families as prom-client's. */
import { systemClock } from '../clock.ts';
import { MetricsError } from '../errors.ts';
import { register as defaultRegister } from '../registry/default-registry.ts';
import type { LabelValue } from '../series/label-values.ts';
import { collectHandles, collectRequests, collectResources } from './active.ts';
import type { Collector, CollectorContext, DefaultMetricsConfiguration } from './collector.ts';
import { collectCpu } from './cpu.ts';
import { collectEventLoopLag } from './event-loop.ts';
import { collectMaxFileDescriptors, collectOpenFileDescriptors } from './file-descriptors.ts';
import { collectGarbageCollections } from './garbage-collection.ts';
import { collectHeapSize, collectHeapSpaces } from './heap.ts';
import { collectMemory } from './memory.ts';
import { collectStartTime } from './start-time.ts';
import { collectVersion } from './version.ts';

/** The collectors by the names that prom-client gives them, in its order. */
const COLLECTORS: Readonly<Record<string, Collector>> = {
  processCpuTotal: collectCpu,
  processStartTime: collectStartTime,
  osMemoryHeap: collectMemory,
  processOpenFileDescriptors: collectOpenFileDescriptors,
  processMaxFileDescriptors: collectMaxFileDescriptors,
  eventLoopLag: collectEventLoopLag,
  processResources: collectResources,
  processHandles: collectHandles,
  processRequests: collectRequests,
  heapSizeAndUsed: collectHeapSize,
  heapSpacesSizeAndUsed: collectHeapSpaces,
  version: collectVersion,
  gc: collectGarbageCollections,
};

/** Buckets of the duration of garbage collections, in seconds. */
const GC_BUCKETS: readonly number[] = [0.001, 0.01, 0.1, 1, 2, 5];

function collect(configuration?: DefaultMetricsConfiguration | null): void {
  if (configuration !== undefined && typeof configuration !== 'object') {
    throw new MetricsError('CONFIG_INVALID', { detail: `default metrics got ${String(configuration)}` });
  }
  const { register, prefix, labels, gcDurationBuckets, eventLoopMonitoringPrecision } = configuration ?? {};
  const context: CollectorContext = {
    registers: [register ?? defaultRegister],
    clock: (register ?? defaultRegister).clock ?? systemClock,
    prefix: prefix ?? '',
    labels: givenLabels(labels ?? {}),
    gcDurationBuckets: gcDurationBuckets ?? GC_BUCKETS,
    eventLoopMonitoringPrecision: eventLoopMonitoringPrecision ?? 10,
  };
  for (const collector of Object.values(COLLECTORS)) collector(context);
}

/** The labels that have a value: others, such as an environment variable that is not set, are left out. */
function givenLabels(labels: Readonly<Record<string, LabelValue | undefined>>): Record<string, LabelValue> {
  const given = Object.entries(labels).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, LabelValue>;
}

/**
 * Registers the metrics about the process, which are brought up to date by each
 * scrape. Throws DUPLICATE_METRIC if the registry has them already.
 */
export const collectDefaultMetrics: {
  (configuration?: DefaultMetricsConfiguration | null): void;
  /** The names of the collectors. */
  readonly metricsList: readonly string[];
} = Object.assign(collect, { metricsList: Object.keys(COLLECTORS) });
