/** How many files the process has open, and how many it may have. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Collector, makeGauge } from './collector.ts';

/** `process_open_fds`. */
export const collectOpenFileDescriptors: Collector = (context) => {
  if (process.platform !== 'linux') return;
  makeGauge(context, {
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    collect() {
      // Listing the directory takes a descriptor of its own, which is closed by now.
      this.set(context.labels, readdirSync('/proc/self/fd').length - 1);
    },
  });
};

/** `process_max_fds`; absent where the process has no limit. */
export const collectMaxFileDescriptors: Collector = (context) => {
  if (process.platform !== 'linux') return;
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  if (Number.isNaN(most)) return;
  makeGauge(context, {
    name: 'process_max_fds',
    help: 'Maximum number of open file descriptors.',
    collect() {
      this.set(context.labels, most);
    },
  });
};
