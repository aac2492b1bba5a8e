/** The heap of V8. */
import { getHeapSpaceStatistics } from 'node:v8';
import { type Collector, makeGauge } from './collector.ts';

/** `nodejs_heap_size_*` and the memory outside of the heap. */
export const collectHeapSize: Collector = (context) => {
  const { labels } = context;
  makeGauge(context, {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Process heap size from Node.js in bytes.',
    collect() {
      const usage = process.memoryUsage();
      this.set(labels, usage.heapTotal);
      used.set(labels, usage.heapUsed);
      external.set(labels, usage.external);
    },
  });
  const used = makeGauge(context, {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Process heap size used from Node.js in bytes.',
  });
  const external = makeGauge(context, {
    name: 'nodejs_external_memory_bytes',
    help: 'Node.js external memory size in bytes.',
  });
};

/** `nodejs_heap_space_size_*` by space. */
export const collectHeapSpaces: Collector = (context) => {
  const gauge = (kind: string, collect?: () => void) =>
    makeGauge(context, {
      name: `nodejs_heap_space_size_${kind}_bytes`,
      help: `Process heap space size ${kind} from Node.js in bytes.`,
      labelNames: ['space'],
      ...(collect === undefined ? {} : { collect }),
    });
  const total = gauge('total', () => {
    for (const space of getHeapSpaceStatistics()) {
      const labels = { space: space.space_name.replace(/_space$/, ''), ...context.labels };
      total.set(labels, space.space_size);
      used.set(labels, space.space_used_size);
      available.set(labels, space.space_available_size);
    }
  });
  const used = gauge('used');
  const available = gauge('available');
};
