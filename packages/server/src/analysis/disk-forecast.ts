/** When the disk will be full: the size of the ledger, forecast, against the room that is left. */

import { type RunOutStep, runsOut } from '../analyse/forecast/budget-date.ts';
import { forecast } from '../analyse/forecast/forecast.ts';
import type { ForecastBound } from '../config/index.ts';
import type { LedgerSize } from './size-history.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A shorter history says nothing. */
const HISTORY_MS_MIN = DAY_MS;
/** From this history on the sizes of days are forecast, and before those of hours. */
const DAILY_MS_MIN = 14 * DAY_MS;
/** How far is looked: by days, and by hours. */
const DAYS_AHEAD = 365;
const DAYS_AHEAD_BY_HOURS = 30;
/** The history that a forecast takes. */
export const DISK_HISTORY_MS = 120 * DAY_MS;

/**
 * The days until the ledger has taken all the room that its disk has left: by what is expected, and by the edges of what
 * its size will be. As many as are looked ahead where it does not come to that; null where there is less than a day of history.
 */
export function diskFullDays(sizes: readonly LedgerSize[]): Record<ForecastBound, number> | null {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < HISTORY_MS_MIN) return null;
  const isDaily = last.atMs - first.atMs >= DAILY_MS_MIN;
  const stepMs = isDaily ? DAY_MS : HOUR_MS;
  // Counted back from the last one, so that it ends a step.
  const byStep = new Map<number, number>();
  for (const { atMs, ledgerBytes } of sizes)
    byStep.set(Math.floor((atMs - last.atMs - 1) / stepMs) + 1, ledgerBytes);
  const steps = Math.min(...byStep.keys());
  const values = Array.from({ length: 1 - steps }, (_none, n) => byStep.get(steps + n) ?? Number.NaN);
  const daysAhead = isDaily ? DAYS_AHEAD : DAYS_AHEAD_BY_HOURS;
  // What is added each step is forecast, since it goes on where a level would only stay.
  const added = values.slice(1).map((value, index) => value - (values[index] ?? Number.NaN));
  if (!added.some(Number.isFinite)) return null;
  const ahead = forecast({ values: added }, { horizon: (daysAhead * DAY_MS) / stepMs, nonNegative: false });
  const { expected, ...edges } = runsOut(ahead, last.availableBytes);
  const days = (reached: RunOutStep | undefined): number =>
    reached === undefined ? daysAhead : (reached.step * stepMs) / DAY_MS;
  return {
    expected: days(expected),
    lower80: days(edges.latest80),
    upper80: days(edges.earliest80),
    lower95: days(edges.latest95),
    upper95: days(edges.earliest95),
  };
}
