/**
 * Seeded random numbers for generated traffic: the same seed gives the same
 * numbers on every machine. The generator is sfc32 (Chris Doty-Humphrey's "small
 * fast chaotic" generator of PractRand, 128 bits of state); not for secrets.
 */

/** Two pi, for the Box–Muller transform. */
const TAU = 2 * Math.PI;

/** Above this mean a Poisson draw is split, since e^-mean comes near the end of what a double can hold. */
const POISSON_MEAN_MAX = 200;

/** A stream of random numbers that can be set to any point named by up to three integers. */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** @param words integers that name the stream; those left out count as 0. */
  constructor(...words: readonly [number, number?, number?]) {
    this.reseed(...words);
  }

  /** Starts the stream that these integers name; neighbouring names give unrelated streams. */
  reseed(first: number, second = 0, third = 0): void {
    this.#a = first | 0;
    this.#b = second | 0;
    this.#c = third | 0;
    this.#counter = 1;
    // Twelve rounds are what the generator's author gives for mixing the seed into the whole state.
    for (let round = 0; round < 12; round += 1) this.#next();
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [0, 1), in steps of 2^-32. */
  uniform(): number {
    return this.#next() / 4_294_967_296;
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A number in (0, 1), so that its logarithm is finite. */
  #open(): number {
    return (this.#next() + 0.5) / 4_294_967_296;
  }

  /** Standard normal, by Box–Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.#open())) * Math.cos(TAU * this.uniform());
  }

  /** Log-normal with the given median; `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Exponential with the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(this.#open());
  }

  /** Pareto: at least `minimum`, and beyond x with probability (minimum / x)^alpha. */
  pareto(minimum: number, alpha: number): number {
    return minimum * this.#open() ** (-1 / alpha);
  }

  /** Poisson with the given mean, by multiplying uniforms (Knuth, TAOCP 2, 3.4.1). */
  poisson(mean: number): number {
    let count = 0;
    let rest = mean;
    while (rest > POISSON_MEAN_MAX) {
      count += this.poisson(POISSON_MEAN_MAX);
      rest -= POISSON_MEAN_MAX;
    }
    const limit = Math.exp(-rest);
    for (let product = this.#open(); product > limit; product *= this.#open()) count += 1;
    return count;
  }

  /**
   * Gamma with the given shape and mean `shape` (scale 1), by Marsaglia and Tsang,
   * "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.
   */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.#open() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.#open()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }
}

/** A choice among things with weights; the weights need not sum to 1. */
export class WeightedChoice<T> {
  readonly #things: readonly T[];
  readonly #cumulative: readonly number[];
  readonly #total: number;

  /** @throws RangeError without any thing, or if the weights sum to 0. */
  constructor(weighted: readonly (readonly [T, number])[]) {
    let total = 0;
    this.#things = weighted.map(([thing]) => thing);
    this.#cumulative = weighted.map(([, weight]) => (total += weight));
    this.#total = total;
    if (!(total > 0)) throw new RangeError('A choice needs weights that sum to more than 0.');
  }

  /** One of the things, each with a probability in proportion to its weight. */
  draw(random: RandomStream): T {
    const point = random.uniform() * this.#total;
    let index = 0;
    while (index < this.#things.length - 1 && point >= (this.#cumulative[index] ?? 0)) index += 1;
    return this.#things[index] as T;
  }
}

/** A 32-bit integer from a text (FNV-1a), to name a stream after a thing. */
export function seedOfText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
