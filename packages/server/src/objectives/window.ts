/** The window of an objective at an instant: a rolling one that ends now, or the calendar period under way. */

import { type Period, PeriodCalendar } from '../budgets/periods.ts';
import type { ObjectiveWindow } from '../config/index.ts';
import { HOUR_MS, QUARTER_MS } from './count-book.ts';

/** The windows of one objective. */
export class ObjectiveWindows {
  readonly #window: ObjectiveWindow;
  readonly #calendar: PeriodCalendar | null;
  readonly #grainMs: number;

  /** @param grainMs what a rolling window begins on: a quarter of an hour, or an hour where slices are counted. */
  constructor(window: ObjectiveWindow, grainMs: number = QUARTER_MS) {
    this.#window = window;
    this.#grainMs = grainMs;
    this.#calendar = window.type === 'calendar' ? new PeriodCalendar(window.unit, window.timeZone) : null;
  }

  /**
   * The window at an instant. A rolling one begins on its grain, so it is up to
   * that much longer than it is called; a calendar one ends with its period.
   */
  at(nowMs: number): Period {
    if (this.#calendar !== null) return this.#calendar.at(nowMs);
    const hours = this.#window.type === 'rolling' ? this.#window.hours : 0;
    return { startMs: Math.floor(nowMs / this.#grainMs) * this.#grainMs - hours * HOUR_MS, endMs: nowMs };
  }

  /** The length that burn rates are held against: of a rolling window its own, else that of the period under way. */
  lengthMs(nowMs: number): number {
    if (this.#window.type === 'rolling') return this.#window.hours * HOUR_MS;
    const { startMs, endMs } = this.at(nowMs);
    return endMs - startMs;
  }
}

/** The longest that a window of this kind can be. */
export function longestMs(window: ObjectiveWindow): number {
  if (window.type === 'rolling') return window.hours * HOUR_MS;
  // With an hour for the day on which the clock goes back.
  const days = { day: 1, week: 7, month: 31, quarter: 92 }[window.unit];
  return (days * 24 + 1) * HOUR_MS;
}

/** What it is called: `30d`, `36h`, `month`. */
export function windowName(window: ObjectiveWindow): string {
  if (window.type === 'calendar') return window.unit;
  return window.hours % 24 === 0 ? `${window.hours / 24}d` : `${window.hours}h`;
}
