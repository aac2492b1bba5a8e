/** The steps of a chart over a period: hours for up to a week, days beyond; every step, also those without requests. */

import { formatRfc3339 } from '@bellwether/events';
import type { Period } from '../report/periods.ts';

/** Hours up to which a chart has a point for each. */
const HOURS_MAX = 168;
/** Points of a chart; a period that has more shows its end. */
const POINTS_MAX = 400;

/** The steps of a period. */
export interface Timeline {
  /** The dimension to group by. */
  readonly by: 'hour' | 'day';
  /** The values of that dimension, in order. */
  readonly steps: readonly string[];
}

/** Lays a period out. */
export function timelineOf({ from, to }: Pick<Period, 'from' | 'to'>): Timeline {
  const seconds = to.epochSeconds - from.epochSeconds;
  const by = seconds < (HOURS_MAX + 1) * 3600 ? 'hour' : 'day';
  const width = by === 'hour' ? 3600 : 86_400;
  const last = Math.ceil((to.epochSeconds + Math.min(1, to.nanoseconds)) / width) - 1;
  const first = Math.max(Math.floor(from.epochSeconds / width), last - POINTS_MAX + 1);
  const steps = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const text = formatRfc3339({ epochSeconds: (first + i) * width, nanoseconds: 0 });
    return by === 'hour' ? text : text.slice(0, 10);
  });
  return { by, steps };
}

/** A figure at each step; what `absent` says where a step has no row. */
export function alongSteps<R extends { readonly key: Readonly<Record<string, string>> }>(
  { by, steps }: Timeline,
  rows: readonly R[],
  figure: (row: R) => number | null,
  absent: number | null,
): (number | null)[] {
  const found = new Map(rows.map((row) => [row.key[by] ?? '', row]));
  return steps.map((step) => {
    const row = found.get(step);
    return row === undefined ? absent : figure(row);
  });
}

/** Steps as a chart shows them: `11-20 10:00` or `2026-11-20`. */
export function labelsOf({ by, steps }: Timeline): string[] {
  return by === 'day' ? [...steps] : steps.map((step) => `${step.slice(5, 10)} ${step.slice(11, 16)}`);
}
