/** How a thread joins the others: it takes a shard to record in, and sees all of them. */
import { threadId as currentThread } from 'node:worker_threads';
import { MetricsError } from '../errors.ts';
import type { SharedMetrics } from '../registry/metric.ts';
import { shardsOf } from './memory.ts';
import { SharedArena } from './shared-arena.ts';
import { SharedView } from './shared-view.ts';

/**
 * Joins the threads that share a memory. A registry that is made with the result
 * exposes the metrics of all of them, whichever thread is asked. Throws
 * SHARED_THREADS when as many threads have joined as the memory is made for.
 *
 * @example
 * // in the main thread
 * const memory = createSharedMemory({ threadsMax: 4 });
 * new Worker('./worker.js', { workerData: memory });
 * const registry = new Registry({ shared: joinSharedMemory(memory) });
 * // in the worker
 * const registry = new Registry({ shared: joinSharedMemory(workerData) });
 */
export function joinSharedMemory(memory: SharedArrayBuffer, threadId: number = currentThread): SharedMetrics {
  const shards = shardsOf(memory);
  const own = shards.find((shard) => shard.claim(threadId));
  if (own === undefined) throw new MetricsError('SHARED_THREADS');
  const arena = new SharedArena(own);
  const view = new SharedView(shards, own);
  return {
    arena,
    refresh: async (slice) => view.refresh(slice),
    close: () => {
      if (own.isOwnedBy(threadId)) own.release();
    },
  };
}
