/** Does the server stay within the memory that it was given? */

import { readFile } from 'node:fs/promises';
import type { HealthCheck } from './check.ts';
import { judge } from './check.ts';

const MIB = 1_048_576;

/**
 * A check of the memory that this process and others that belong to it hold and that cannot be taken back from them:
 * without the mapped pages of their programs, which count for each process that maps them and which the kernel drops
 * when memory is wanted. Where there is no /proc, it is all that is resident.
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
      const children = await Promise.all((options.processIds?.() ?? []).map(heldBytes));
      const own = (await heldBytes(process.pid)) || process.memoryUsage.rss();
      const bytes = children.reduce((sum, child) => sum + child, own);
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
 * Memory of a process by its id that is anonymous or shared, in bytes (proc(5): RssAnon and RssShmem); 0 if it has ended, or where there is no /proc.
 *
 * @example await heldBytes(process.pid)
 */
export async function heldBytes(processId: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${processId}/status`, 'utf8');
    const parts = status.matchAll(/^Rss(?:Anon|Shmem):\s*(\d+) kB$/gm);
    return [...parts].reduce((sum, [, kib]) => sum + Number(kib) * 1024, 0);
  } catch {
    return 0;
  }
}
