/** The processor time that the process has used. */
import { Counter } from '../instruments/counter.ts';
import type { Collector } from './collector.ts';

/** `process_cpu_*_seconds_total`. */
export const collectCpu: Collector = ({ registers, prefix, labels }) => {
  const labelNames = Object.keys(labels);
  const counter = (name: string, help: string, collect?: () => void) =>
    new Counter({ name: prefix + name, help, labelNames, registers, collect });
  let last = process.cpuUsage();
  const user = counter('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', () => {
    const now = process.cpuUsage();
    const userSeconds = (now.user - last.user) / 1e6;
    const systemSeconds = (now.system - last.system) / 1e6;
    last = now;
    user.inc(labels, userSeconds);
    system.inc(labels, systemSeconds);
    total.inc(labels, userSeconds + systemSeconds);
  });
  const system = counter('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.');
  const total = counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.');
};
