/**
 * Instants to the nanosecond. A Date keeps milliseconds only, so an instant is
 * kept as whole seconds since the epoch and nanoseconds within the second.
 */

/** A point in time: whole seconds since 1970-01-01T00:00:00Z and nanoseconds 0..999,999,999. */
export interface Instant {
  readonly epochSeconds: number;
  readonly nanoseconds: number;
}

/** The last second a 64-bit count of nanoseconds can hold: 2262-04-11T23:47:15Z. */
export const MAX_EPOCH_SECONDS = 9_223_372_035;

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Reads an RFC 3339 date-time; digits below a nanosecond are cut off.
 *
 * @returns the instant, or `null` if the text is not RFC 3339 or lies outside 1970..2262.
 * @example parseRfc3339('2026-11-20T10:00:00.000000001Z')
 */
export function parseRfc3339(text: string): Instant | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  if (days === null) return null;
  // A leap second, written :60, is the first second of the next minute: UTC seconds since the epoch have no room for it.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  let epochSeconds = days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  if (sign !== undefined) {
    if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;
    const offset = Number(offsetHour) * 3600 + Number(offsetMinute) * 60;
    epochSeconds += sign === '-' ? offset : -offset;
  }
  return inRange(epochSeconds, Number(fraction.padEnd(9, '0')));
}

/**
 * Reads epoch milliseconds. A fraction is kept to the nanosecond as it is written
 * in decimal, so 1700158623979.96 is …979.960000 and not what its double happens to be.
 *
 * @returns the instant, or `null` outside 1970..2262 and for what is not finite.
 */
export function instantFromEpochMs(epochMs: number): Instant | null {
  if (!(epochMs >= 0) || epochMs > MAX_EPOCH_SECONDS * 1000) return null;
  const wholeMs = Math.floor(epochMs);
  const epochSeconds = Math.floor(wholeMs / 1000);
  let nanoseconds = (wholeMs - epochSeconds * 1000) * 1_000_000;
  if (wholeMs !== epochMs) {
    const fraction = /\.(\d+)$/.exec(String(epochMs))?.[1] ?? '0';
    nanoseconds += Number(fraction.slice(0, 6).padEnd(6, '0'));
  }
  return inRange(epochSeconds, nanoseconds);
}

/** Milliseconds since the epoch, with the part below a millisecond cut off. */
export function epochMsOf(instant: Instant): number {
  return instant.epochSeconds * 1000 + Math.floor(instant.nanoseconds / 1_000_000);
}

/**
 * Prints RFC 3339 in UTC with as many digits as the instant has: none, 3, 6 or 9.
 *
 * @example formatRfc3339({ epochSeconds: 0, nanoseconds: 1 }) // '1970-01-01T00:00:00.000000001Z'
 */
export function formatRfc3339(instant: Instant): string {
  const whole = new Date(instant.epochSeconds * 1000).toISOString().slice(0, 19);
  if (instant.nanoseconds === 0) return `${whole}Z`;
  const digits = String(instant.nanoseconds).padStart(9, '0');
  return `${whole}.${digits.replace(/(?:000){1,2}$/, '')}Z`;
}

function inRange(epochSeconds: number, nanoseconds: number): Instant | null {
  return epochSeconds >= 0 && epochSeconds <= MAX_EPOCH_SECONDS ? { epochSeconds, nanoseconds } : null;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar; `null` if there is no such date. */
function daysSinceEpoch(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  // Counting years from March puts the leap day last, which makes the sum below closed-form.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
