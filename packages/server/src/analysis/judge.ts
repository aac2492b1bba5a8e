/**
 * Judges the values of one watched series, one after the other, and learns them. Three
 * looks are combined: the streaming detector on single rows, window sums against the
 * baseline, and for shares of failures the counts themselves. The oddest of them speaks.
 */

import {
  type AnomalyKind,
  createDetector,
  type Detector,
  type DetectorState,
  scoreOfDecades,
} from '../analyse/detect/index.ts';
import { Baseline, type BaselineState } from './baseline.ts';
import type { Scale } from './scale.ts';
import { ShareTest, type ShareTestState } from './share-test.ts';
import { WindowTests, type WindowTestsState } from './window-tests.ts';

/** Rows before a series is judged; until then it is learnt only. */
export const WARM_UP_ROWS = 720;
/** Widths of the windows in rows. */
const WIDTHS = [5, 15, 60] as const;
/** The threshold that the detector has; what is reported is decided by whoever asks. */
const DETECTOR_THRESHOLD = 0.7;
/** A row is odd beyond so many standard deviations, and keeps an anomaly open. */
const ODD_SIGMAS = 3;
const SIGMAS_MAX = 100;
/** A row goes with a window that is odd if it is at least so far off in the same direction. */
const WITH_SIGMAS = 0.5;
/** What a long window saw goes on while the shortest one is so far off. */
const GOES_ON_SIGMAS = 2;
/** Rows before distances from the baseline mean anything. */
const BASELINE_ROWS = 60;
/** A window that is odd over so many rows is a level that has shifted. */
const SHIFT_ROWS = 15;

/** What is said of a row. */
export interface Judgement {
  readonly atMs: number;
  /** Null where there was no value. */
  readonly actual: number | null;
  readonly expected: number | null;
  /** How far off, in robust standard deviations of what is usual; 0 where nothing is known. */
  readonly sigmas: number;
  /** 0 to 1, as `scoreOfDecades` has it. */
  readonly score: number;
  readonly kinds: readonly AnomalyKind[];
  /** When it began, as far as this row tells. */
  readonly sinceMs: number;
  /** Whether the row is unusual enough to belong to an anomaly that is open already. */
  readonly isOdd: boolean;
}

/** What a judge knows, as plain JSON. */
export interface JudgeState {
  readonly rows: number;
  readonly baseline: BaselineState;
  readonly windows: WindowTestsState;
  readonly share: ShareTestState;
  readonly detector: DetectorState;
}

/** The judge of one series. */
export class Judge {
  readonly baseline: Baseline = new Baseline();
  readonly #scale: Scale;
  readonly #stepMs: number;
  readonly #windows = new WindowTests(WIDTHS);
  readonly #share = new ShareTest();
  readonly #detector: Detector = createDetector({ threshold: DETECTOR_THRESHOLD });
  #rows = 0;

  constructor(scale: Scale, stepMs: number) {
    this.#scale = scale;
    this.#stepMs = stepMs;
  }

  /** Rows with a value that were learnt. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether enough is known to judge by. */
  get isLearnt(): boolean {
    return this.#rows > WARM_UP_ROWS;
  }

