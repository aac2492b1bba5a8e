/** How long garbage collections take. */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Histogram } from '../instruments/histogram.ts';
import type { Collector } from './collector.ts';

const KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** `nodejs_gc_duration_seconds` by kind. */
export const collectGarbageCollections: Collector = ({ registers, prefix, labels, gcDurationBuckets }) => {
  const durations = new Histogram({
    name: `${prefix}nodejs_gc_duration_seconds`,
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind', ...Object.keys(labels)],
    buckets: gcDurationBuckets,
    registers,
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      durations.observe({ kind: kindOf(entry), ...labels }, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
};

function kindOf(entry: PerformanceEntry): string {
  // Node's types leave out what the entries of collections have beyond the common part.
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } };
  return KINDS.get(detail?.kind ?? -1) ?? 'unknown';
}
