/**
 * Hours of the week in which a price holds, such as a provider's peak hours:
 * `mon-fri 01:00-04:00`, always UTC. A window may run over midnight.
 */

import { SECONDS_PER_DAY, SECONDS_PER_WEEK } from './timeline.ts';

/** A stretch of the week in seconds from Sunday 00:00 UTC; it ends after it begins and may end beyond the week. */
export interface WeekWindow {
  readonly fromSecondOfWeek: number;
  readonly untilSecondOfWeek: number;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const HOURS =
  /^(?:(sun|mon|tue|wed|thu|fri|sat)(?:-(sun|mon|tue|wed|thu|fri|sat))? )?([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/**
 * Reads hours of the week.
 *
 * @returns one window per day that is named (every day if none is), or `null` if the text is not of that form.
 * @example weekWindowsOf('mon-fri 09:00-17:00')?.length // 5
 */
export function weekWindowsOf(text: string): WeekWindow[] | null {
  const match = HOURS.exec(text.trim().toLowerCase());
  if (!match) return null;
  const [, firstDay, lastDay = firstDay, fromHour, fromMinute, untilHour, untilMinute] = match;
  const from = Number(fromHour) * 3600 + Number(fromMinute) * 60;
  const until = Number(untilHour) * 3600 + Number(untilMinute) * 60;
  if (from > SECONDS_PER_DAY || until > SECONDS_PER_DAY || from === until) return null;
  const first = firstDay === undefined ? 0 : DAYS.indexOf(firstDay);
  const last = lastDay === undefined ? 6 : DAYS.indexOf(lastDay);
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, offset) => {
    const midnight = ((first + offset) % 7) * SECONDS_PER_DAY;
    const end = until > from ? until : until + SECONDS_PER_DAY;
    return { fromSecondOfWeek: midnight + from, untilSecondOfWeek: midnight + end };
  });
}

/** Whether one of the windows contains a second of the week. */
export function windowsHold(windows: readonly WeekWindow[], second: number): boolean {
  return windows.some(({ fromSecondOfWeek, untilSecondOfWeek }) => {
    return (
      (second >= fromSecondOfWeek && second < untilSecondOfWeek) ||
      second + SECONDS_PER_WEEK < untilSecondOfWeek
    );
  });
}

/** The seconds of the week at which windows begin or end. */
export function boundariesOfWindows(windows: readonly WeekWindow[]): number[] {
  return windows.flatMap((window) => [window.fromSecondOfWeek, window.untilSecondOfWeek % SECONDS_PER_WEEK]);
}
