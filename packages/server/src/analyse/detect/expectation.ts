/**
 * What a value is expected to be: the forecast of whichever of three simple
 * predictors has lately erred least, namely the recent level, the hour of the day
 * and the hour of the week. Hours are UTC.
 */

import { Profile, type ProfileState } from './profile.ts';
import { RunningMean, type RunningMeanState } from './running-mean.ts';

const DAY_MS = 86_400_000;
/** Weight of the newest value in the recent level. */
const RECENT_WEIGHT = 0.3;
/** An hour of the week is trusted after so many values, and an hour of the day. */
const WEEKLY_MIN = 3;
const DAILY_MIN = 6;
/** Share of the overall spread in the spread of an hour, so that a quiet hour is not taken for a rigid one. */
const OVERALL_SHARE = 0.3;

/** What an {@link Expectation} knows, as plain JSON. */
export interface ExpectationState {
  readonly recent: number | null;
  readonly lastTwo: readonly [number, number] | null;
  readonly errors: readonly RunningMeanState[];
  readonly weekly: ProfileState;
  readonly daily: ProfileState;
}

/** The three predictors and their record. */
export class Expectation {
  /** Forecasts for the instant of the last {@link look}. */
  best = 0;
  weekly = 0;
  daily = 0;
  /** Whether the hour of the day is known well enough to be judged by. */
  knowsDay = false;
  /** The typical distance from the daily forecast. */
  dailySpread = 0;
  #hourOfWeek = 0;
  #hourOfDay = 0;
  #recent: number | null = null;
  #lastTwo: readonly [number, number] | null = null;
  readonly #errors = [new RunningMean(50), new RunningMean(50), new RunningMean(50)] as const;
  readonly #weekly = new Profile(7 * DAY_MS, 7 * 24);
  readonly #daily = new Profile(DAY_MS, 24);

  /**
   * Makes the forecasts for an instant; learns nothing.
   *
   * @param level the long-run mean, for hours that are not known yet.
   * @param usual the usual distance from it.
   */
  look(timestampMs: number, level: number, usual: number): void {
    this.#hourOfWeek = this.#weekly.slot(timestampMs);
    this.#hourOfDay = this.#daily.slot(timestampMs);
    this.knowsDay = this.#daily.count(this.#hourOfDay) >= DAILY_MIN;
    const knowsWeek = this.#weekly.count(this.#hourOfWeek) >= WEEKLY_MIN;
    this.weekly = knowsWeek ? this.#weekly.mean(this.#hourOfWeek) : level;
    this.daily = this.knowsDay ? this.#daily.mean(this.#hourOfDay) : level;
    this.dailySpread = this.knowsDay
      ? (1 - OVERALL_SHARE) * this.#daily.spread(this.#hourOfDay) + OVERALL_SHARE * usual
      : usual;
    const [recentError, dailyError, weeklyError] = this.#errors;
    const seasonal = weeklyError.mean < dailyError.mean ? this.weekly : this.daily;
    const seasonalError = Math.min(weeklyError.mean, dailyError.mean);
    this.best = seasonalError < recentError.mean ? seasonal : (this.#recent ?? level);
  }

  /** Learns the value at the instant of the last {@link look}. */
  learn(value: number): void {
    const recent = this.#recent ?? value;
    this.#errors[0].add(Math.abs(value - recent));
    this.#errors[1].add(Math.abs(value - this.daily));
    this.#errors[2].add(Math.abs(value - this.weekly));
    this.#weekly.add(this.#hourOfWeek, value);
    this.#daily.add(this.#hourOfDay, value);
    this.#recent = recent + RECENT_WEIGHT * (this.#withoutSpike(value) - recent);
  }

  /** The median of the last three values, so that a single odd one does not move the recent level. */
  #withoutSpike(value: number): number {
    const [before, last] = this.#lastTwo ?? [value, value];
    this.#lastTwo = [last, value];
    return Math.max(Math.min(before, last), Math.min(Math.max(before, last), value));
  }

  /** Everything known, as plain JSON. */
  state(): ExpectationState {
    return {
      recent: this.#recent,
      lastTwo: this.#lastTwo,
      errors: this.#errors.map((error) => error.state()),
      weekly: this.#weekly.state(),
      daily: this.#daily.state(),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: ExpectationState): void {
    this.#recent = state.recent;
    this.#lastTwo = state.lastTwo;
    this.#errors.forEach((error, index) => error.restore(state.errors[index]!));
    this.#weekly.restore(state.weekly);
    this.#daily.restore(state.daily);
  }
}
