/** The memory of the process, as the operating system sees it. */
import { readFileSync } from 'node:fs';
import { type Collector, makeGauge } from './collector.ts';

/** `process_resident_memory_bytes`; on Linux also the virtual memory and the data segment. */
export const collectMemory: Collector = (context) => {
  const { labels } = context;
  const help = 'Resident memory size in bytes.';
  if (process.platform !== 'linux') {
    makeGauge(context, {
      name: 'process_resident_memory_bytes',
      help,
      collect() {
        this.set(labels, process.memoryUsage.rss());
      },
    });
    return;
  }
  makeGauge(context, {
    name: 'process_resident_memory_bytes',
    help,
    collect() {
      // Reading /proc is no input or output, it copies what the kernel knows.
      const status = readFileSync('/proc/self/status', 'utf8');
      this.set(labels, statusBytes(status, 'VmRSS'));
      virtual.set(labels, statusBytes(status, 'VmSize'));
      heap.set(labels, statusBytes(status, 'VmData'));
    },
  });
  const virtual = makeGauge(context, {
    name: 'process_virtual_memory_bytes',
    help: 'Virtual memory size in bytes.',
  });
  const heap = makeGauge(context, { name: 'process_heap_bytes', help: 'Process heap size in bytes.' });
};

/** A line such as `VmRSS:  1234 kB` of /proc/self/status, in bytes; 0 if it is not there. */
function statusBytes(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
