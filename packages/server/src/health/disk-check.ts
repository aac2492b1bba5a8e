/** Is there room on the disk that the data are on? */

import { statfs } from 'node:fs/promises';
import type { CheckOutcome, HealthCheck } from './check.ts';
import { judge, worse } from './check.ts';

/** Sizes of a file system, as statfs(2) gives them. */
export interface DiskSizes {
  readonly bsize: bigint;
  readonly blocks: bigint;
  readonly bfree: bigint;
  readonly bavail: bigint;
  readonly files: bigint;
  readonly ffree: bigint;
}

/** Shares of the disk in use, in percent, from which on its state is another. */
export interface DiskThresholds {
  readonly warningPercent: number;
  readonly criticalPercent: number;
}

/** A check of the disk that a directory is on. Critical, since nothing can be taken in without room to store it. */
export function diskSpaceCheck(options: {
  readonly path: string;
  /** Asked at each run, since they may change. */
  readonly thresholds: () => DiskThresholds;
}): HealthCheck {
  return {
    name: 'disk_space',
    component: 'storage',
    componentType: 'system',
    measurement: 'utilization',
    critical: true,
    run: async () => judgeDisk(await statfs(options.path, { bigint: true }), options.thresholds()),
  };
}

/**
 * Judges a file system as `df` does: of the room that programs may use, how much
 * is in use? What is reserved for the administrator is no room. A disk without
 * free inodes is as full as one without free blocks.
 */
export function judgeDisk(sizes: DiskSizes, thresholds: DiskThresholds): CheckOutcome {
  const usedBlocks = sizes.blocks - sizes.bfree;
  const usedPercent = percent(usedBlocks, usedBlocks + sizes.bavail);
  // File systems without a fixed number of inodes report 0 of them.
  const usedFiles = sizes.files - sizes.ffree;
  const inodesPercent = percent(usedFiles, sizes.files);
  const limits = { warning: thresholds.warningPercent, critical: thresholds.criticalPercent };
  const [space, inodes] = [judge(usedPercent, limits), judge(inodesPercent, limits)];
  const status = worse(space, inodes);
  const free = `${gib(sizes.bavail * sizes.bsize)} GiB free`;
  const message =
    inodes !== 'healthy' && inodesPercent > usedPercent
      ? `${inodesPercent.toFixed(1)} % of the inodes of the data directory's disk are in use.`
      : `${usedPercent.toFixed(1)} % of the data directory's disk is in use, ${free}.`;
  return {
    status,
    message,
    observed: { value: Math.round(Math.max(usedPercent, inodesPercent) * 10) / 10, unit: 'percent' },
  };
}

function percent(part: bigint, whole: bigint): number {
  return whole <= 0n ? 0 : Number((part * 100_000n) / whole) / 1000;
}

function gib(bytes: bigint): string {
  return (Number(bytes / 1_048_576n) / 1024).toFixed(1);
}
