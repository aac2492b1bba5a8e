/** A cluster of the tests: three workers record, the primary prints what they have together. */
import cluster from 'node:cluster';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Summary } from '../instruments/summary.ts';
import { AggregatorRegistry } from './aggregator-registry.ts';

const WORKERS = 3;

if (cluster.isPrimary) {
  const registry = new AggregatorRegistry();
  const before = await registry.clusterMetrics();
  let ready = 0;
  cluster.on('message', (_worker, message) => {
    if (message !== 'ready' || ++ready < WORKERS) return;
    void (async () => {
      const [first, second] = await Promise.all([registry.clusterMetrics(), registry.clusterMetrics()]);
      const leaving = Object.values(cluster.workers!)[0]!;
      // One worker leaves while the others are asked.
      const third = registry.clusterMetrics();
      leaving.process.kill('SIGKILL');
      console.log(JSON.stringify({ before, first, second, third: await third }));
      process.exit();
    })();
  });
  for (let worker = 0; worker < WORKERS; worker++) cluster.fork();
} else {
  // Making the registry is what lets a worker answer.
  void new AggregatorRegistry();
  const { id } = cluster.worker!;
  new Counter({ name: 'requests_total', help: 'h', labelNames: ['a'] }).inc({ a: 'x' }, id);
  new Gauge({ name: 'level', help: 'h', aggregator: 'max' }).set(id);
  const summary = new Summary({ name: 's', help: 'h', percentiles: [0, 0.5, 1] });
  for (let i = 0; i < 101; i++) summary.observe((id - 1) * 1000 + i);
  process.send!('ready');
}
