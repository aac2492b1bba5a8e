/**
 * Times of the week in a time zone, such as office hours, and plain spans between
 * two instants: for routes that hold at some times and for maintenance.
 */

/** The days of the week as they are written, Monday first. */
export const windowDays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

/** One of them. */
export type WindowDay = (typeof windowDays)[number];

/** Times of the week. */
export interface WeeklyWindow {
  readonly days: readonly WindowDay[];
  /** Minutes of the day; the end is excluded. An end at or before the start lies on the next day. */
  readonly startMinute: number;
  readonly endMinute: number;
  /** IANA name. */
  readonly timeZone: string;
}

const DAY_MINUTES = 1440;
const dayNames: Readonly<Record<string, WindowDay>> = {
  Mon: 'monday',
  Tue: 'tuesday',
  Wed: 'wednesday',
  Thu: 'thursday',
  Fri: 'friday',
  Sat: 'saturday',
  Sun: 'sunday',
};

/** Formats are costly to make and few. */
const formats = new Map<string, Intl.DateTimeFormat>();
const FORMATS_MAX = 1000;

/** Whether an instant lies in a window of the week. */
export function isInWindow(window: WeeklyWindow, atMs: number): boolean {
  const { day, minute } = localTime(window.timeZone, atMs);
  const { startMinute, endMinute, days } = window;
  if (startMinute < endMinute) return days.includes(day) && minute >= startMinute && minute < endMinute;
  const before = windowDays[(windowDays.indexOf(day) + windowDays.length - 1) % windowDays.length] ?? day;
  return (days.includes(day) && minute >= startMinute) || (days.includes(before) && minute < endMinute);
}

/**
 * Reads `HH:MM-HH:MM`; `24:00` is the end of the day.
 *
 * @returns the minutes of the day, or `null` if the text is none.
 */
export function parseHours(
  text: string,
): { readonly startMinute: number; readonly endMinute: number } | null {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text);
  if (match === null) return null;
  const [startHour, startMinutes, endHour, endMinutes] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const startMinute = startHour * 60 + startMinutes;
  const endMinute = endHour * 60 + endMinutes;
  const valid = startMinutes < 60 && endMinutes < 60 && startMinute < DAY_MINUTES && endMinute <= DAY_MINUTES;
  return valid ? { startMinute, endMinute } : null;
}

function localTime(timeZone: string, atMs: number): { readonly day: WindowDay; readonly minute: number } {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    if (formats.size >= FORMATS_MAX) formats.clear();
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return {
    day: dayNames[parts.get('weekday') ?? ''] ?? 'monday',
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}
