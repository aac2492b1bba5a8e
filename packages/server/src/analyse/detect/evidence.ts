/**
 * From statistics to evidence: how rare each statistic of a row is among its own
 * earlier values. The rarest of them, less its allowance, speaks for the row.
 */

import { STATISTICS } from './definitions.ts';
import { GAP } from './statistics.ts';
import { Tail, type TailState } from './tail.ts';

/**
 * Added to all rarities, in decades, so that a score stands for the measured rate
 * at which incidents begin on noise of many kinds (see docs/concepts/anomaly-detection.md).
 */
const CALIBRATION = 0.15;

/** What {@link Evidence} knows, as plain JSON: rises (or sizes) and falls per statistic. */
export type EvidenceState = readonly (readonly TailState[])[];

/** Learns the tails of all statistics of one series. */
export class Evidence {
  /** Rarity per statistic for the last row, in decades, allowance taken off. */
  readonly decades: Float64Array = new Float64Array(STATISTICS.length);
  readonly #tails: readonly (readonly Tail[])[];

  /** @param overlapRows over how many rows the values of the series themselves overlap; 1 if they do not. */
  constructor(overlapRows = 1) {
    this.#tails = STATISTICS.map(({ signed, correlationRows }) =>
      Array.from({ length: signed ? 2 : 1 }, () => new Tail(Math.max(correlationRows, overlapRows))),
    );
  }

  /** Weighs a row's statistics, then learns them. Returns the rarity of the row in decades. */
  observe(values: Float64Array): number {
    let most = 0;
    for (let index = 0; index < STATISTICS.length; index += 1) {
      const value = values[index]!;
      if (Number.isNaN(value)) {
        this.decades[index] = 0;
        continue;
      }
      const [up, down] = this.#tails[index]!;
      let rarity = up!.observe(value > 0 || down === undefined ? Math.abs(value) : 0);
      if (down !== undefined) rarity = Math.max(rarity, down.observe(value < 0 ? -value : 0));
      const decades = weighed(rarity, index);
      this.decades[index] = decades;
      if (decades > most) most = decades;
    }
    return most;
  }

  /** Weighs the time without a value while it lasts, and learns nothing. */
  gap(gapMs: number): number {
    this.decades.fill(0);
    const rarity = this.#tails[GAP]![0]!.decades(gapMs);
    const decades = weighed(rarity, GAP);
    this.decades[GAP] = decades;
    return decades;
  }

  /** Everything known, as plain JSON. */
  state(): EvidenceState {
    return this.#tails.map((tails) => tails.map((tail) => tail.state()));
  }

  /** Takes over what {@link state} gave. */
  restore(state: EvidenceState): void {
    this.#tails.forEach((tails, index) => tails.forEach((tail, side) => tail.restore(state[index]![side]!)));
  }
}

/** The rarity of a statistic less its allowance; nothing where it is not rare at all. */
function weighed(rarity: number, index: number): number {
  return rarity === 0 ? 0 : Math.max(0, rarity + CALIBRATION - STATISTICS[index]!.allowance);
}
