/**
 * Prices over time. A kind of request has one timeline: the rates that applied
 * one after another and, where a list charges less at night, by time of day. It
 * is resolved once and then asked for every request.
 */

import type { Instant } from '@bellwether/events';

/** What applies from a time of day (UTC) on, until the next slot or midnight. */
export interface DaySlot<T> {
  readonly fromSecondOfDay: number;
  readonly value: T;
}

/** What applies from an instant on, until the next period. */
export interface Period<T> {
  /** Inclusive; -Infinity for the first period. */
  readonly fromEpochSeconds: number;
  /** By time of day, ascending; the first one is at 0. */
  readonly slots: readonly DaySlot<T>[];
}

/** Periods in ascending order without gaps; the first one begins at -Infinity. */
export type Timeline<T> = readonly Period<T>[];

const SECONDS_PER_DAY = 86_400;

/**
 * Builds a timeline by asking for the value in each stretch between boundaries.
 *
 * @param startsEpochSeconds where values may change, in any order.
 * @param startsSecondOfDay times of day (UTC) at which values may change, in any order.
 * @param valueOf the value from a start on (-Infinity for the first) at a time of day.
 */
export function buildTimeline<T>(
  startsEpochSeconds: Iterable<number>,
  startsSecondOfDay: Iterable<number>,
  valueOf: (epochSeconds: number, secondOfDay: number) => T,
): Timeline<T> {
  const starts = [...new Set([Number.NEGATIVE_INFINITY, ...startsEpochSeconds])].toSorted((a, b) => a - b);
  const times = [...new Set([0, ...startsSecondOfDay])].toSorted((a, b) => a - b);
  return starts.map((fromEpochSeconds) => {
    const slots: DaySlot<T>[] = [];
    for (const fromSecondOfDay of times) {
      const value = valueOf(fromEpochSeconds, fromSecondOfDay);
      if (slots.at(-1)?.value !== value) slots.push({ fromSecondOfDay, value });
    }
    return { fromEpochSeconds, slots };
  });
}

/** The value at an instant. */
export function valueAt<T>(timeline: Timeline<T>, instant: Instant): T {
  const { epochSeconds } = instant;
  let index = timeline.length - 1;
  while (index > 0 && epochSeconds < (timeline[index] as Period<T>).fromEpochSeconds) index -= 1;
  const { slots } = timeline[index] as Period<T>;
  if (slots.length === 1) return (slots[0] as DaySlot<T>).value;
  const secondOfDay = epochSeconds % SECONDS_PER_DAY;
  let slot = slots.length - 1;
  while (slot > 0 && secondOfDay < (slots[slot] as DaySlot<T>).fromSecondOfDay) slot -= 1;
  return (slots[slot] as DaySlot<T>).value;
}
