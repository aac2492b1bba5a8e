/**
 * Which runs to merge next. A new identity is asked of every run, so there should
 * be few; merging writes every entry anew, so it should be seldom. Runs that are
 * neighbours in time form groups, within the identity window of a partition each,
 * so that the age of what is in a run stays known to a partition; older ones of a
 * longer span, since all they say is "stale". Within the newest group a run is
 * merged with those after it as soon as it is not three times as large as they
 * are together: the sizes are then at least a geometric series. A group that
 * can grow no more is merged into one run.
 */
import type { RunHeader } from './run-format.ts';

/** What the plan has to know of a run. */
export interface MergeCandidate {
  readonly header: Pick<RunHeader, 'entryCount' | 'firstArrivalMs' | 'lastArrivalMs'>;
  /** True for a run that must stay as it is; no merge reaches across it. */
  readonly fixed: boolean;
}

/** The bounds of the plan. */
export interface MergeBounds {
  /** The latest arrival that is known. */
  readonly nowMs: number;
  readonly windowMs: number;
  /** How far the arrivals in a run may be apart within the window. */
  readonly partitionMs: number;
  /** How far they may be apart in a run that is stale. */
  readonly mergeSpanMs: number;
  /** Runs that can be merged at once. */
  readonly runsMax: number;
}

const GROWTH = 3;

/** The range of runs to merge next, `end` not included; `null` if all is well. */
export function planMerge(
  runs: readonly MergeCandidate[],
  bounds: MergeBounds,
): { readonly start: number; readonly end: number } | null {
  for (let start = 0; start < runs.length; ) {
    const end = endOfGroup(runs, start, bounds);
    const open = end === runs.length || isOpen(runs, start, end, bounds);
    const from = open ? firstToMerge(runs, start, end) : start;
    if (end - from > 1) return { start: from, end: Math.min(end, from + bounds.runsMax) };
    start = end;
  }
  return null;
}

/** The end of the longest group that begins with a run. */
function endOfGroup(runs: readonly MergeCandidate[], start: number, bounds: MergeBounds): number {
  let end = start + 1;
  while (end < runs.length && canMerge(runs, start, end + 1, bounds)) end++;
  return end;
}

function canMerge(runs: readonly MergeCandidate[], start: number, end: number, bounds: MergeBounds): boolean {
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (let run = start; run < end; run++) {
    const { header, fixed } = runs[run]!;
    if (fixed) return false;
    firstMs = Math.min(firstMs, header.firstArrivalMs);
    lastMs = Math.max(lastMs, header.lastArrivalMs);
  }
  const stale = bounds.nowMs - lastMs > bounds.windowMs;
  return lastMs - firstMs <= (stale ? bounds.mergeSpanMs : bounds.partitionMs);
}

/** True if the run after the group can join it once that is stale as well. */
function isOpen(runs: readonly MergeCandidate[], start: number, end: number, bounds: MergeBounds): boolean {
  const whenStale = { ...bounds, nowMs: Number.POSITIVE_INFINITY };
  const stale = runs
    .slice(start, end)
    .every(({ header }) => bounds.nowMs - header.lastArrivalMs > bounds.windowMs);
  return stale && canMerge(runs, start, end + 1, whenStale);
}

/** Where within a group that still grows a merge pays; the last run if nowhere. */
function firstToMerge(runs: readonly MergeCandidate[], start: number, end: number): number {
  let from = end - 1;
  let newer = runs[end - 1]!.header.entryCount;
  for (let run = end - 2; run >= start; run--) {
    const { entryCount } = runs[run]!.header;
    if (entryCount <= GROWTH * newer) from = run;
    newer += entryCount;
  }
  return from;
}
