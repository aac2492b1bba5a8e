/** When the process began. */
import { type Collector, makeGauge } from './collector.ts';

/** `process_start_time_seconds`. */
export const collectStartTime: Collector = (context) => {
  const startSeconds = Math.round(performance.timeOrigin / 1000);
  makeGauge(context, {
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    aggregator: 'omit',
    collect() {
      this.set(context.labels, startSeconds);
    },
  });
};