  /** The mean of what is usual over a week, in the unit of the series, and how many spreads another value is away from it. */
  get level(): { readonly value: number; readonly off: (value: number) => number } {
    const { mean, spread } = this.baseline;
    return {
      value: this.#scale.name === 'share' ? this.#share.share : this.#scale.back(mean),
      off: (value) => Math.abs(sigmasOf((this.#scale.forward(value) ?? 0) - mean, spread)),
    };
  }

  /** What is expected at an instant, in the unit of the series; null before anything is known. */
  expectedAt(atMs: number): number | null {
    if (this.baseline.count === 0) return null;
    return this.#scale.name === 'share' ? this.#share.share : this.#scale.back(this.baseline.expected(atMs));
  }

  /** The value that is `sigmas` standard deviations away from what is expected. */
  edgeAt(atMs: number, sigmas: number): number | null {
    if (this.baseline.count === 0 || this.#scale.name === 'share') return null;
    return this.#scale.back(this.baseline.expected(atMs) + sigmas * this.baseline.spread);
  }

  /**
   * Judges the value of a step and learns it. Steps come in the order of time.
   *
   * @param value null where there is none.
   * @param volume requests of the step.
   */
  observe(atMs: number, value: number | null, volume: number): Judgement {
    const scaled = value === null ? null : this.#scale.forward(value);
    const expected = this.expectedAt(atMs);
    if (scaled === null) return this.#nothing(atMs, value, expected);
    this.#rows += 1;
    const sigmas = this.#sigmasOf(atMs, scaled);
    const judged =
      this.#scale.name === 'share'
        ? this.#judgeShare(atMs, value ?? 0, volume)
        : this.#judgeValue(atMs, scaled, sigmas, volume);
    this.baseline.learn(atMs, scaled);
    const isKnown = this.#rows > WARM_UP_ROWS;
    return {
      atMs,
      actual: value,
      expected,
      ...judged,
      kinds: value === 0 && sigmas < 0 && this.#scale.name === 'root' ? ['drop_to_zero'] : judged.kinds,
      score: isKnown ? judged.score : 0,
      isOdd: isKnown && judged.isOdd,
    };
  }

  /** Everything known, as plain JSON. */
  state(): JudgeState {
    return {
      rows: this.#rows,
      baseline: this.baseline.state(),
      windows: this.#windows.state(),
      share: this.#share.state(),
      detector: this.#detector.state(),
    };
  }

  /** Takes over what {@link state} gave. @throws RangeError for a state of another version. */
  restore(state: JudgeState): void {
    this.#rows = state.rows;
    this.baseline.restore(state.baseline);
    this.#windows.restore(state.windows);
    this.#share.restore(state.share);
    this.#detector.restore(state.detector);
  }

  #nothing(atMs: number, value: number | null, expected: number | null): Judgement {
    const { anomaly, ongoing, surprise } = this.#detector.observe(atMs, null);
    this.#windows.observe(null, 0);
    const isMissing = (anomaly || ongoing) && this.#rows > WARM_UP_ROWS;
    return {
      atMs,
      actual: value,
      expected,
      sigmas: 0,
      score: isMissing ? surprise : 0,
      kinds: isMissing ? ['missing_data'] : [],
      sinceMs: atMs,
      isOdd: isMissing,
    };
  }

  /** Distance from what was expected, but none on the way back to what is usual. */
  #sigmasOf(atMs: number, scaled: number): number {
    const { spread } = this.baseline;
    if (this.baseline.count === 0) return 0;
    const fromExpected = sigmasOf(scaled - this.baseline.expected(atMs), spread);
    const fromUsual = sigmasOf(scaled - this.baseline.usual(atMs), spread);
    if (Math.sign(fromExpected) !== Math.sign(fromUsual)) return 0;
    return Math.sign(fromUsual) * Math.min(Math.abs(fromExpected), Math.abs(fromUsual));
  }

  #judgeValue(atMs: number, scaled: number, sigmas: number, volume: number) {
    const found = this.#detector.observe(atMs, scaled);
    // A count is its own volume, so each of its rows weighs alike.
    const weight = this.#scale.name === 'root' ? 1 : volume;
    const windows = this.#windows.observe(this.#rows > BASELINE_ROWS ? sigmas : null, weight);
    const byWindow = scoreOfDecades(windows.decades);
    // After an incident the way back is a jump too, and no news.
    const isFar = Math.abs(sigmas) >= ODD_SIGMAS || !found.kinds.includes('point');
    const byRow = found.anomaly && isFar ? found.score : 0;
    // When an incident is over, windows still have it in them for a while.
    const sign = Math.sign(windows.sigmas);
    const isWith = sigmas * sign >= WITH_SIGMAS && windows.nowSigmas * sign >= GOES_ON_SIGMAS;
    const isOdd = Math.abs(sigmas) >= ODD_SIGMAS || (windows.decades >= 3 && isWith);
    if (byRow >= byWindow && byRow > 0)
      return { sigmas, score: byRow, kinds: found.kinds, sinceMs: found.sinceMs ?? atMs, isOdd: true };
    const kind: AnomalyKind = windows.rows >= SHIFT_ROWS ? 'level_shift' : 'point';
    return {
      sigmas: Math.abs(windows.sigmas) > Math.abs(sigmas) ? windows.sigmas : sigmas,
      score: isWith ? byWindow : 0,
      kinds: [kind],
      sinceMs: atMs - (windows.sinceRows - 1) * this.#stepMs,
      isOdd,
    };
  }

  #judgeShare(atMs: number, share: number, volume: number) {
    const verdict = this.#share.observe(Math.round(share * volume), volume);
    const kind: AnomalyKind = verdict.rows >= SHIFT_ROWS ? 'level_shift' : 'point';
    return {
      sigmas: verdict.sigmas,
      score: scoreOfDecades(verdict.decades),
      kinds: [kind],
      sinceMs: atMs - (verdict.sinceRows - 1) * this.#stepMs,
      isOdd: verdict.decades >= 3,
    };
  }
}

/** A distance in standard deviations; one from a series that never moved is far, and finite. */
function sigmasOf(distance: number, spread: number): number {
  if (distance === 0) return 0;
  return Math.sign(distance) * Math.min(SIGMAS_MAX, Math.abs(distance) / spread);
}
