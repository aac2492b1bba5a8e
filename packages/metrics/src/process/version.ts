/** Which Node the process runs on. */
import { type Collector, makeGauge } from './collector.ts';

/** `nodejs_version_info`. */
export const collectVersion: Collector = (context) => {
  const { version } = process;
  const [major, minor, patch] = version.slice(1).split('.').map(Number) as [number, number, number];
  makeGauge(context, {
    name: 'nodejs_version_info',
    help: 'Node.js version info.',
    labelNames: ['version', 'major', 'minor', 'patch'],
    aggregator: 'first',
    collect() {
      this.set({ version, major, minor, patch, ...context.labels }, 1);
    },
  });
};
