/**
 * Hours with far more requests than is usual at their hour of the week: a job that ran
 * away, a test under load. They are set aside where somebody asks what ordinary traffic
 * would do, since more of it does not mean more of them.
 */

const DAY_HOURS = 24;
const WEEK_HOURS = 168;
/** Other weeks, or else other days, that must have the same hour for it to be judged. */
const WEEKS_MIN = 2;
const DAYS_MIN = 3;
/** Busy hours that are needed to tell how far hours usually are from the median. */
const HOURS_MIN = 12;
/** Quartile distances beyond the upper quartile from which a value is far out (J. W. Tukey, Exploratory Data Analysis, 1977). */
const FAR_OUT = 3;
/** What is less than so many times the usual is never set aside. */
const TIMES_MIN = 1.5;

/** An hour and its requests. */
export interface HourlyLoad {
  /** Whole hours since the epoch. */
  readonly hour: number;
  readonly requests: number;
}

/**
 * Tells which hours are extraordinary. Each hour is divided by the median of the same hour of other weeks, or of other
 * days while there are not three weeks. Of the hours that are busier than the mean, those are extraordinary whose
 * quotient is, in logarithms, far out by Tukey.
 *
 * @returns their numbers, in order; empty where the history is too short to tell.
 */
export function extraordinaryHours(hours: readonly HourlyLoad[]): readonly number[] {
  const mean = hours.reduce((sum, { requests }) => sum + requests, 0) / Math.max(1, hours.length);
  const byWeek = groupBySlot(hours, WEEK_HOURS);
  const byDay = groupBySlot(hours, DAY_HOURS);
  const compared = hours
    .filter(({ requests }) => requests > mean)
    .flatMap(({ hour, requests }) => {
      const usual = usualAt(byWeek, WEEK_HOURS, hour, WEEKS_MIN) ?? usualAt(byDay, DAY_HOURS, hour, DAYS_MIN);
      return usual === null ? [] : [{ hour, far: Math.log(requests / usual) }];
    });
  if (compared.length < HOURS_MIN) return [];
  const sorted = compared.map(({ far }) => far).toSorted((a, b) => a - b);
  const [lower, upper] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const bound = Math.max(Math.log(TIMES_MIN), upper + FAR_OUT * (upper - lower));
  return compared
    .filter(({ far }) => far > bound)
    .map(({ hour }) => hour)
    .toSorted((a, b) => a - b);
}

/**
 * Hours in words: those that follow each other as one stretch, e.g. `2026-11-17 13:00 to 16:00 (UTC)`, the last
 * `most` stretches and how many more there are.
 */
export function hoursText(hours: readonly number[], most: number): string {
  const stretches: { readonly from: number; to: number }[] = [];
  for (const hour of hours) {
    const last = stretches.at(-1);
    if (last !== undefined && last.to === hour) last.to = hour + 1;
    else stretches.push({ from: hour, to: hour + 1 });
  }
  const text = (hour: number): string =>
    new Date(hour * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
  const named = stretches.slice(-most).map(({ from, to }) => {
    const [start, end] = [text(from), text(to)];
    return `${start} to ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`;
  });
  const more = stretches.length - named.length;
  return `${more === 0 ? '' : `${more} earlier and `}${named.join(', ')} (UTC)`;
}

function groupBySlot(hours: readonly HourlyLoad[], slots: number): Map<number, HourlyLoad[]> {
  return Map.groupBy(hours, ({ hour }) => hour % slots);
}

/** The median of the other hours of a slot; null if they are too few. */
function usualAt(
  bySlot: ReadonlyMap<number, readonly HourlyLoad[]>,
  slots: number,
  hour: number,
  least: number,
): number | null {
  const others = (bySlot.get(hour % slots) ?? []).filter((other) => other.hour !== hour);
  if (others.length < least) return null;
  return quantile(
    others.map(({ requests }) => requests).toSorted((a, b) => a - b),
    0.5,
  );
}

/** By linear interpolation between the neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const lower = Math.floor(place);
  const [a, b] = [sorted[lower] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return a + (place - lower) * (b - a);
}
