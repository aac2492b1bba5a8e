/**
 * Whether the last minutes have more failures than is usual: failures are counted over
 * windows and compared with what the usual share of the requests would be, with as much
 * spread as the series has shown. Where there are few requests this sees far more than
 * the share itself tells, since one failure of one request is 100 %.
 */

import { countDecades } from './count-tail.ts';

/** Widths of the windows in rows; the first is also what the spread is learnt from. */
const WIDTHS = [5, 15, 60] as const;
/** Memory of the usual share, in rows with requests: three days of minutes. */
const MEMORY_ROWS = 4320;
/** The share that is assumed before anything is seen, and the requests which that is worth. */
const PRIOR_SHARE = 0.02;
const PRIOR_REQUESTS = 100;
const SPREAD_MIN = 1.15;
/** Beyond so many standard deviations a window teaches nothing of the usual share and spread. */
const LIMIT_SIGMAS = 6;
/** Rows before a verdict is given. */
const WARM_UP_ROWS = 300;
/** Taken off for looking at several windows. */
const ALLOWANCE_DECADES = 0.8;
const DECADES_MAX = 15;
/**
 * Failures come in bunches in ways that no formula knows. So the decades that windows
 * reach beyond the first are learnt, and all are scaled to what they would be by chance:
 * the excess of an exponential tail, 1 / ln 10 decades on average.
 */
const EXCESS_BY_CHANCE = Math.LOG10E;
const EXCESS_FROM = 1;
const EXCESS_MAX = 4;
/** The excess that is assumed at first, and the bunches which that is worth. */
const PRIOR_EXCESS = 0.8;
const PRIOR_BUNCHES = 6;
/** Bunches that are remembered. */
const BUNCHES_MAX = 200;

/** What the test knows, as plain JSON. */
export interface ShareTestState {
  readonly rows: number;
  readonly failures: number;
  readonly requests: number;
  readonly squares: number;
  readonly means: number;
  readonly bunches: readonly [excess: number, count: number, peak: number];
  readonly ring: readonly (readonly [number, number])[];
}

/** What the test says of a row. */
export interface ShareVerdict {
  readonly decades: number;
  /** The usual share. */
  readonly expected: number;
  /** The share within the oddest window. */
  readonly actual: number;
  /** Distance of that in standard deviations. */
  readonly sigmas: number;
  readonly rows: number;
  /** Rows with requests since the first failure within that window. */
  readonly sinceRows: number;
}

/** The test of one series. */
export class ShareTest {
  #rows = 0;
  /** Fading sums. */
  #failures = 0;
  #requests = 0;
  #squares = 0;
  #means = 0;
  #excess = 0;
  #bunches = 0;
  /** The most decades of the bunch in progress; 0 between bunches. */
  #peak = 0;
  readonly #ring: (readonly [failures: number, requests: number])[] = [];

  /** The usual share of failures. */
  get share(): number {
    return (this.#failures + PRIOR_SHARE * PRIOR_REQUESTS) / (this.#requests + PRIOR_REQUESTS);
  }

  /** How many times Poisson's the variance of failures is. */
  get spread(): number {
    return Math.max(SPREAD_MIN, (this.#squares + 2) / (this.#means + 2));
  }

  /** Takes a row in: a row without requests is passed over. */
  observe(failures: number, requests: number): ShareVerdict {
    const expected = this.share;
    let found: ShareVerdict = { decades: 0, expected, actual: expected, sigmas: 0, rows: 1, sinceRows: 1 };
    if (requests <= 0) return found;
    this.#ring.push([failures, requests]);
    const widest = WIDTHS[WIDTHS.length - 1] ?? 1;
    if (this.#ring.length > widest) this.#ring.shift();
    this.#rows += 1;
    for (const rows of WIDTHS) {
      if (this.#rows < WARM_UP_ROWS) break;
      const [failed, asked] = this.#sumOf(rows);
      const mean = expected * asked;
      const decades = countDecades(failed, mean, this.spread) - ALLOWANCE_DECADES;
      if (decades <= found.decades) continue;
      const sigmas = (failed - mean) / Math.sqrt(Math.max(mean, 0.25) * this.spread);
      const within = this.#ring.slice(-rows);
      const first = within.findIndex(([count]) => count > 0);
      const sinceRows = within.length - Math.max(0, first);
      found = { decades, expected, actual: failed / asked, sigmas, rows, sinceRows };
    }
    this.#learn(failures, requests);
    const decades = this.#scaled(found.decades);
    this.#learnBunch(found.decades);
    return { ...found, decades };
  }

  /** Everything known, as plain JSON. */
  state(): ShareTestState {
    return {
      rows: this.#rows,
      failures: this.#failures,
      requests: this.#requests,
      squares: this.#squares,
      means: this.#means,
      bunches: [this.#excess, this.#bunches, this.#peak],
      ring: [...this.#ring],
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: ShareTestState): void {
    this.#rows = state.rows;
    this.#failures = state.failures;
    this.#requests = state.requests;
    this.#squares = state.squares;
    this.#means = state.means;
    [this.#excess, this.#bunches, this.#peak] = state.bunches;
    this.#ring.splice(0, Infinity, ...state.ring);
  }

  #scaled(decades: number): number {
    if (decades <= EXCESS_FROM) return decades;
    const excess =
      (this.#excess + PRIOR_EXCESS * PRIOR_BUNCHES) / (this.#bunches + PRIOR_BUNCHES) / EXCESS_BY_CHANCE;
    return Math.min(DECADES_MAX, EXCESS_FROM + (decades - EXCESS_FROM) / Math.max(1, excess));
  }

  /** A bunch begins when a window is odder than one in ten, and ends when none is. */
  #learnBunch(decades: number): void {
    if (decades > EXCESS_FROM) this.#peak = Math.max(this.#peak, decades);
    else if (this.#peak > 0) {
      this.#excess += Math.min(EXCESS_MAX, this.#peak - EXCESS_FROM);
      this.#bunches += 1;
      this.#peak = 0;
      if (this.#bunches < BUNCHES_MAX) return;
      this.#excess /= 2;
      this.#bunches /= 2;
    }
  }

  #learn(failures: number, requests: number): void {
    const [failed, asked] = this.#sumOf(WIDTHS[0]);
    const mean = this.share * asked;
    const limit = LIMIT_SIGMAS * Math.sqrt(Math.max(mean, 0.5) * this.spread);
    const keep = 1 - Math.max(1 / MEMORY_ROWS, 0);
    if (this.#rows % WIDTHS[0] === 0) {
      const distance = Math.min(Math.abs(failed - mean), limit);
      this.#squares = keep ** WIDTHS[0] * this.#squares + distance ** 2;
      this.#means = keep ** WIDTHS[0] * this.#means + mean;
    }
    // A burst of failures is learnt as far as it is usual, and no further.
    const taken = this.#rows < WARM_UP_ROWS ? failures : Math.min(failures, this.share * requests + limit);
    this.#failures = keep * this.#failures + taken;
    this.#requests = keep * this.#requests + requests;
  }

  #sumOf(rows: number): readonly [failures: number, requests: number] {
    let failures = 0;
    let requests = 0;
    for (const [failed, asked] of this.#ring.slice(-rows)) {
      failures += failed;
      requests += asked;
    }
    return [failures, requests];
  }
}
