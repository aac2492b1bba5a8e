/**
 * What an anomaly is, as far as its first rows tell. A single odd row moves the
 * means of all windows that hold it, so windows only speak of a lasting change when
 * rows go on being odd or when no row was.
 */

import { STATISTICS } from './definitions.ts';

/** What an anomaly is. */
export type AnomalyKind =
  | 'point'
  | 'seasonal'
  | 'level_shift'
  | 'trend_change'
  | 'variance_change'
  | 'missing_data'
  | 'drop_to_zero';

/** A row so rare is counted as odd in the moving share of odd rows. */
const ODD_DECADES = 1;
/** Weight of the newest row in that share, and the share before a row from which a change is lasting. */
const ODD_WEIGHT = 0.25;
const ODD_SHARE_LASTING = 0.5;
/** A spread that grew shows in fewer rows than a level that moved. */
const ODD_SHARE_SPREAD = 0.4;
/** A step from what was expected so rare is a jump; a level that moves without one is a trend. */
const JUMP_DECADES = 1.3;
/** A zero is a drop to zero where at most this share of values was zero. */
const ZERO_SHARE_MAX = 0.01;

/** What {@link Kinds} know, as plain JSON. */
export interface KindsState {
  readonly row: number;
  readonly oddNow: boolean;
  readonly oddShare: number;
  readonly outlierRow: number | null;
  readonly jumpRow: number | null;
}

/** Tells what the anomalies of one series are. */
export class Kinds {
  readonly #threshold: number;
  #row = 0;
  #oddNow = false;
  /** The share up to the row before the last one. */
  #oddShare = 0;
  #outlierRow: number | null = null;
  #jumpRow: number | null = null;

  /** @param threshold the rarity in decades from which a row is an anomaly. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Takes a row in. */
  observe(each: Float64Array): void {
    this.#row += 1;
    this.#oddShare += ODD_WEIGHT * ((this.#oddNow ? 1 : 0) - this.#oddShare);
    let oddest = 0;
    for (let index = 0; index < STATISTICS.length; index += 1) {
      const { kind } = STATISTICS[index]!;
      if (kind !== 'point' && kind !== 'seasonal' && kind !== 'jump') continue;
      oddest = Math.max(oddest, each[index]!);
      if (kind === 'jump' && each[index]! >= JUMP_DECADES) this.#jumpRow = this.#row;
    }
    if (oddest >= this.#threshold) this.#outlierRow = this.#row;
    this.#oddNow = oddest >= ODD_DECADES;
  }

  /**
   * The kinds that the last row shows, the most direct first.
   *
   * @param each rarity per statistic.
   * @param zeroShare the share of zeros among earlier values if this value is zero, else null.
   */
  of(each: Float64Array, zeroShare: number | null): readonly AnomalyKind[] {
    const shown = new Set<AnomalyKind>();
    if (zeroShare !== null && zeroShare <= ZERO_SHARE_MAX) shown.add('drop_to_zero');
    const strongest = each.reduce((best, decades, index) => (decades > each[best]! ? index : best), 0);
    STATISTICS.forEach(({ kind, correlationRows }, index) => {
      if (index !== strongest && each[index]! < this.#threshold) return;
      if (kind === 'point' || kind === 'jump') shown.add('point');
      else if (kind === 'seasonal') shown.add('seasonal');
      else if (kind === 'missing') shown.add('missing_data');
      else if (kind === 'zero') shown.add('drop_to_zero');
      else if (this.#lasting(correlationRows, kind))
        shown.add(kind === 'variance' ? 'variance_change' : this.#levelKind(correlationRows));
    });
    // What is odd in itself is odd for its hour too; the hour is only named where it makes the difference.
    if (shown.has('point')) shown.delete('seasonal');
    return shown.size === 0 ? ['point'] : [...shown];
  }

  /** Whether a window shows more than the echo of one odd row. */
  #lasting(rows: number, kind: 'level' | 'variance'): boolean {
    const echo = this.#outlierRow !== null && this.#row - this.#outlierRow < rows;
    return !echo || this.#oddShare >= (kind === 'variance' ? ODD_SHARE_SPREAD : ODD_SHARE_LASTING);
  }

  #levelKind(rows: number): AnomalyKind {
    return this.#jumpRow !== null && this.#row - this.#jumpRow < rows ? 'level_shift' : 'trend_change';
  }

  /** Everything known, as plain JSON. */
  state(): KindsState {
    return {
      row: this.#row,
      oddNow: this.#oddNow,
      oddShare: this.#oddShare,
      outlierRow: this.#outlierRow,
      jumpRow: this.#jumpRow,
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: KindsState): void {
    this.#row = state.row;
    this.#oddNow = state.oddNow;
    this.#oddShare = state.oddShare;
    this.#outlierRow = state.outlierRow;
    this.#jumpRow = state.jumpRow;
  }
}
