/**
 * Which filters are in memory, and how many words of their blocks. Every run is
 * asked once for a new identity, whatever its size, so a word is worth the reads
 * it saves and costs the bytes it takes: small runs come first, large ones share
 * what is left. What is in memory is changed only for a reason, since reading the
 * filter of a large run takes a while: words are given up when the memory is
 * needed, and added when there is room for two.
 */
import { IdentityStoreError } from './errors.ts';
import { FILTER_WIDTH, thinnedFalseShare } from './filter.ts';
import type { Run } from './run.ts';

/** What the allotment has to know of a run. */
export type FilteredRun = Pick<Run, 'filter' | 'layout' | 'loadFilter'>;

/** The share of the memory that is planned with; the rest keeps plans from changing with every run. */
const PLANNED_SHARE = 0.9;

/** The width of each run's filter that saves the most reads within the bytes. */
export function planWidths(runs: readonly FilteredRun[], bytesMax: number): number[] {
  const widths = runs.map(() => 0);
  const gains = runs.map((run) => gainOf(run, 0));
  let left = bytesMax;
  for (;;) {
    let best = -1;
    for (let run = 0; run < runs.length; run++) {
      if (gains[run]! > 0 && (best < 0 || gains[run]! > gains[best]!)) best = run;
    }
    if (best < 0) return widths;
    const { filter } = runs[best]!;
    const bytes = filter.bytesAt(widths[best]! + 1) - filter.bytesAt(widths[best]!);
    if (bytes > left) {
      gains[best] = 0;
      continue;
    }
    left -= bytes;
    widths[best]!++;
    gains[best] = gainOf(runs[best]!, widths[best]!);
  }
}

/** The reads for a new identity that one more word saves, by the byte; 0 if there is no more. */
function gainOf({ filter }: FilteredRun, width: number): number {
  if (width === FILTER_WIDTH || filter.failed) return 0;
  const bytes = filter.bytesAt(width + 1) - filter.bytesAt(width);
  return (thinnedFalseShare(width) - thinnedFalseShare(width + 1)) / bytes;
}

/**
 * Brings what is in memory one chunk nearer to the plan.
 *
 * @returns false if there is nothing to change.
 */
export function allotFilterChunk(runs: readonly FilteredRun[], bytesMax: number): boolean {
  const forFilters = Math.max(0, bytesMax - runs.reduce((sum, run) => sum + run.layout.fenceCount * 4, 0));
  const plan = planWidths(runs, forFilters * PLANNED_SHARE);
  let wanted = 0;
  let wide: Change | null = null;
  let narrow: Change | null = null;
  for (const [index, run] of runs.entries()) {
    const width = plan[index]!;
    for (const [chunk, current] of run.filter.widths.entries()) {
      wanted += run.filter.chunkBytes(chunk, Math.max(current, width));
      if (current > width) wide ??= { run, chunk, width };
      if (!run.filter.failed && isWorthReading(current, width)) narrow ??= { run, chunk, width };
    }
  }
  return wanted > forFilters ? giveUp(wide) : add(narrow);
}

function isWorthReading(current: number, width: number): boolean {
  return width > 0 && (current === 0 || width - current >= 2);
}

interface Change {
  readonly run: FilteredRun;
  readonly chunk: number;
  readonly width: number;
}

function giveUp(change: Change | null): boolean {
  change?.run.filter.thin(change.chunk, change.width);
  return change !== null;
}

function add(change: Change | null): boolean {
  if (change === null) return false;
  try {
    change.run.loadFilter(change.chunk, change.width);
  } catch (error) {
    if (!(error instanceof IdentityStoreError)) throw error;
    change.run.filter.failed = true;
  }
  return true;
}
