/**
 * What is usual moves slowly, and whoever reads an anomaly later has to know from what
 * it was judged. Once a day the baselines are held against those that were last accounted
 * for, and those that have moved are told.
 */

import type { Group } from './group.ts';

/** A baseline has moved from so many of its spreads on, or by this share of what it was. */
const SPREADS_MIN = 1.5;
const SHARE_MIN = 0.25;

/** The levels that were last accounted for, in the unit of each measure, by series. */
export type Levels = Readonly<Record<string, number>>;

/** A baseline that has moved. */
export interface Shift {
  readonly measure: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}

/**
 * Holds the baselines against the levels of before.
 *
 * @returns those that have moved, and the levels to hold them against from now on. A series that is new has not moved.
 */
export function shiftsOf(
  groups: readonly Group[],
  before: Levels,
): { readonly shifts: Shift[]; readonly levels: Levels } {
  const shifts: Shift[] = [];
  const levels: Record<string, number> = {};
  for (const { labels, judges } of groups) {
    for (const [measure, judge] of judges) {
      if (!judge.isLearnt) continue;
      const key = JSON.stringify([measure, Object.entries(labels)]);
      const { value: to, off } = judge.level;
      const from = before[key];
      const isMoved =
        from !== undefined && off(from) >= SPREADS_MIN && Math.abs(to - from) >= SHARE_MIN * Math.abs(from);
      if (isMoved) shifts.push({ measure, labels, from, to });
      levels[key] = from === undefined || isMoved ? to : from;
    }
  }
  return { shifts, levels };
}
