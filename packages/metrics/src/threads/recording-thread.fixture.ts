/** A worker thread of the tests: records what it is told to and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { Registry } from '../registry/registry.ts';
import { joinSharedMemory } from './join.ts';

const { memory, times, thread, stay } = workerData as {
  memory: SharedArrayBuffer;
  times: number;
  thread: number;
  stay: boolean;
};
const shared = joinSharedMemory(memory);
const registry = new Registry({ shared });
const registers = [registry];
const requests = new Counter({ name: 'requests_total', help: 'h', labelNames: ['kind'], registers });
const seconds = new Histogram({ name: 'seconds', help: 'h', buckets: [1, 2], registers });
const level = new Gauge({ name: 'level', help: 'h', aggregator: 'max', registers });
const busy = new Gauge({ name: 'busy', help: 'h', registers });

busy.set(1);
level.set(thread);
for (let i = 0; i < times; i++) {
  requests.inc({ kind: i % 2 === 0 ? 'even' : 'odd' });
  seconds.observe(i % 3);
}
requests.inc({ kind: `only ${thread}` });
// The rule means a browser's windows.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort!.postMessage('done');
if (stay) parentPort!.on('message', () => process.exit());
else shared.close();
