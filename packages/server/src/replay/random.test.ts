import { describe, expect, it } from 'vitest';
import { RandomStream, seedOfText, WeightedChoice } from './random.ts';

const DRAWS = 200_000;

function draws(draw: (random: RandomStream) => number, seed = 1): number[] {
  const random = new RandomStream(seed);
  return Array.from({ length: DRAWS }, () => draw(random));
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

/** The first numbers of the stream that these words name. */
const first = (...words: [number, number?, number?]): number[] => {
  const random = new RandomStream(...words);
  return Array.from({ length: 4 }, () => random.uniform());
};

describe('RandomStream', () => {
  it('repeats itself from the same words and differs for neighbouring ones', () => {
    expect(first(1, 2, 3)).toEqual(first(1, 2, 3));
    const words: [number, number?, number?][] = [[1], [2], [1, 1], [1, 0, 1], [1, 2], [2, 1], [-1]];
    const others = words.map((each) => first(...each));
    expect(new Set(others.flat()).size).toBe(words.length * 4);
    const reseeded = new RandomStream(9);
    reseeded.reseed(1, 2, 3);
    expect(reseeded.uniform()).toBe(first(1, 2, 3)[0]);
  });

  it('gives the numbers of sfc32 with its state seeded by the words', () => {
    // Computed independently with 64-bit integers, after the twelve mixing rounds.
    const random = new RandomStream(1, 2, 3);
    let [a, b, c, d] = [1n, 2n, 3n, 1n];
    const M = 0xffffffffn;
    const next = (): bigint => {
      const sum = (a + b + d) & M;
      d = (d + 1n) & M;
      a = b ^ (b >> 9n);
      b = (c + (c << 3n)) & M;
      c = ((((c << 21n) & M) | (c >> 11n)) + sum) & M;
      return sum;
    };
    for (let round = 0; round < 12; round += 1) next();
    for (let i = 0; i < 1000; i += 1) expect(random.uniform() * 2 ** 32).toBe(Number(next()));
  });

  it.each([
    ['uniform', (random: RandomStream) => random.uniform(), 0.5, 1 / 12],
    ['normal', (random: RandomStream) => random.normal(), 0, 1],
    ['exponential', (random: RandomStream) => random.exponential(3), 3, 9],
    ['log-normal', (random: RandomStream) => Math.log(random.logNormal(100, 0.5)), Math.log(100), 0.25],
    ['poisson, small', (random: RandomStream) => random.poisson(0.3), 0.3, 0.3],
    ['poisson, large', (random: RandomStream) => random.poisson(450), 450, 450],
    ['gamma, shape above 1', (random: RandomStream) => random.gamma(4), 4, 4],
    ['gamma, shape below 1', (random: RandomStream) => random.gamma(0.25), 0.25, 0.25],
    ['chance', (random: RandomStream) => Number(random.chance(0.2)), 0.2, 0.16],
  ])('draws %s with its mean and variance', (_, draw, mean, variance) => {
    const found = moments(draws(draw));
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.05);
  });

  it('draws Pareto with the tail that its exponent says', () => {
    const values = draws((random) => random.pareto(2, 1.5));
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(2);
    const beyond = values.filter((value) => value > 20).length / DRAWS;
    expect(Math.abs(beyond / 0.1 ** 1.5 - 1)).toBeLessThan(0.06);
  });
});

describe('WeightedChoice', () => {
  it('draws each thing in proportion to its weight, and never one without weight', () => {
    const choice = new WeightedChoice([
      ['a', 1],
      ['never', 0],
      ['b', 3],
    ] as const);
    const random = new RandomStream(5);
    const drawn = Array.from({ length: DRAWS }, () => choice.draw(random));
    expect(drawn.filter((thing) => thing === 'a').length / DRAWS).toBeCloseTo(0.25, 2);
    expect(drawn).not.toContain('never');
  });

  it('refuses weights that leave nothing to draw', () => {
    expect(() => new WeightedChoice([])).toThrow(RangeError);
    expect(() => new WeightedChoice([['a', 0]])).toThrow(RangeError);
  });
});

describe('seedOfText', () => {
  it('is FNV-1a of the text', () => {
    expect(seedOfText('') >>> 0).toBe(0x811c9dc5);
    expect(seedOfText('foobar') >>> 0).toBe(0xbf9cf968);
  });
});
