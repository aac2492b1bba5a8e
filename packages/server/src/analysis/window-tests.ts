/**
 * Whether the last minutes together are odd, where no single one is: distances from the
 * baseline are added up over windows, each weighed by how many requests it rests on, and
 * the sum is compared with earlier sums of the series' own.
 */

import { Tail, type TailState } from '../analyse/detect/tail.ts';

/** Decades that a window may claim beyond the number of independent values seen. */
const BEYOND_DECADES = 5.5;
/** Taken off for looking at several windows, and for two directions. */
const ALLOWANCE_DECADES = 0.6;
/** From here on a sum belongs to an incident. */
const INCIDENT_DECADES = 4;
/** A window is odd from so many standard deviations on. */
const SIGMAS_MIN = 3;
/** The first row that is so far off is where it began. */
const FAR_SIGMAS = 2;
/** A row weighs by the root of its requests, up to so many. */
const VOLUME_MAX = 10_000;

/** What the tests know, as plain JSON. */
export interface WindowTestsState {
  readonly ring: readonly number[];
  readonly rows: readonly number[];
  readonly tails: readonly (readonly TailState[])[];
  readonly peaks: readonly (readonly number[])[];
}

/** What the tests say of a row. */
export interface WindowVerdict {
  /** How improbable the oddest window is, in decades. */
  readonly decades: number;
  /** In standard deviations of one row, over the window; positive for too much. */
  readonly sigmas: number;
  /** How many rows the oddest window has, and how many of them there are since the first that is far off. */
  readonly rows: number;
  readonly sinceRows: number;
  /** The same over the shortest window: whether what the oddest one saw goes on. */
  readonly nowSigmas: number;
}

/** The window tests of one series. */
export class WindowTests {
  readonly #widths: readonly number[];
  readonly #tails: readonly (readonly Tail[])[];
  readonly #ring: number[] = [];
  /** The rows themselves, each in its own standard deviations; 0 where there is no value. */
  readonly #rows: number[] = [];
  /** The largest sum of the incident in progress, by window and direction; 0 where there is none. */
  readonly #peaks: number[][];

  /** @param widths of the windows, in rows, ascending. */
  constructor(widths: readonly number[]) {
    this.#widths = widths;
    this.#peaks = widths.map(() => [0, 0]);
    this.#tails = widths.map((rows) => [new Tail(rows, BEYOND_DECADES), new Tail(rows, BEYOND_DECADES)]);
  }

  /**
   * Takes a row in.
   *
   * @param sigmas distance from the baseline in its standard deviations; null where there is no value.
   * @param volume requests that the value rests on.
   */
  observe(sigmas: number | null, volume: number): WindowVerdict {
    const weight = Math.sqrt(Math.max(1, Math.min(VOLUME_MAX, volume)));
    this.#ring.push(sigmas === null ? Number.NaN : sigmas * weight);
    this.#rows.push(sigmas ?? 0);
    if (this.#ring.length > (this.#widths.at(-1) ?? 1)) {
      this.#ring.shift();
      this.#rows.shift();
    }
    let found: WindowVerdict = { decades: 0, sigmas: 0, rows: 1, sinceRows: 1, nowSigmas: 0 };
    if (sigmas === null) return found;
    found = { ...found, nowSigmas: this.#sumOf(this.#widths[0] ?? 1) / weight };
    this.#widths.forEach((rows, index) => {
      const sum = this.#sumOf(rows);
      const rarity = Math.max(this.#rarity(index, 0, sum), this.#rarity(index, 1, -sum));
      // What is rare only because the series is so regular is too small to tell of.
      const isFar = Math.abs(sum) >= SIGMAS_MIN * weight;
      const decades = isFar ? Math.max(0, rarity - ALLOWANCE_DECADES) : 0;
      if (decades <= found.decades) return;
      const within = this.#rows.slice(-rows);
      const first = within.findIndex((row) => row * Math.sign(sum) >= FAR_SIGMAS);
      const sinceRows = within.length - Math.max(0, first);
      found = { ...found, decades, sigmas: sum / weight, rows, sinceRows };
    });
    return found;
  }

  /** Everything known, as plain JSON. */
  state(): WindowTestsState {
    return {
      ring: this.#ring.map((value) => (Number.isNaN(value) ? 1e300 : value)),
      rows: [...this.#rows],
      tails: this.#tails.map((pair) => pair.map((tail) => tail.state())),
      peaks: this.#peaks.map((pair) => [...pair]),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: WindowTestsState): void {
    this.#ring.splice(0, Infinity, ...state.ring.map((value) => (value === 1e300 ? Number.NaN : value)));
    this.#rows.splice(0, Infinity, ...state.rows);
    this.#peaks.forEach((pair, index) => pair.splice(0, 2, ...(state.peaks[index] ?? [0, 0])));
    this.#tails.forEach((pair, index) =>
      pair.forEach((tail, side) => {
        const kept = state.tails[index]?.[side];
        if (kept !== undefined) tail.restore(kept);
      }),
    );
  }

  /** How rare a sum is. Sums of one incident are like each other: only the largest is learnt, when it is over. */
  #rarity(index: number, side: number, sum: number): number {
    const tail = this.#tails[index]?.[side];
    const peaks = this.#peaks[index];
    if (tail === undefined || peaks === undefined) return 0;
    const value = Math.max(0, sum);
    const rarity = tail.decades(value);
    const peak = peaks[side] ?? 0;
    if (rarity >= INCIDENT_DECADES) {
      peaks[side] = Math.max(peak, value);
      return rarity;
    }
    if (peak > 0) tail.observe(peak);
    peaks[side] = 0;
    tail.observe(value);
    return rarity;
  }

  /** The sum of the last rows that have a value, as if of one row's size. */
  #sumOf(rows: number): number {
    let sum = 0;
    let count = 0;
    for (const value of this.#ring.slice(-rows)) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    return count === 0 ? 0 : sum / Math.sqrt(count);
  }
}
