/**
 * Instants as they stand in CSV files: `2026-11-20 08:30:00`, RFC 3339, a bare date,
 * or the time since the epoch in seconds or milliseconds. A time without a zone is
 * UTC. Read by hand, since a million rows are read in a second or two.
 */

const MINUTE_MS = 60_000;
/** Numbers below this many are seconds since the epoch, from it on milliseconds. */
const SECONDS_MAX = 1e11;
/** The last instant a JavaScript date can hold. */
const INSTANT_MAX_MS = 8.64e15;

const NUMBER = /^[+-]?\d+(?:\.\d*)?$/;
const CALENDAR =
  /^(\d{4})-(\d\d)-(\d\d)(?:([T ])(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Epoch milliseconds of an instant, or NaN if the text is none. */
export function parseInstant(text: string): number {
  const plain = parsePlain(text);
  if (!Number.isNaN(plain)) return plain;
  if (NUMBER.test(text)) {
    const number = Number(text);
    const instantMs = Math.abs(number) < SECONDS_MAX ? number * 1000 : number;
    return Math.abs(instantMs) <= INSTANT_MAX_MS ? instantMs : Number.NaN;
  }
  const match = CALENDAR.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, , hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const timeMs = utc(+year!, +month!, +day!, +hour, +minute, +second);
  return timeMs + Number(fraction.slice(0, 3).padEnd(3, '0')) - zoneMs(zone);
}

/**
 * Writes an instant the way another text spells one.
 *
 * @param like a text that {@link parseInstant} reads.
 */
export function formatInstantLike(instantMs: number, like: string): string {
  if (NUMBER.test(like)) {
    return String(Math.abs(Number(like)) < SECONDS_MAX ? instantMs / 1000 : instantMs);
  }
  const [, , , , separator = ' ', hour, , , , zone = ''] = CALENDAR.exec(like) ?? [];
  const text = new Date(instantMs + zoneMs(zone || 'Z')).toISOString();
  const date = text.slice(0, 10);
  const time = text.slice(11, text.endsWith('.000Z') ? 19 : 23);
  if (hour === undefined && time === '00:00:00') return date;
  return `${date}${separator}${time}${zone}`;
}

/** The commonest spelling, `YYYY-MM-DD hh:mm:ss` (or with a T), digit by digit; NaN if it is another. */
function parsePlain(text: string): number {
  if (text.length !== 19) return Number.NaN;
  const separator = text.charCodeAt(10);
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || (separator !== 32 && separator !== 84))
    return Number.NaN;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return Number.NaN;
  const year = pair(text, 0) * 100 + pair(text, 2);
  return utc(year, pair(text, 5), pair(text, 8), pair(text, 11), pair(text, 14), pair(text, 17));
}

/** Two digits as a number, NaN if they are none. */
function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** Epoch milliseconds, NaN for days and times that do not exist (a leap second counts as the next one). */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (!(hour < 24 && minute < 60 && second <= 60)) return Number.NaN;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; four hundred years are always the same length.
  const FOUR_CENTURIES_MS = 12_622_780_800_000;
  return Date.UTC(year + 400, month - 1, day, hour, minute, second) - FOUR_CENTURIES_MS;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function zoneMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}
