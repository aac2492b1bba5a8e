/** Does the server stay within the memory that it was given? */

import { readFile } from 'node:fs/promises';
import type { HealthCheck } from './check.ts';
import { judge } from './check.ts';

const MIB = 1_048_576;

/**
 * A check of the resident memory of this process and of others that belong to it.
 * Where the container has a limit below the configured one, that counts. The check
 * is not critical: a server that uses much memory still works.
 */
export function memoryCheck(options: {
  readonly limitBytes: number;
  /** Processes that this one started, e.g. the engine. They are measured on Linux only. */
  readonly processIds?: () => readonly number[];
  /** 85 if absent. */
  readonly warningPercent?: number;
  /** 100 if absent. */
  readonly criticalPercent?: number;
}): HealthCheck {
  const limits = { warning: options.warningPercent ?? 85, critical: options.criticalPercent ?? 100 };
  return {
    name: 'memory',
    component: 'process',
    componentType: 'system',
    measurement: 'utilization',
    critical: false,
    run: async () => {
      const children = await Promise.all((options.processIds?.() ?? []).map(residentBytes));
      const bytes = children.reduce((sum, child) => sum + child, process.memoryUsage.rss());
      const limitBytes = Math.min(options.limitBytes, containerLimitBytes());
      const percent = (100 * bytes) / limitBytes;
      return {
        status: judge(percent, limits),
        message: `${Math.round(bytes / MIB)} MiB of ${Math.round(limitBytes / MIB)} MiB in use.`,
        observed: { value: Math.round(percent * 10) / 10, unit: 'percent' },
      };
    },
  };
}

/** The limit of the control group that the process is in; infinite if there is none. */
function containerLimitBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

/**
 * Resident memory of a process by its id; 0 if it has ended, or where there is no /proc.
 *
 * @example await residentBytes(process.pid)
 */
export async function residentBytes(processId: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${processId}/status`, 'utf8');
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
