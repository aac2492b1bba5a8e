/** How far the event loop lags behind. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Collector, makeGauge } from './collector.ts';

/** A figure of the delays, in nanoseconds. */
type Read = (delays: ReturnType<typeof monitorEventLoopDelay>) => number;

const FIGURES: readonly (readonly [string, string, 'min' | 'max' | 'average', Read])[] = [
  ['min', 'The minimum recorded event loop delay.', 'min', ({ min }) => min],
  ['max', 'The maximum recorded event loop delay.', 'max', ({ max }) => max],
  ['mean', 'The mean of the recorded event loop delays.', 'average', ({ mean }) => mean],
  ['stddev', 'The standard deviation of the recorded event loop delays.', 'average', ({ stddev }) => stddev],
  ['p50', 'The 50th percentile of the recorded event loop delays.', 'average', (d) => d.percentile(50)],
  ['p90', 'The 90th percentile of the recorded event loop delays.', 'average', (d) => d.percentile(90)],
  ['p99', 'The 99th percentile of the recorded event loop delays.', 'average', (d) => d.percentile(99)],
];

/** `nodejs_eventloop_lag_*`. The delays are those since the last scrape. */
export const collectEventLoopLag: Collector = (context) => {
  const { clock, labels } = context;
  const delays = monitorEventLoopDelay({ resolution: context.eventLoopMonitoringPrecision });
  delays.enable();
  const lag = makeGauge(context, {
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Lag of event loop in seconds.',
    aggregator: 'average',
    collect() {
      const startMs = clock.monotonicMs();
      setImmediate(() => lag.set(labels, (clock.monotonicMs() - startMs) / 1000));
      // Without a sample there is no least, greatest or mean delay: the last ones stay.
      if (delays.count === 0) return;
      for (const [gauge, read] of figures) gauge.set(labels, read(delays) / 1e9);
      delays.reset();
    },
  });
  const figures = FIGURES.map(([name, help, aggregator, read]) => {
    const gauge = makeGauge(context, { name: `nodejs_eventloop_lag_${name}_seconds`, help, aggregator });
    return [gauge, read] as const;
  });
};
