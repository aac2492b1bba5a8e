/**
 * From evidence to news. An incident is reported once, when it becomes clear; what
 * follows of it is not reported again unless it gets ten times as improbable. A
 * series that alarms often has to bring more evidence, so that one threshold suits
 * nervous and calm series alike.
 */

import { type AnomalyKind, Kinds, type KindsState } from './kinds.ts';

/** An incident is over after a calm of this share of the rows seen, but at most so many rows. */
const CALM_SHARE = 0.03;
const CALM_ROWS_MAX = 720;
/** A known incident is news again when it is rarer by so many decades than when it was reported. */
const WORSE_DECADES = 1;
/** One alarm in so many rows is taken as normal; beyond that each factor of ten costs so many decades. */
const ROWS_PER_ALARM = 600;
const DECADES_PER_TENFOLD = 0.4;
/** When so many rows are counted, rows and alarms are halved, so that the past fades. */
const ROWS_MAX = 50_000;
/** A stretch of suspicion begins at this rarity and ends after so many rows below it. */
const SUSPICION_DECADES = 2;
const UNSUSPICIOUS_ROWS = 1;

/** What {@link Incidents} know, as plain JSON. */
export interface IncidentsState {
  readonly row: number;
  readonly rows: number;
  readonly alarms: number;
  readonly lastRow: number | null;
  readonly peak: number;
  readonly suspectMs: number | null;
  readonly suspectRow: number;
  readonly sinceMs: number;
  readonly kinds: readonly AnomalyKind[];
  readonly marks: KindsState;
}

/** The decades of rarity that a series with so many alarms in so many rows has to bring in addition. */
export function handicap(alarms: number, rows: number): number {
  const excess = (alarms + 1) / (rows / ROWS_PER_ALARM + 1);
  return DECADES_PER_TENFOLD * Math.max(0, Math.log10(excess));
}

/** The verdict on a row. */
export interface Verdict {
  /** Rarity in decades after the handicap for frequent alarms. */
  readonly decades: number;
  /** `news`: an incident is reported now; `known`: this row belongs to one that was; `calm`: neither. */
  readonly standing: 'news' | 'known' | 'calm';
}

/** Follows the incidents of one series. */
export class Incidents {
  readonly #threshold: number;
  readonly #marks: Kinds;
  #row = 0;
  #rows = 0;
  #alarms = 0;
  #lastRow: number | null = null;
  #peak = 0;
  #suspectMs: number | null = null;
  #suspectRow = 0;
  #sinceMs = 0;
  #kinds: readonly AnomalyKind[] = [];

  /** @param threshold the rarity in decades from which a row is an anomaly. */
  constructor(threshold: number) {
    this.#threshold = threshold;
    this.#marks = new Kinds(threshold);
  }

  /** When the incident of the last `news` or `known` row began, in epoch milliseconds. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** What that incident is, as far as it is clear. */
  get kinds(): readonly AnomalyKind[] {
    return this.#kinds;
  }

  /**
   * Judges a row.
   *
   * @param evidence rarity of the row in decades.
   * @param each rarity per statistic.
   * @param zeroShare the share of zeros among earlier values if this value is zero, else null.
   */
  judge(timestampMs: number, evidence: number, each: Float64Array, zeroShare: number | null): Verdict {
    const row = this.#row;
    this.#count();
    this.#suspect(timestampMs, evidence);
    this.#marks.observe(each);
    const decades = Math.max(0, evidence - handicap(this.#alarms, this.#rows));
    if (decades < this.#threshold) return { decades, standing: 'calm' };
    const kinds = this.#marks.of(each, zeroShare);
    const calmRows = Math.min(CALM_ROWS_MAX, CALM_SHARE * row);
    const known =
      this.#lastRow !== null && row - this.#lastRow <= calmRows && decades < this.#peak + WORSE_DECADES;
    this.#lastRow = row;
    if (known) {
      this.#kinds = [...new Set([...this.#kinds, ...kinds])];
      return { decades, standing: 'known' };
    }
    this.#peak = decades;
    this.#alarms += 1;
    this.#kinds = kinds;
    this.#sinceMs = this.#suspectMs ?? timestampMs;
    return { decades, standing: 'news' };
  }

  #count(): void {
    this.#row += 1;
    this.#rows += 1;
    if (this.#rows < ROWS_MAX) return;
    this.#rows /= 2;
    this.#alarms /= 2;
  }

  /** Remembers where the present stretch of suspicion began. */
  #suspect(timestampMs: number, evidence: number): void {
    if (evidence >= SUSPICION_DECADES) {
      this.#suspectMs ??= timestampMs;
      this.#suspectRow = this.#row;
    } else if (this.#row - this.#suspectRow > UNSUSPICIOUS_ROWS) this.#suspectMs = null;
  }

  /** Everything known, as plain JSON. */
  state(): IncidentsState {
    return {
      row: this.#row,
      rows: this.#rows,
      alarms: this.#alarms,
      lastRow: this.#lastRow,
      peak: this.#peak,
      suspectMs: this.#suspectMs,
      suspectRow: this.#suspectRow,
      sinceMs: this.#sinceMs,
      kinds: this.#kinds,
      marks: this.#marks.state(),
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: IncidentsState): void {
    this.#row = state.row;
    this.#rows = state.rows;
    this.#alarms = state.alarms;
    this.#lastRow = state.lastRow;
    this.#peak = state.peak;
    this.#suspectMs = state.suspectMs;
    this.#suspectRow = state.suspectRow;
    this.#sinceMs = state.sinceMs;
    this.#kinds = state.kinds;
    this.#marks.restore(state.marks);
  }
}
