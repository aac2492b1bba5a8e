/**
 * What a series usually is at an instant: a slow exponential moving average, plus what
 * the hour of the day and the hour of the week add to it, plus where the last hour has
 * drifted. Learnt online with a fixed memory; an odd value moves it no further than a
 * value at the edge of the usual would, so that an incident is not taken for a habit
 * while it lasts. Hours are UTC.
 *
 * Sources: exponential smoothing with seasons as in Holt (1957) and Winters, Management
 * Science 6 (1960); limited residuals as in Gelper, Fried and Croux, "Robust forecasting
 * with exponential and Holt-Winters smoothing", Journal of Forecasting 29 (2010).
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_HOURS = 24;
const WEEK_HOURS = 168;
/** Mean distance of normal values, in standard deviations: the root of 2/π. */
const MEAN_DISTANCE = 0.7979;

/** Memory of the level and of the spread, and of the recent drift. */
const LEVEL_MS = 2 * DAY_HOURS * HOUR_MS;
const RECENT_MS = 45 * MINUTE_MS;
/** Residuals are limited to so many spreads before anything learns them. */
const LIMIT_SPREADS = 3;
const LEARNT_SHARE = 0.05;
/** How much of an hour's mean its slot takes over at least: some weeks of memory. */
const DAY_RATE_MIN = 0.15;
const WEEK_RATE_MIN = 0.3;
/** An offset of a slot is trusted by n / (n + this). */
const SHRINK_DAYS = 1;
const SHRINK_WEEKS = 1.5;

/** What a baseline knows, as plain JSON. */
export interface BaselineState {
  readonly count: number;
  readonly level: number;
  readonly recent: number;
  readonly spread: number;
  readonly lastMs: number | null;
  readonly hour: readonly [hour: number, sum: number, count: number];
  readonly day: readonly (readonly number[])[];
  readonly week: readonly (readonly number[])[];
}

/** Offsets by the slot of a season, and how often each was learnt. */
class Season {
  readonly offsets: Float64Array;
  readonly counts: Float64Array;
  readonly #rateMin: number;
  readonly #shrink: number;

  constructor(slots: number, rateMin: number, shrink: number) {
    this.offsets = new Float64Array(slots);
    this.counts = new Float64Array(slots);
    this.#rateMin = rateMin;
    this.#shrink = shrink;
  }

  /** The offset at a position in slots, interpolated between the middles of hours. */
  at(position: number): number {
    const lower = Math.floor(position - 0.5);
    const share = position - 0.5 - lower;
    return (1 - share) * this.#trusted(lower) + share * this.#trusted(lower + 1);
  }

