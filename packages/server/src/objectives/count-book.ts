/**
 * What was counted for one objective, by the values of the dimension that it is per:
 * minutes for burn rates, quarters of an hour for the window. Every calendar period
 * of every time zone begins with a quarter of an hour.
 */

import { type Tally, TallyRing } from './tally-ring.ts';

export const MINUTE_MS = 60_000;
export const QUARTER_MS = 15 * MINUTE_MS;
export const HOUR_MS = 60 * MINUTE_MS;

/** How far back minutes are kept: the longest window of a burn rate, and what may come from ahead. */
export const MINUTES_KEPT_MS = 74 * HOUR_MS;
/** Events may be ahead of the clock. */
const AHEAD_MS = HOUR_MS;

/** Values of the dimension that are told apart; the others are one. */
export const KEYS_MAX = 50;
/** Under this key are all other values; no label can be it, since it holds a control character. */
export const OTHER_KEY = '\u{1}other';

/** Slots with what was counted in them. */
export interface CountedSlot extends Tally {
  /** The start of the slot, epoch milliseconds. */
  readonly startMs: number;
  readonly key: string;
}

interface Rings {
  readonly minutes: TallyRing;
  readonly quarters: TallyRing;
}

export class CountBook {
  readonly #windowMs: number;
  readonly #byKey = new Map<string, Rings>();
  #nowMs: number;

  /** @param windowMs the longest window that will be asked for. */
  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs;
    this.#nowMs = nowMs;
  }

  /** The keys there are. */
  get keys(): string[] {
    return [...this.#byKey.keys()];
  }

  /** The first instant of the quarters that are kept. */
  get fromMs(): number {
    return floor(this.#nowMs - this.#windowMs, HOUR_MS);
  }

  /** The first instant of the minutes that are kept. */
  get minutesFromMs(): number {
    return Math.max(this.fromMs, floor(this.#nowMs - MINUTES_KEPT_MS, HOUR_MS));
  }

  /** Moves on to a later time. */
  advance(nowMs: number): void {
    if (nowMs <= this.#nowMs) return;
    this.#nowMs = nowMs;
    for (const rings of this.#byKey.values()) this.#advance(rings);
  }

  /** Takes quarters of hours that no minutes are kept of. */
  setQuarters(slots: readonly CountedSlot[]): void {
    for (const slot of slots) this.#rings(slot.key).quarters.set(slot.startMs / QUARTER_MS, slot);
  }

  /** Takes the place of what was known of some hours. */
  setHours(hours: readonly number[], minutes: readonly CountedSlot[]): void {
    for (const rings of this.#byKey.values()) for (const hour of hours) clearHour(rings, hour);
    const quarters = new Map<string, CountedSlot>();
    for (const slot of minutes) {
      this.#rings(slot.key).minutes.set(slot.startMs / MINUTE_MS, slot);
      const startMs = floor(slot.startMs, QUARTER_MS);
      const name = JSON.stringify([startMs, slot.key]);
      const { good, total } = quarters.get(name) ?? { good: 0, total: 0 };
      quarters.set(name, { startMs, key: slot.key, good: good + slot.good, total: total + slot.total });
    }
    this.setQuarters([...quarters.values()]);
  }

  /** What was counted in a window; it is widened to quarters of an hour if it is longer than minutes are kept. */
  sum(key: string, fromMs: number, toMs: number): Tally {
    const rings = this.#byKey.get(key);
    if (rings === undefined) return { good: 0, total: 0 };
    if (fromMs >= this.minutesFromMs)
      return rings.minutes.sum(Math.floor(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS));
    // Events may be ahead of the clock: what is left of the last quarter is counted by minutes.
    const last = floor(toMs, QUARTER_MS);
    const whole = rings.quarters.sum(Math.floor(fromMs / QUARTER_MS), last / QUARTER_MS);
    const rest = rings.minutes.sum(last / MINUTE_MS, Math.ceil(toMs / MINUTE_MS));
    return { good: whole.good + rest.good, total: whole.total + rest.total };
  }

  #rings(key: string): Rings {
    let rings = this.#byKey.get(key);
    if (rings !== undefined) return rings;
    const newest = this.#nowMs + AHEAD_MS;
    const slotsOf = (keptMs: number, slotMs: number): number =>
      Math.ceil((keptMs + AHEAD_MS + HOUR_MS) / slotMs) + 1;
    rings = {
      minutes: new TallyRing(slotsOf(MINUTES_KEPT_MS, MINUTE_MS), Math.floor(newest / MINUTE_MS)),
      quarters: new TallyRing(slotsOf(this.#windowMs, QUARTER_MS), Math.floor(newest / QUARTER_MS)),
    };
    this.#byKey.set(key, rings);
    return rings;
  }

  #advance({ minutes, quarters }: Rings): void {
    minutes.advance(Math.floor((this.#nowMs + AHEAD_MS) / MINUTE_MS));
    quarters.advance(Math.floor((this.#nowMs + AHEAD_MS) / QUARTER_MS));
  }
}

function clearHour({ minutes, quarters }: Rings, hour: number): void {
  const none = { good: 0, total: 0 };
  for (let minute = 0; minute < 60; minute += 1) minutes.set(hour * 60 + minute, none);
  for (let quarter = 0; quarter < 4; quarter += 1) quarters.set(hour * 4 + quarter, none);
}

function floor(ms: number, unitMs: number): number {
  return Math.floor(ms / unitMs) * unitMs;
}
