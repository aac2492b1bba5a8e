/**
 * Whether the last minutes together are odd, where no single one is: distances from the
 * baseline are added up over windows, each weighed by how many requests it rests on, and
 * the sum is compared with earlier sums of the series' own.
 */

import { Tail, type TailState } from '../analyse/detect/tail.ts';

/** Decades that a window may claim beyond the number of independent values seen. */
const BEYOND_DECADES = 4;
/** Taken off for looking at several windows, and for two directions. */
const ALLOWANCE_DECADES = 0.6;
/** A row weighs by the root of its requests, up to so many. */
const VOLUME_MAX = 10_000;

/** What the tests know, as plain JSON. */
export interface WindowTestsState {
  readonly ring: readonly number[];
  readonly tails: readonly (readonly TailState[])[];
}

/** What the tests say of a row. */
export interface WindowVerdict {
  /** How improbable the oddest window is, in decades. */
  readonly decades: number;
  /** In standard deviations of one row, over the window; positive for too much. */
  readonly sigmas: number;
  /** How many rows the oddest window has. */
  readonly rows: number;
}

/** The window tests of one series. */
export class WindowTests {
  readonly #widths: readonly number[];
  readonly #tails: readonly (readonly Tail[])[];
  readonly #ring: number[] = [];

  /** @param widths of the windows, in rows, ascending. */
  constructor(widths: readonly number[]) {
    this.#widths = widths;
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
    if (this.#ring.length > (this.#widths.at(-1) ?? 1)) this.#ring.shift();
    let found: WindowVerdict = { decades: 0, sigmas: 0, rows: 1 };
    if (sigmas === null) return found;
    this.#widths.forEach((rows, index) => {
      const [up, down] = this.#tails[index] ?? [];
      const sum = this.#sumOf(rows);
      const rarity = Math.max(up?.observe(Math.max(0, sum)) ?? 0, down?.observe(Math.max(0, -sum)) ?? 0);
      const decades = Math.max(0, rarity - ALLOWANCE_DECADES);
      if (decades > found.decades) found = { decades, sigmas: sum / weight, rows };
    });
    return found;
  }

  /** Everything known, as plain JSON. */
  state(): WindowTestsState {
    return {
      ring: this.#ring.map((value) => (Number.isNaN(value) ? 1e300 : value)),
      tails: this.#tails.map((pair) => pair.map((tail) => tail.state())),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: WindowTestsState): void {
    this.#ring.splice(0, Infinity, ...state.ring.map((value) => (value === 1e300 ? Number.NaN : value)));
    this.#tails.forEach((pair, index) =>
      pair.forEach((tail, side) => {
        const kept = state.tails[index]?.[side];
        if (kept !== undefined) tail.restore(kept);
      }),
    );
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
