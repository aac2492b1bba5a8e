/**
 * Notices that a model is charged otherwise than before. The cost of a step is a sum over
 * its input, cached and output tokens at some prices; these are learnt by recursive least
 * squares, so that the mix of requests does not matter. When the cost of later steps is
 * not what these prices give, the price has changed, and is learnt anew.
 *
 * Source: recursive least squares as in Plackett, "Some theorems in least squares",
 * Biometrika 37 (1950).
 */

/** A step of one model: what it used and what that cost. */
export interface PricedStep {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

/** What is said of a step. */
export interface PriceVerdict {
  /** What the step would have cost at the prices so far; null while they are not known. */
  readonly expected: number | null;
  /** How improbable the difference is, in decades. */
  readonly decades: number;
  readonly sigmas: number;
}

/** What is known of the price of a model, as plain JSON. */
export interface PriceState {
  readonly steps: number;
  readonly prices: readonly number[];
  readonly covariance: readonly number[];
  readonly spread: number;
  readonly off: readonly [inRow: number, sign: number, decades: number];
}

const TERMS = 3;
/** Tokens are counted in thousands, so that the numbers are of one size. */
const PER = 1000;
const PRIOR_VARIANCE = 1e6;
/** Steps with a cost before a verdict is given. */
const STEPS_MIN = 24;
/** Memory of the prices and of the spread, in steps. */
const FORGET = 0.998;
const SPREAD_MEMORY = 100;
/** Differences below this share are rounding, or of no interest. */
const CHANGE_MIN = 0.03;
const SPREAD_MIN = 0.002;
/** A change is believed when so many steps in a row say it. */
const ROWS_MIN = 2;
const DECADES_PER_STEP_MAX = 6;
/** From so many decades on a step teaches nothing: it may be of another price. */
const ODD_DECADES = 2;
/** After so many steps at another price that is what is usual. */
const ADOPT_STEPS = 12;

/** The price of one model. */
export class PriceWatch {
  #steps = 0;
  #prices = new Float64Array(TERMS);
  #covariance = identity(PRIOR_VARIANCE);
  /** Typical relative distance from the prices. */
  #spread = 0.05;
  #inRow = 0;
  #sign = 0;
  #decades = 0;

  /**
   * The prices learnt, in dollars a million tokens; null while they are not known. Where steps hardly tell terms apart,
   * the one that there is least of may be learnt a little below 0, and is shown as nothing.
   */
  get usdPerMillion(): { readonly input: number; readonly cached: number; readonly output: number } | null {
    if (this.#steps < STEPS_MIN) return null;
    const [input = 0, cached = 0, output = 0] = Array.from(
      this.#prices,
      (price) => (Math.max(0, price) * 1e6) / PER,
    );
    return { input, cached, output };
  }

  /** Judges a step, and learns it unless it is odd. Steps without cost or tokens are passed over. */
  observe(step: PricedStep): PriceVerdict {
    const { costUsd } = step;
    const terms = [
      Math.max(0, step.inputTokens - step.cachedTokens) / PER,
      step.cachedTokens / PER,
      step.outputTokens / PER,
    ];
    if (!(costUsd > 0) || terms.every((term) => term === 0)) return { expected: null, decades: 0, sigmas: 0 };
    const predicted = terms.reduce((sum, term, i) => sum + term * (this.#prices[i] ?? 0), 0);
    if (this.#steps < STEPS_MIN || !(predicted > 0)) {
      this.#learn(terms, costUsd, predicted);
      return { expected: null, decades: 0, sigmas: 0 };
    }
    const change = Math.log(costUsd / predicted);
    const sigmas = change / Math.max(SPREAD_MIN, this.#spread);
    const decades = Math.abs(change) < CHANGE_MIN ? 0 : Math.min(DECADES_PER_STEP_MAX, decadesOf(sigmas));
    this.#follow(Math.sign(change), decades);
    if (decades < ODD_DECADES) this.#learn(terms, costUsd, predicted);
    else if (this.#inRow >= ADOPT_STEPS) this.#adopt(costUsd / predicted);
    return { expected: predicted, decades: this.#inRow >= ROWS_MIN ? this.#decades : 0, sigmas };
  }

  /** Everything known, as plain JSON. */
  state(): PriceState {
    return {
      steps: this.#steps,
      prices: Array.from(this.#prices),
      covariance: Array.from(this.#covariance),
      spread: this.#spread,
      off: [this.#inRow, this.#sign, this.#decades],
    };
  }

  /** Takes over what {@link state} gave. */
  restore(state: PriceState): void {
    this.#steps = state.steps;
    this.#prices.set(state.prices.slice(0, TERMS));
    this.#covariance.set(state.covariance.slice(0, TERMS * TERMS));
    this.#spread = state.spread;
    [this.#inRow, this.#sign, this.#decades] = state.off;
  }

  #follow(sign: number, decades: number): void {
    if (decades >= ODD_DECADES && (this.#inRow === 0 || sign === this.#sign)) {
      this.#inRow += 1;
      this.#decades += decades;
    } else {
      this.#inRow = decades >= ODD_DECADES ? 1 : 0;
      this.#decades = decades;
    }
    this.#sign = sign;
  }

  /** All prices moved alike: the quickest guess, which the next steps refine. */
  #adopt(factor: number): void {
    this.#prices = this.#prices.map((price) => price * factor);
    this.#covariance = identity(PRIOR_VARIANCE);
    this.#inRow = 0;
    this.#decades = 0;
  }

  #learn(terms: readonly number[], costUsd: number, predicted: number): void {
    this.#steps += 1;
    if (this.#steps > STEPS_MIN / 2 && predicted > 0) {
      const distance = Math.min(0.5, Math.abs(Math.log(costUsd / predicted))) / 0.8;
      this.#spread += Math.max(1 / SPREAD_MEMORY, 1 / this.#steps) * (distance - this.#spread);
    }
    // Each step counts relative to its size, since prices are wanted and not dollars.
    const weight = 1 / Math.max(1e-12, costUsd);
    const x = terms.map((term) => term * weight);
    const p = this.#covariance;
    const gain = x.map((_, row) =>
      x.reduce((sum, value, column) => sum + p[row * TERMS + column]! * value, 0),
    );
    const scale = FORGET + x.reduce((sum, value, row) => sum + value * gain[row]!, 0);
    const error = (costUsd - predicted) * weight;
    for (let row = 0; row < TERMS; row += 1) {
      this.#prices[row]! += (gain[row]! / scale) * error;
      for (let column = 0; column < TERMS; column += 1) {
        const index = row * TERMS + column;
        p[index] = Math.min(PRIOR_VARIANCE, (p[index]! - (gain[row]! * gain[column]!) / scale) / FORGET);
      }
    }
  }
}

/** Decades of Student's t with four degrees of freedom, roughly: heavy tails, since prices have odd requests. */
function decadesOf(sigmas: number): number {
  const t2 = sigmas ** 2;
  return Math.max(0, 2 * Math.log10(1 + t2 / 4) - 0.4);
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(TERMS * TERMS);
  for (let row = 0; row < TERMS; row += 1) matrix[row * TERMS + row] = size;
  return matrix;
}
