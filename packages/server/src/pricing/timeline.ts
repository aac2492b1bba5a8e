/**
 * Prices over time. A kind of request has one timeline: what applied one after
 * another and, where a list charges less at night or at weekends, by time of the
 * week. It is resolved once and then asked for every request.
 */

/** What applies from a second of the week (UTC, from Sunday 00:00) on, until the next slot. */
export interface WeekSlot<T> {
  readonly fromSecondOfWeek: number;
  readonly value: T;
}

/** What applies from an instant on, until the next period. */
export interface Period<T> {
  /** Inclusive; -Infinity for the first period. */
  readonly fromEpochSeconds: number;
  /** Ascending; the first one is at 0. */
  readonly slots: readonly WeekSlot<T>[];
}

/** Periods in ascending order without gaps; the first one begins at -Infinity. */
export type Timeline<T> = readonly Period<T>[];

export const SECONDS_PER_DAY = 86_400;
export const SECONDS_PER_WEEK = 7 * SECONDS_PER_DAY;

/** The epoch began on a Thursday. */
const EPOCH_SECOND_OF_WEEK = 4 * SECONDS_PER_DAY;

/** The second of the week (UTC, from Sunday 00:00) of an instant. */
export function secondOfWeek(epochSeconds: number): number {
  return (epochSeconds + EPOCH_SECOND_OF_WEEK) % SECONDS_PER_WEEK;
}

/**
 * Builds a timeline by asking for the value in each stretch between boundaries.
 *
 * @param startsEpochSeconds where values may change, in any order.
 * @param startsSecondOfWeek times of the week at which values may change, in any order.
 * @param valueOf the value from a start on (-Infinity for the first) at a time of the week.
 */
export function buildTimeline<T>(
  startsEpochSeconds: Iterable<number>,
  startsSecondOfWeek: Iterable<number>,
  valueOf: (epochSeconds: number, secondOfWeek: number) => T,
): Timeline<T> {
  const starts = [...new Set([Number.NEGATIVE_INFINITY, ...startsEpochSeconds])].toSorted((a, b) => a - b);
  const times = [...new Set([0, ...startsSecondOfWeek])].toSorted((a, b) => a - b);
  const periods: Period<T>[] = [];
  for (const fromEpochSeconds of starts) {
    const slots: WeekSlot<T>[] = [];
    for (const fromSecondOfWeek of times) {
      const value = valueOf(fromEpochSeconds, fromSecondOfWeek);
      if (slots.at(-1)?.value !== value || slots.length === 0) slots.push({ fromSecondOfWeek, value });
    }
    periods.push({ fromEpochSeconds, slots });
  }
  return periods;
}

/** The value at an instant. */
export function valueAt<T>(timeline: Timeline<T>, epochSeconds: number): T {
  const { slots } = periodAt(timeline, epochSeconds);
  if (slots.length === 1) return (slots[0] as WeekSlot<T>).value;
  return slotAt(slots, secondOfWeek(epochSeconds));
}

/** The starts of periods and the times of the week at which a timeline may change. */
export function boundariesOfTimeline(timeline: Timeline<unknown>): { starts: number[]; times: number[] } {
  return {
    starts: timeline.map((period) => period.fromEpochSeconds),
    times: timeline.flatMap((period) => period.slots.map((slot) => slot.fromSecondOfWeek)),
  };
}

/** A timeline that shows the upper one where it has a value, and the lower one where it has none. */
export function overlay<T>(upper: Timeline<T | null>, lower: Timeline<T | null>): Timeline<T | null> {
  const above = boundariesOfTimeline(upper);
  const below = boundariesOfTimeline(lower);
  return buildTimeline(
    [...above.starts, ...below.starts],
    [...above.times, ...below.times],
    (start, time) => {
      return slotAt(periodAt(upper, start).slots, time) ?? slotAt(periodAt(lower, start).slots, time);
    },
  );
}

/** The value in the period that contains an instant, at another time of the week. */
export function valueInPeriod<T>(timeline: Timeline<T>, epochSeconds: number, time: number): T {
  return slotAt(periodAt(timeline, epochSeconds).slots, time);
}

function periodAt<T>(timeline: Timeline<T>, epochSeconds: number): Period<T> {
  let index = timeline.length - 1;
  while (index > 0 && epochSeconds < (timeline[index] as Period<T>).fromEpochSeconds) index -= 1;
  return timeline[index] as Period<T>;
}

function slotAt<T>(slots: readonly WeekSlot<T>[], time: number): T {
  let index = slots.length - 1;
  while (index > 0 && time < (slots[index] as WeekSlot<T>).fromSecondOfWeek) index -= 1;
  return (slots[index] as WeekSlot<T>).value;
}
