/**
 * When an amount runs out: the step at which the forecast's running sum reaches
 * it. Running sums carry intervals of their own, so the earliest and the latest
 * likely time follow from their upper and lower bounds.
 */
import type { Forecast } from './forecast.ts';

/** The step at which an amount is used up; undefined stands for «not within the horizon». */
export interface RunOutStep {
  /** Steps ahead, from 1; 0 when nothing is left now. */
  readonly step: number;
  /** The time of that step in milliseconds, where the series has times; of the first step when nothing is left now. */
  readonly timeMs: number | undefined;
}

/** When an amount runs out. */
export interface RunOut {
  /** By the point forecast. */
  readonly expected: RunOutStep | undefined;
  /** The bounds within which it lies with 80 % confidence. */
  readonly earliest80: RunOutStep | undefined;
  readonly latest80: RunOutStep | undefined;
  /** The bounds within which it lies with 95 % confidence. */
  readonly earliest95: RunOutStep | undefined;
  readonly latest95: RunOutStep | undefined;
}

/**
 * When `remaining` (in the unit of the series, per step added up) is used up.
 * Meant for series that are spent step by step, such as a day's cost; a forecast
 * of a level (disk space in use) is read off its own bounds instead.
 *
 * @example
 * const days = forecast(dailySpend, { horizon: 90 });
 * runsOut(days, budgetUsd - spentUsd).expected?.timeMs;
 */
export function runsOut(forecast: Forecast, remaining: number): RunOut {
  const { cumulative, timestampsMs } = forecast;
  const reached = (sums: readonly number[]): RunOutStep | undefined => {
    if (remaining <= 0) return { step: 0, timeMs: timestampsMs?.[0] };
    const index = sums.findIndex((sum) => sum >= remaining);
    return index < 0 ? undefined : { step: index + 1, timeMs: timestampsMs?.[index] };
  };
  return {
    expected: reached(cumulative.point),
    earliest80: reached(cumulative.upper80),
    latest80: reached(cumulative.lower80),
    earliest95: reached(cumulative.upper95),
    latest95: reached(cumulative.lower95),
  };
}
