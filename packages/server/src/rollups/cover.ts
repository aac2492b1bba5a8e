/**
 * Covers a range of time with cells, the widest first, and leaves to the rows what no
 * cell covers. Instants are nanoseconds since the epoch.
 */

/** From the first instant on, without the second. */
export interface Interval {
  readonly from: bigint;
  readonly to: bigint;
}

/** Later than every event: where a range has no end. */
export const END_OF_TIME = 2n ** 63n - 1n;

/** Whole cells of a width that lie in an interval, as an interval; null if there is none. */
export function wholeCells({ from, to }: Interval, width: bigint): Interval | null {
  const whole = { from: ((from + width - 1n) / width) * width, to: (to / width) * width };
  return whole.from < whole.to ? whole : null;
}

/** What two intervals have in common; null if that is nothing. */
export function common(a: Interval, b: Interval): Interval | null {
  const both = { from: a.from > b.from ? a.from : b.from, to: a.to < b.to ? a.to : b.to };
  return both.from < both.to ? both : null;
}

/** What is left of intervals without others. */
export function without(intervals: readonly Interval[], holes: readonly Interval[]): Interval[] {
  return holes.reduce<Interval[]>(
    (left, hole) =>
      left.flatMap((interval) => {
        const cut = common(interval, hole);
        if (cut === null) return [interval];
        const parts = [
          { from: interval.from, to: cut.from },
          { from: cut.to, to: interval.to },
        ];
        return parts.filter(({ from, to }) => from < to);
      }),
    [...intervals],
  );
}
