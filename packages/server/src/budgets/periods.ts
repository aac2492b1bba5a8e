/**
 * The periods of budgets and objectives: calendar days, weeks, months and quarters of a time zone, as
 * intervals that follow one another without gap or overlap. A day that begins
 * inside a gap of the clock begins at the end of the gap; where midnight comes
 * twice it begins with the first, as Temporal's `startOfDay` has it. Node 24 has no
 * Temporal, so offsets come from `Intl`.
 */

/** The length of a period, in the calendar. */
export type PeriodUnit = 'day' | 'week' | 'month' | 'quarter';

/** From `startMs`, included, to `endMs`, excluded; epoch milliseconds. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/** A calendar date; the month is 1 to 12. */
interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAY_MS = 86_400_000;
/** Periods that are remembered; neighbouring events ask for the same few. */
const REMEMBERED_MAX = 64;

/** The periods of one unit in one time zone. */
export class PeriodCalendar {
  readonly unit: PeriodUnit;
  readonly #weekStart: number;
  readonly #format: Intl.DateTimeFormat;
  #remembered: Period[] = [];

  /**
   * @param timeZone an IANA name; RangeError for one that the runtime does not know.
   * @param weekStart the first day of a week, 0 for Sunday to 6 for Saturday.
   */
  constructor(unit: PeriodUnit, timeZone: string, weekStart = 1) {
    this.unit = unit;
    this.#weekStart = weekStart;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The period that an instant lies in. */
  at(instantMs: number): Period {
    for (const period of this.#remembered) {
      if (instantMs >= period.startMs && instantMs < period.endMs) return period;
    }
    const period = this.#find(instantMs);
    this.#remembered = [period, ...this.#remembered].slice(0, REMEMBERED_MAX);
    return period;
  }

  /** The period before one of this calendar's. */
  before(period: Period): Period {
    return this.at(period.startMs - 1);
  }

  /** The period after one of this calendar's. */
  after(period: Period): Period {
    return this.at(period.endMs);
  }

  #find(instantMs: number): Period {
    const wall = new Date(this.#wallMs(instantMs));
    let first = this.#firstDay({
      year: wall.getUTCFullYear(),
      month: wall.getUTCMonth() + 1,
      day: wall.getUTCDate(),
    });
    let startMs = this.#startOf(first);
    // Where the clock goes back over midnight, the last hour of a day comes once more within the next one.
    let [next, endMs] = this.#nextAfter(first, startMs);
    while (endMs <= instantMs) {
      [first, startMs] = [next, endMs];
      [next, endMs] = this.#nextAfter(first, startMs);
    }
    return { startMs, endMs };
  }

  /** The first later period that is not empty: an island that changes sides of the date line skips a day. */
  #nextAfter(first: LocalDate, startMs: number): [LocalDate, number] {
    let next = this.#step(first);
    while (this.#startOf(next) <= startMs) next = this.#step(next);
    return [next, this.#startOf(next)];
  }

  /** The first day of the period that a day lies in. */
  #firstDay(date: LocalDate): LocalDate {
    if (this.unit === 'month') return { ...date, day: 1 };
    if (this.unit === 'quarter') return { ...date, month: date.month - ((date.month - 1) % 3), day: 1 };
    if (this.unit === 'day') return date;
    const weekday = new Date(utcMs(date)).getUTCDay();
    return addDays(date, -((weekday - this.#weekStart + 7) % 7));
  }

  #step(first: LocalDate): LocalDate {
    if (this.unit === 'day') return addDays(first, 1);
    if (this.unit === 'week') return addDays(first, 7);
    const month = first.month + (this.unit === 'quarter' ? 3 : 1);
    return month > 12
      ? { year: first.year + 1, month: month - 12, day: 1 }
      : { year: first.year, month, day: 1 };
  }

  /** The instant at which a date begins. */
  #startOf(date: LocalDate): number {
    const wallMs = utcMs(date);
    const offsets = [this.#offsetMs(wallMs - DAY_MS), this.#offsetMs(wallMs + DAY_MS)];
    const [early = 0, late = 0] = [Math.max(...offsets), Math.min(...offsets)].map(
      (offset) => wallMs - offset,
    );
    for (const candidate of [early, late]) {
      if (this.#wallMs(candidate) === wallMs) return candidate;
    }
    // Midnight does not exist: the day begins where the clock has passed it.
    let [below, above] = [early, late];
    while (above - below > 1000) {
      const middle = Math.floor((below + above) / 2000) * 1000;
      if (this.#wallMs(middle) >= wallMs) above = middle;
      else below = middle;
    }
    return above;
  }

  #offsetMs(instantMs: number): number {
    return this.#wallMs(instantMs) - Math.floor(instantMs / 1000) * 1000;
  }

  /** What the clock on the wall shows, to the second, as if it were UTC. */
  #wallMs(instantMs: number): number {
    const fields: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instantMs)) fields[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }
}

function utcMs({ year, month, day }: LocalDate): number {
  return Date.UTC(year, month - 1, day);
}

function addDays(date: LocalDate, days: number): LocalDate {
  const moved = new Date(utcMs(date) + days * DAY_MS);
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}