  /** The mean of the offsets: a season that was learnt while the level moved holds a part of it. */
  get mean(): number {
    return this.offsets.reduce((sum, _offset, slot) => sum + this.#trusted(slot), 0) / this.offsets.length;
  }

  learn(slot: number, offset: number): void {
    this.counts[slot]! += 1;
    const rate = Math.max(this.#rateMin, 1 / this.counts[slot]!);
    this.offsets[slot]! += rate * (offset - this.offsets[slot]!);
  }

  #trusted(slot: number): number {
    const index = (slot + this.offsets.length) % this.offsets.length;
    const count = this.counts[index]!;
    return (this.offsets[index]! * count) / (count + this.#shrink);
  }
}

/** The baseline of one series. */
export class Baseline {
  /** Values learnt so far. */
  count = 0;
  /** The slow mean, without season and drift. */
  level = 0;
  #recent = 0;
  #spread = 0;
  #lastMs: number | null = null;
  /** The hour in progress: its number since the epoch, the sum of its distances from the level, how many. */
  #hour = Number.NaN;
  #hourSum = 0;
  #hourCount = 0;
  readonly #day = new Season(DAY_HOURS, DAY_RATE_MIN, SHRINK_DAYS);
  readonly #week = new Season(WEEK_HOURS, WEEK_RATE_MIN, SHRINK_WEEKS);

  /** What the value at an instant is expected to be. */
  expected(timestampMs: number): number {
    return this.usual(timestampMs) + this.#recent;
  }

  /** The same without the drift of the last hour: level and season alone. */
  usual(timestampMs: number): number {
    return this.level + this.#seasonal(timestampMs);
  }

  /** The mean of what is usual over a week. */
  get mean(): number {
    return this.level + this.#day.mean + this.#week.mean;
  }

  /** The robust standard deviation of values about what was expected. */
  get spread(): number {
    return this.#spread / MEAN_DISTANCE;
  }

  /** Learns the value at an instant; instants ascend. */
  learn(timestampMs: number, value: number): void {
    if (this.count === 0) this.level = value;
    const elapsedMs = this.#lastMs === null ? MINUTE_MS : Math.max(0, timestampMs - this.#lastMs);
    this.#lastMs = timestampMs;
    this.count += 1;
    const warmUp = 1 / this.count;
    const slow = Math.max(warmUp, 1 - Math.exp(-elapsedMs / LEVEL_MS));
    const residual = value - this.expected(timestampMs);
    const size = Math.abs(residual);
    // Some of it is always learnt, or a series that never moved could never begin to.
    const limit = this.count < 20 ? Infinity : Math.max(LIMIT_SPREADS * this.spread, LEARNT_SHARE * size);
    const limited = Math.max(-limit, Math.min(limit, residual));
    const distance = Math.min(size, 1.5 * limit);
    this.#spread += slow * (distance - this.#spread);
    const target = this.expected(timestampMs) + limited;
    this.#learnHour(timestampMs, target);
    this.level += slow * (target - this.usual(timestampMs));
    const fast = 1 - Math.exp(-elapsedMs / RECENT_MS);
    this.#recent += fast * (target - this.usual(timestampMs) - this.#recent);
  }

  /** Everything known, as plain JSON. */
  state(): BaselineState {
    const rounded = (values: Float64Array): number[] => Array.from(values, (value) => Math.fround(value));
    return {
      count: this.count,
      level: this.level,
      recent: this.#recent,
      spread: this.#spread,
      lastMs: this.#lastMs,
      hour: [this.#hour, this.#hourSum, this.#hourCount],
      day: [rounded(this.#day.offsets), rounded(this.#day.counts)],
      week: [rounded(this.#week.offsets), rounded(this.#week.counts)],
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: BaselineState): void {
    this.count = state.count;
    this.level = state.level;
    this.#recent = state.recent;
    this.#spread = state.spread;
    this.#lastMs = state.lastMs;
    const [hour, sum, count] = state.hour;
    this.#hour = hour ?? Number.NaN;
    this.#hourSum = sum;
    this.#hourCount = count;
    for (const [season, [offsets = [], counts = []]] of [
      [this.#day, state.day],
      [this.#week, state.week],
    ] as const) {
      season.offsets.set(offsets.slice(0, season.offsets.length));
      season.counts.set(counts.slice(0, season.counts.length));
    }
  }

  #seasonal(timestampMs: number): number {
    const hours = timestampMs / HOUR_MS;
    return this.#day.at(hours % DAY_HOURS) + this.#week.at(hours % WEEK_HOURS);
  }

  /** Gathers an hour, and hands its mean to the seasons when it is over. */
  #learnHour(timestampMs: number, value: number): void {
    const hour = Math.floor(timestampMs / HOUR_MS);
    if (hour !== this.#hour) {
      if (this.#hourCount > 0) {
        const middleMs = (this.#hour + 0.5) * HOUR_MS;
        const offset = this.#hourSum / this.#hourCount;
        const dayOffset = this.#day.at((middleMs / HOUR_MS) % DAY_HOURS);
        this.#day.learn(this.#hour % DAY_HOURS, offset);
        this.#week.learn(this.#hour % WEEK_HOURS, offset - dayOffset);
      }
      this.#hour = hour;
      this.#hourSum = 0;
      this.#hourCount = 0;
    }
    this.#hourSum += value - this.level;
    this.#hourCount += 1;
  }
}
