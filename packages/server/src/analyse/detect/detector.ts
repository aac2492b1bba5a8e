/**
 * The streaming anomaly detector: one pass, fixed memory per series, and a row's
 * score depends on no later row. How it works and how well is in
 * docs/concepts/anomaly-detection.md.
 */

import { Evidence, type EvidenceState } from './evidence.ts';
import { Incidents, type IncidentsState } from './incidents.ts';
import type { AnomalyKind } from './kinds.ts';
import { decadesOfScore, scoreOfDecades } from './score.ts';
import { Statistics, type StatisticsState } from './statistics.ts';

/** The score from which a row is an anomaly, unless another is asked for: one row in a thousand. */
export const THRESHOLD_DEFAULT = 0.5;
/** How far below the threshold the score of a row is held whose incident is known already. */
const KNOWN_MARGIN = 0.01;
/** Larger values are refused, since differences of theirs would overflow. */
const VALUE_MAX = 1e300;
const STATE_VERSION = 1;

/** How to detect. */
export interface DetectorOptions {
  /** The score from which a row is an anomaly, between 0.05 and 0.99. Default {@link THRESHOLD_DEFAULT}. */
  readonly threshold?: number;
  /**
   * Over how many rows neighbouring values overlap, such as 5 for the sums of the last
   * five minutes, each minute. Default 1: not at all.
   */
  readonly overlapRows?: number;
}

/** What is said of a row. */
export interface Detection {
  readonly timestampMs: number;
  /** Null where a value was missing. */
  readonly value: number | null;
  /** What was expected from the rows before; null on the first row. */
  readonly expected: number | null;
  /**
   * How much this row is news, from 0 to 1, on the scale of {@link scoreOfDecades}.
   * While a reported incident lasts it stays below the threshold.
   */
  readonly score: number;
  /** How odd the row is in itself, on the same scale, whether or not it is known already. */
  readonly surprise: number;
  /** Whether an incident is reported with this row. */
  readonly anomaly: boolean;
  /** Whether the row belongs to an incident that was reported with an earlier row. */
  readonly ongoing: boolean;
  /** What the incident is; empty unless `anomaly` or `ongoing`. */
  readonly kinds: readonly AnomalyKind[];
  /** When the incident began; null unless `anomaly` or `ongoing`. */
  readonly sinceMs: number | null;
}

/** What a detector knows of its series, as plain JSON. */
export interface DetectorState {
  readonly version: number;
  readonly statistics: StatisticsState;
  readonly evidence: EvidenceState;
  readonly incidents: IncidentsState;
}

/** A detector of one series. */
export interface Detector {
  /**
   * Judges the next row and learns it. Rows come in the order of time; two rows of
   * one instant are taken one after the other.
   *
   * @param value the value, or null if it is missing.
   * @throws RangeError if the instant is not finite or the value is not within 1e300.
   */
  observe(timestampMs: number, value: number | null): Detection;
  /** What the detector knows, to be kept across a restart. */
  state(): DetectorState;
  /**
   * Goes on from a kept state as if there had been no interruption.
   *
   * @throws RangeError if the state is of another version.
   */
  restore(state: DetectorState): void;
}

/**
 * Makes a detector.
 *
 * @throws RangeError if the threshold is out of range.
 * @example
 * const detector = createDetector();
 * for (const { timestampMs, value } of rows) {
 *   const { anomaly, score, expected } = detector.observe(timestampMs, value);
 *   if (anomaly) console.log(`${value} instead of ${expected} (score ${score})`);
 * }
 */
export function createDetector(options: DetectorOptions = {}): Detector {
  const threshold = options.threshold ?? THRESHOLD_DEFAULT;
  if (!(threshold >= 0.05 && threshold <= 0.99))
    throw new RangeError(`a threshold lies between 0.05 and 0.99, not at ${threshold}`);
  return new SeriesDetector(threshold, options.overlapRows ?? 1);
}

class SeriesDetector implements Detector {
  readonly #threshold: number;
  readonly #statistics = new Statistics();
  readonly #evidence: Evidence;
  readonly #incidents: Incidents;

  constructor(threshold: number, overlapRows: number) {
    this.#threshold = threshold;
    this.#evidence = new Evidence(overlapRows);
    this.#incidents = new Incidents(decadesOfScore(threshold));
  }

  observe(timestampMs: number, value: number | null): Detection {
    if (!Number.isFinite(timestampMs)) throw new RangeError(`an instant is finite, not ${timestampMs}`);
    if (value === null) return this.#observeNothing(timestampMs);
    if (!(Math.abs(value) <= VALUE_MAX))
      throw new RangeError(`a value is null or a number within ${VALUE_MAX}, not ${value}`);
    const zeroShare = value === 0 ? this.#statistics.zeroShare : null;
    const expected = this.#statistics.observe(timestampMs, value);
    const evidence = this.#evidence.observe(this.#statistics.values);
    return this.#detection(timestampMs, value, expected, evidence, zeroShare);
  }

  state(): DetectorState {
    return {
      version: STATE_VERSION,
      statistics: this.#statistics.state(),
      evidence: this.#evidence.state(),
      incidents: this.#incidents.state(),
    };
  }

  restore(state: DetectorState): void {
    if (state.version !== STATE_VERSION)
      throw new RangeError(`the state is of version ${state.version}, not ${STATE_VERSION}`);
    this.#statistics.restore(state.statistics);
    this.#evidence.restore(state.evidence);
    this.#incidents.restore(state.incidents);
  }

  #observeNothing(timestampMs: number): Detection {
    const expected = this.#statistics.expectedAt(timestampMs);
    const evidence = this.#evidence.gap(this.#statistics.gapMs(timestampMs));
    return this.#detection(timestampMs, null, expected, evidence, null);
  }

  #detection(
    timestampMs: number,
    value: number | null,
    expected: number | null,
    evidence: number,
    zeroShare: number | null,
  ): Detection {
    const incidents = this.#incidents;
    const { decades, standing } = incidents.judge(timestampMs, evidence, this.#evidence.decades, zeroShare);
    const surprise = scoreOfDecades(decades);
    const anomaly = standing === 'news';
    const ongoing = standing === 'known';
    return {
      timestampMs,
      value,
      expected,
      score: ongoing ? Math.min(surprise, this.#threshold - KNOWN_MARGIN) : surprise,
      surprise,
      anomaly,
      ongoing,
      kinds: anomaly || ongoing ? incidents.kinds : [],
      sinceMs: anomaly || ongoing ? incidents.sinceMs : null,
    };
  }
}
